"""How a transformer of diffusers is sampled: the sections of its card, and its decoder's, as its pipeline has them.

Source: docs/sources/diffusers_conditioning.md, section 8. Numbers in no file are defaults of diffusers' pipelines.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from semantic_bottleneck.decoding.vae import VAE, build_vae
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.card_text import yaml_text
from semantic_bottleneck.inspection.facts import Fact, Questions
from semantic_bottleneck.inspection.pipeline import Pipeline
from semantic_bottleneck.sampling.scheduled import Scheduled
from semantic_bottleneck.study.assets import asset_schema
from semantic_bottleneck.study.cards import SCHEMA
from semantic_bottleneck.study.conditioning import PARTS, Prompts
from semantic_bottleneck.study.samplers import DiffusersOptions
from semantic_bottleneck.study.sizes import NETWORK
from semantic_bottleneck.study.validation import load_schema, validated

DIT = "DiTPipeline"
LATENT_SIDE = 128
"""Of the latents where transformer/config.json says none (Flux): the pipeline's own 1,024 pixels."""
DISTILLED_STEPS = 4
"""Of a Flux without an embedder of guidance, FLUX.1-schnell."""
IMAGENET = {"template": "a photo of a {}", "names": "imagenet"}

Section = dict[str, Any]


@dataclass(frozen=True)
class SamplingKeys:
    """What a card says of sampling: keys of its `architecture`, its other sections, and the asset card of its decoder."""

    architecture: Section
    sections: Section
    asset: Section


def check_answers(questions: Questions, root: Path) -> None:
    """Raises UserError where steps=, pixels= or prompts= was answered wrongly, whatever else hinders sampling."""
    questions.whole("steps")
    questions.whole("pixels")
    if questions.said("prompts") is not None:
        _prompts(questions, root)


def sampled_by_pipeline(
    family: str, pipeline: Pipeline, architecture: Mapping[str, Fact], name: str, questions: Questions, root: Path
) -> SamplingKeys:
    """The sections of the card `name` that sample the transformer as its pipeline does.

    Args:
        architecture: what makes c, as the tensors' shapes tell it.

    Raises:
        UserError: a part is of a class that is not sampled here, diffusers refuses a value, or an answer is of the wrong kind.
    """
    kinds = (*PARTS, DIT)
    if pipeline.kind not in kinds:
        raise UserError(f"its pipeline is {pipeline.kind}, and sampled here are {', '.join(kinds)}")
    if pipeline.autoencoder.get("_class_name") != "AutoencoderKL":
        raise UserError(f"its autoencoder is {pipeline.autoencoder.get('_class_name')}, and decoded here is AutoencoderKL")
    asset = _asset(name, pipeline)
    validated(yaml.safe_load(yaml_text(asset)), asset_schema(), f"config/assets/{name}-vae.yaml")
    vae = VAE.of_config(_values(pipeline.autoencoder))
    build_vae(vae)
    factor, side = 2 ** (len(vae.widths) - 1), pipeline.network.get("sample_size") or LATENT_SIDE
    why = "transformer/config.json" if pipeline.network.get("sample_size") else f"{factor * side} pixels, as the pipeline's own"
    if (pixels := questions.whole("pixels")) is not None:
        token = factor * _patch(family, pipeline)
        if pixels % token:
            raise UserError(f"pixels={pixels} is no multiple of {token}, the pixels of a token")
        side, why = pixels // factor, "as said with pixels="
    sampler = _sampler(family, pipeline, architecture, side, questions)
    more = {
        NETWORK: Fact(_values(pipeline.network), "transformer/config.json"),
        "input_size": Fact(side, why),
        "in_channels": Fact(vae.latent_channels, "channels of the autoencoder's latents"),
    }
    if "image_size" in architecture:
        more["image_size"] = Fact([side * factor] * 2, "height and width of the pictures")
    sections = {
        "conditioning": _conditioning(pipeline, architecture, sampler, questions, root),
        "sampler": {key: fact for key, fact in sampler.items() if fact.value is not None},
        "guidance": _guidance(family, pipeline, vae),
        "decoder": {"name": Fact(f"{name}-vae", "the pipeline's own")},
    }
    return SamplingKeys(more, sections, asset)


def _sampler(
    family: str, pipeline: Pipeline, architecture: Mapping[str, Fact], side: int, questions: Questions
) -> dict[str, Fact]:
    import diffusers  # takes seconds

    kind = str(pipeline.scheduler.get("_class_name"))
    kinds = load_schema(SCHEMA)["$defs"]["diffusers"]["properties"]["scheduler"]["enum"]
    if kind not in kinds:
        raise UserError(f"its scheduler is {kind}, and sampled here are {', '.join(kinds)}")
    # A file holds all defaults (one is -inf, which no card may say), and may hold keys of another scheduler.
    known = inspect.signature(getattr(diffusers, kind)).parameters
    settings = {key: each for key, each in _values(pipeline.scheduler).items() if key in known and each != known[key].default}
    steps = Fact(_default(pipeline.kind, "num_inference_steps"), f"the default of {pipeline.kind}")
    if family == "flux" and "guidance_scale" not in architecture:
        steps = Fact(DISTILLED_STEPS, "no embedder of guidance, as FLUX.1-schnell, which takes so many")
    if (said := questions.whole("steps")) is not None:
        steps = Fact(said, "as said with steps=")
    shifted = bool(settings.get("use_dynamic_shifting"))
    tokens = (side // _patch(family, pipeline)) ** 2
    flux = family == "flux"
    return {
        "name": Fact("diffusers"),
        "scheduler": Fact(kind, "scheduler/scheduler_config.json"),
        "settings": Fact(settings, "where it differs from diffusers' defaults"),
        "steps": steps,
        "mu": Fact(_shift(settings, tokens) if shifted else None, f"of {tokens} tokens"),
        "even_sigmas": Fact(flux and not settings.get("use_flow_sigmas", False)),
        "time_divisor": Fact(1000 if flux else 1),
    }


def _patch(family: str, pipeline: Pipeline) -> int:
    """Latents along the side of a token; Flux's pipeline packs 2 x 2 whatever its network says."""
    return 2 if family == "flux" else pipeline.network.get("patch_size", 1)


def _shift(settings: Mapping[str, Any], tokens: int) -> float:
    """mu of a scheduler whose shift depends on the number of tokens."""
    low, high = settings.get("base_image_seq_len", 256), settings.get("max_image_seq_len", 4096)
    first, last = settings.get("base_shift", 0.5), settings.get("max_shift", 1.15)
    return first + (tokens - low) * (last - first) / (high - low)


def _conditioning(
    pipeline: Pipeline, architecture: Mapping[str, Fact], sampler: Mapping[str, Fact], questions: Questions, root: Path
) -> dict[str, Fact]:
    """The classes or the prompts, and the first and last of the sampler's times."""
    schedule = Scheduled(DiffusersOptions(**{key: fact.value for key, fact in sampler.items()}))
    whole = not schedule.timesteps.is_floating_point()
    first, last = (round(time) if whole else time for time in (schedule.times[0], schedule.times[-1]))
    times = {"start": first, "stop": last, "integer": whole}
    found = {"initial_timestep": Fact(first, "the first of the sampler's times"), "timesteps": Fact(times, "and the last")}
    if pipeline.kind == DIT:
        return {"kind": Fact("class"), "classes": Fact(architecture["num_classes"].value)} | found
    prompts, count, why = _prompts(questions, root)
    encoders = {"pipeline": pipeline.kind, "source": pipeline.source, "revision": pipeline.revision}
    return {
        "kind": Fact("pipeline", "the pipeline's own text encoders"),
        "prompts": Fact(prompts, why),
        "count": Fact(count),
        "encoders": Fact(encoders),
    } | found


def _prompts(questions: Questions, root: Path) -> tuple[dict[str, str], int, str]:
    """The card's section `prompts`, how many there are, and why these."""
    # Imported only here: open_clip, which knows ImageNet's names, takes seconds.
    from semantic_bottleneck.conditioning.prompts import read_prompts

    file = questions.said("prompts")
    prompts, why = (IMAGENET, "one per class of ImageNet") if file is None else ({"file": str(file)}, "as said with prompts=")
    keys = {"file": None, "template": None, "names": None}
    return prompts, len(read_prompts(Prompts(**keys | prompts), root)), why


def _guidance(family: str, pipeline: Pipeline, vae: VAE) -> Fact:
    if family == "flux":
        return Fact({"scale": 1.0}, "distilled: a scale that a network is told enters c")
    channels = {"channels": vae.latent_channels} if pipeline.kind == DIT else {}
    return Fact({"scale": _default(pipeline.kind, "guidance_scale")} | channels, f"the default of {pipeline.kind}")


def _asset(name: str, pipeline: Pipeline) -> Section:
    container = {"json": "safetensors-index", "safetensors": "safetensors"}.get(
        pipeline.decoder.partition("@")[0].rpartition(".")[2], "pt"
    )
    return {
        "name": Fact(f"{name}-vae"),
        "title": Fact(f"autoencoder of {name}"),
        "kind": Fact("decoder"),
        "checkpoint": {"files": Fact([{"url": pipeline.decoder}]), "container": Fact(container)},
        "architecture": {NETWORK: Fact(_values(pipeline.autoencoder), "vae/config.json")},
    }


def _default(pipeline: str, argument: str) -> Any:
    import diffusers

    return inspect.signature(getattr(diffusers, pipeline).__call__).parameters[argument].default


def _values(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config file says of its part; keys that begin with _ say who wrote it."""
    return {key: value for key, value in config.items() if not key.startswith("_")}
