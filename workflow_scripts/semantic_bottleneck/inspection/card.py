"""A complete model card from what a checkpoint tells, with the evidence beside each key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semantic_bottleneck.checkpoints.headers import Headers
from semantic_bottleneck.checkpoints.hub import hub_file
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.architecture import architecture_of
from semantic_bottleneck.inspection.conventions import CONVENTIONS, Convention, convention_of
from semantic_bottleneck.inspection.facts import Fact, Questions
from semantic_bottleneck.inspection.pipeline import pipeline_around
from semantic_bottleneck.inspection.pipeline_card import SamplingKeys, check_answers, sampled_by_pipeline
from semantic_bottleneck.inspection.recognise import Recognised
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.study.card_checks import OF_DIFFUSERS, is_conditioned_only
from semantic_bottleneck.study.typed import required
from semantic_bottleneck.study.validation import load_yaml

OFFICIAL_WIDTHS = {
    "sd3": {1536: "sd3-2b", 2432: "sd3-8b"},
    "xmdpt": {384: "xmdpt-s", 768: "xmdpt-b", 1024: "xmdpt-l"},
    "hunyuanvideo": {3072: "hunyuanvideo"},
    "hidream": {2560: "hidream"},
    "kandinsky5": {512: "kandinsky5"},
    "hunyuandit": {1408: "hunyuandit"},
    "mochi": {3072: "mochi"},
    "lumina-next": {1024: "lumina-next"},
}
"""Family -> width -> official card, where a layout does not name it; the first for other widths."""
DECODERS = {1: "identity", 3: "identity", 4: "sd-vae-ft-ema", 32: "vavae-f16d32"}
"""Channels of the latents -> what decodes them."""
NO_DECODER = "none"
UNDECODED = "no decoder turns its latents into pictures (decoder=none)"
TIMES: dict[str, dict[str, Any]] = {
    "pixart": {"start": 999, "stop": 0, "integer": True},
    "cogvideox": {"start": 999, "stop": 0, "integer": True},
    "sana": {"start": 1000.0, "stop": 1.0},
    "ltx": {"start": 1000.0, "stop": 1.0},
    "wan": {"start": 1000.0, "stop": 1.0},
    "auraflow": {"start": 1.0, "stop": 0.001},
    "lumina2": {"start": 0.0, "stop": 0.999},
}
"""Families of diffusers whose c is the same for every prompt -> the times that its pipelines pass, noise first."""


@dataclass(frozen=True)
class Draft:
    """A card as nested mappings of facts, the official card it leans on, and why it has no sampler (None: it has one).

    asset: the card of a decoder of its own; empty where it has none.
    """

    card: Mapping[str, Any]
    official: str
    convention: Convention | None
    unsampled: str | None
    unverified: list[str] = field(default_factory=list)
    asset: Mapping[str, Any] = field(default_factory=dict)


def draft_card(
    found: Recognised,
    headers: Headers,
    addresses: Sequence[str],
    name: str,
    scale: str | None,
    questions: Questions,
    root: Path,
    patience: Patience | None = None,
) -> Draft:
    """The card of a recognised network; what is still to be asked for is left in `questions`.

    Args:
        scale: what `time_scale` found, of families with DiT's conventions.
        root: the repository, whose cards give samplers, guidance and data of the official models.

    Raises:
        UserError: an answer is of the wrong kind.
    """
    family = found.layout.family
    if family is None:
        raise TypeError(f"{found.layout.title} has no family")
    architecture = architecture_of(family, found.shapes, questions)
    unverified: list[str] = []
    convention = None
    official = found.layout.official or _official(family, architecture)
    if family == "dit":
        convention = convention_of(found.shapes, architecture["learn_sigma"].value, scale, addresses, questions)
        official = convention.name
        if convention.thin:
            unverified.append(f"The convention of time ({official}): {convention.why}.")
        if convention.scaled:
            architecture["t_scale"] = Fact(1000.0, "the embedder's first layer was trained on times up to 1,000")
        if architecture["learn_sigma"].value and official != "dit":
            architecture["drop_sigma"] = Fact(True, "the sampler takes as many channels as the latent has")
    base = load_yaml(root / f"config/models/{official}.yaml") if official else _of_time(family)
    checkpoint: dict[str, Any] = {
        "files": [{"url": address} for address in addresses],
        "container": Fact(headers.container),
    }
    if found.outer:
        checkpoint["keys"] = Fact([found.outer], "averaged weights" if "ema" in found.outer.lower() else "")
    if found.prefix:
        checkpoint["prefix"] = Fact(found.prefix)
    card: dict[str, Any] = {
        "name": Fact(name),
        "title": Fact(questions.said("title") or name),
        "family": Fact(family, found.layout.c),
        "architecture": architecture,
        "checkpoint": checkpoint,
    }
    unsampled = None
    if family in OF_DIFFUSERS:
        sampled = _sampled_by_pipeline(found, addresses[0], architecture, name, questions, root, patience)
        if isinstance(sampled, SamplingKeys):
            card["architecture"] = architecture | sampled.architecture
            return Draft(card | sampled.sections, official, None, None, unverified, sampled.asset)
        unsampled = sampled
    card["conditioning"] = _conditioning(base, official, convention, architecture, addresses, unverified)
    unsampled = unsampled or _why_not_sampled(family, architecture, found)
    decoder = None if unsampled else _decoder(base, official, architecture, questions)
    if decoder is None and not unsampled:
        unsampled = UNDECODED
    if decoder is not None:
        card |= _sampling(base, official, architecture, decoder, questions)
    return Draft(card, official, convention, unsampled, unverified)


def _sampled_by_pipeline(
    found: Recognised,
    weights: str,
    architecture: Mapping[str, Fact],
    name: str,
    questions: Questions,
    root: Path,
    patience: Patience | None,
) -> SamplingKeys | str:
    """How the pipeline around a transformer of diffusers samples it, or why it does not here."""
    family = required(found.layout.family)
    check_answers(questions, root)
    decoder = questions.said("decoder")
    if decoder == NO_DECODER:
        return UNDECODED
    try:
        sampled = sampled_by_pipeline(family, pipeline_around(weights, root, patience), architecture, name, questions, root)
    except UserError as error:
        return str(error).removesuffix(".")
    if decoder is not None:
        said = {"decoder": {"name": Fact(decoder, "as said with decoder=")}}
        sampled = SamplingKeys(sampled.architecture, sampled.sections | said, {})
    return _why_not_sampled(family, {**architecture, **sampled.architecture}, found) or sampled


def _official(family: str, architecture: Mapping[str, Fact]) -> str:
    """The official card of a family; empty where there is none."""
    if family == "flux":
        return "flux-dev" if "guidance_scale" in architecture else "flux-schnell"
    cards = OFFICIAL_WIDTHS.get(family, {})
    return cards.get(architecture["hidden_size"].value, next(iter(cards.values()), ""))


def _of_time(family: str) -> dict[str, Any]:
    """What a card says of a network into whose c only the time enters."""
    times = TIMES[family]
    return {"conditioning": {"kind": "none", "initial_timestep": times["start"], "timesteps": times}}


def _conditioning(
    base: Mapping[str, Any],
    official: str,
    convention: Convention | None,
    architecture: Mapping[str, Fact],
    addresses: Sequence[str],
    unverified: list[str],
) -> dict[str, Any]:
    """As the official card's, with this model's classes and, from a repository, its own text encoders."""
    given = dict(base["conditioning"])
    why = f"{CONVENTIONS[official]}: {convention.why}" if convention else f"as config/models/{official}.yaml"
    why = why if official else "as diffusers' pipeline passes it; the last time is a choice"
    found: dict[str, Any] = {"kind": Fact(given.pop("kind"))}
    if "classes" in given:
        found["classes"] = Fact(architecture["num_classes"].value)
        del given["classes"]
    if "encoders" in given and found["kind"].value == "text":
        own = hub_file(addresses[0]) if addresses[0].startswith("hf://") else None
        source = {"source": own.repository} if own else {}
        tokens = {"tokens": architecture["tokens"].value} if "tokens" in architecture else {}
        encoders = [each | source | tokens for each in given.pop("encoders")]
        found["encoders"] = Fact(encoders, "of the same repository" if own else f"of config/models/{official}.yaml")
        if not own:
            unverified.append("That the text encoders are those of the official model.")
    found |= {key: Fact(value) for key, value in given.items() if key not in ("initial_timestep", "timesteps")}
    return found | {"initial_timestep": Fact(given["initial_timestep"], why), "timesteps": Fact(given["timesteps"])}


def _why_not_sampled(family: str, architecture: Mapping[str, Fact], found: Recognised) -> str | None:
    """What of a file has no place in the family's network, or the other way round; None where both agree."""
    values = {key: fact.value for key, fact in architecture.items()}
    if is_conditioned_only(family, values):
        return f"of family {family} only the part that makes c is built here"
    try:
        wanted = {name: tuple(each.shape) for name, each in build_network(family, values, device="meta").state_dict().items()}
    except UserError as error:
        return str(error)
    for name, shape in wanted.items():
        if name not in found.shapes:
            return f"the family's network needs a tensor {name}, which the file lacks"
        if found.shapes[name] != shape:
            return f"{name} is {list(found.shapes[name])}, where the family's network has {list(shape)}"
    extra = next((name for name in found.shapes if name not in wanted), None)
    return extra and f"the file's tensor {extra} has no place in the family's network"


def _decoder(
    base: Mapping[str, Any], official: str, architecture: Mapping[str, Fact], questions: Questions
) -> Mapping[str, Any] | None:
    """The section `decoder`; None where the user wants none."""
    channels = architecture["in_channels"].value
    if (said := questions.said("decoder")) is not None:
        return None if said == NO_DECODER else {"name": Fact(said, "as said with decoder=")}
    if channels == base["architecture"]["in_channels"]:
        return {key: Fact(value) for key, value in base["decoder"].items()}
    if channels not in DECODERS:
        questions.ask("decoder", NO_DECODER, f"a card of config/assets that decodes {channels} channels, or none")
        return None
    what = "pixels" if DECODERS[channels] == "identity" else "latents"
    return {"name": Fact(DECODERS[channels], f"{channels} channels: {what}")}


def _sampling(
    base: Mapping[str, Any], official: str, architecture: Mapping[str, Fact], decoder: Mapping[str, Any], questions: Questions
) -> dict[str, Any]:
    """Sampler, guidance, decoder and precision."""
    sampler, guidance, why = dict(base["sampler"]), dict(base["guidance"]), f"as config/models/{official}.yaml"
    if (steps := questions.whole("steps")) is not None:
        sampler["steps"], why = steps, f"{why}, steps as said"
    if decoder["name"].value == "identity" and sampler["name"] in ("ddpm", "ddim"):
        sampler["clip"] = True
    if architecture["in_channels"].value != base["architecture"]["in_channels"]:
        guidance["channels"] = None
    if not architecture.get("null_class", Fact(True)).value:
        guidance = {"scale": 1.0}
    found = {"sampler": Fact(sampler, why), "guidance": Fact(guidance), "decoder": decoder}
    return found | ({"precision": Fact(base["precision"])} if "precision" in base else {})
