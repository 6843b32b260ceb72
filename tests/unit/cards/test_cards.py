"""Every card in config/models: valid, and true to the manifests, the registries and the paper's order."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import diffusers
import pytest
import torch
import yaml

from semantic_bottleneck.decoding.quantise import QUANTISERS
from semantic_bottleneck.decoding.vae import VAES
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.registry import (
    CONDITIONERS,
    FAMILIES,
    TRANSFORMERS,
    build_conditioner,
    build_network,
    conditioner_tensor_names,
)
from semantic_bottleneck.sampling.guidance import scale_at
from semantic_bottleneck.sampling.registry import SAMPLERS, build_sampler
from semantic_bottleneck.study.card_checks import CONDITIONED_ONLY, OF_DIFFUSERS
from semantic_bottleneck.study.cards import SCHEMA, load_card, models_of_table
from semantic_bottleneck.training.objectives import build_objective
from tests.sections import card_of, guidance_of, sampler_of

ROOT = Path(__file__).resolve().parents[3]
CARDS = {path.stem: load_card(path) for path in sorted((ROOT / "config/models").glob("*.yaml"))}
OFFICIAL = {name: card for name, card in CARDS.items() if "checkpoint" in card}
TRAINED = {name: card for name, card in CARDS.items() if "training" in card}
SAMPLED = {name: card for name, card in CARDS.items() if "sampler" in card}
MANIFESTS = {
    "dit": "dit-xl-2",
    "sit": "sit-xl-2",
    "mdt": "mdtv2-xl-2",
    "lightningdit": "lightningdit-xl-1",
    "mg": "mg-sit-xl-2",
    "repa": "repa-sit-xl-2",
    "uvit": "uvit-huge-2",
    "xmdpt-s": "xmdpt-s-2",
    "xmdpt-b": "xmdpt-b-2",
    "xmdpt-l": "xmdpt-l-2",
    "mdsgen-b": "mdsgen-b",
    "sd3-2b": "sd3-2b",
    "sd3-8b": "sd3-8b",
    "audioldm": "audioldm",
}


DIFFUSERS = {
    "dit-diffusers": ("DiTTransformer2DModel", {}),
    "pixart-512": ("PixArtTransformer2DModel", {"use_additional_conditions": False}),
    "pixart-1024": ("PixArtTransformer2DModel", {"sample_size": 128}),
    "flux-schnell": ("FluxTransformer2DModel", {"num_layers": 1, "num_single_layers": 1}),
    "flux-dev": ("FluxTransformer2DModel", {"num_layers": 1, "num_single_layers": 1, "guidance_embeds": True}),
    "hunyuanvideo": ("HunyuanVideoTransformer3DModel", {"num_layers": 1, "num_single_layers": 1}),
    "hidream": (
        "HiDreamImageTransformer2DModel",
        {"num_layers": 1, "num_single_layers": 1, "caption_channels": [8, 8], "patch_size": 2, "llama_layers": [0, 1]},
    ),
    "kandinsky5": ("Kandinsky5Transformer3DModel", {"model_dim": 1792, "num_text_blocks": 1, "num_visual_blocks": 1}),
    "hunyuandit": (
        "HunyuanDiT2DModel",
        {"num_layers": 1, "attention_head_dim": 88, "hidden_size": 1408, "in_channels": 4, "patch_size": 2}
        | {"use_style_cond_and_image_meta_size": False},
    ),
    "mochi": ("MochiTransformer3DModel", {"num_layers": 1}),
    "lumina-next": ("LuminaNextDiT2DModel", {"num_layers": 1, "num_kv_heads": 8}),
    "auraflow": ("AuraFlowTransformer2DModel", {"num_mmdit_layers": 1, "num_single_dit_layers": 1}),
    "sana": ("SanaTransformer2DModel", {"num_layers": 1}),
    "lumina2": ("Lumina2Transformer2DModel", {"num_layers": 1}),
    "cogvideox": ("CogVideoXTransformer3DModel", {"num_layers": 1, "num_attention_heads": 48}),
    "ltx": ("LTXVideoTransformer3DModel", {"num_layers": 1}),
    "wan": ("WanTransformer3DModel", {"num_layers": 1, "num_attention_heads": 12}),
}
"""Cards whose published shapes are those of diffusers' class: its name and what differs from its defaults, fewer blocks aside
(docs/sources/diffusers_conditioning.md, section 5; of Kandinsky the file that its card names)."""


def manifest(name: str) -> dict[str, tuple]:
    if name in DIFFUSERS:
        network, config = DIFFUSERS[name]
        with torch.device("meta"):
            return {key: tuple(tensor.shape) for key, tensor in getattr(diffusers, network)(**config).state_dict().items()}
    entries = json.loads((ROOT / f"tests/golden/manifests/{MANIFESTS[name]}.json").read_text())
    return {key: tuple(entry["shape"]) for key, entry in entries.items() if key != "_container"}


@pytest.mark.parametrize("name", OFFICIAL)
def test_architecture_builds_the_published_tensors(name):
    card, published = CARDS[name], manifest(name)
    build = build_conditioner if card["family"] in CONDITIONED_ONLY else build_network
    network = build(card["family"], card["architecture"], device="meta")
    shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    if card["family"] in CONDITIONED_ONLY:
        published = {key: published[key] for key in conditioner_tensor_names(card["family"], card["architecture"])}
    assert shapes == published


def test_every_official_model_has_a_manifest():
    assert sorted(OFFICIAL) == sorted([*MANIFESTS, *DIFFUSERS])


@pytest.mark.parametrize("name", CARDS)
def test_names_are_known_to_the_registries(name):
    card = CARDS[name]
    assert card["family"] in CONDITIONERS
    if "decoder" in card:
        assert card["decoder"]["name"] in {"identity", *VAES}
        assert card["decoder"]["quantise"] in QUANTISERS


@pytest.mark.parametrize("name", SAMPLED)
def test_sampler_starts_at_the_initial_timestep_and_stays_in_the_grid(name):
    card = CARDS[name]
    sampler = build_sampler(sampler_of(card["sampler"]))
    span = card["conditioning"]["timesteps"]
    assert sampler.times[0] == card["conditioning"]["initial_timestep"] == span["start"]
    margin = 0.01 * abs(span["start"] - span["stop"])
    assert min(sampler.times) >= min(span["start"], span["stop"]) - margin
    assert max(sampler.times) <= max(span["start"], span["stop"]) + margin


@pytest.mark.parametrize("name", ["dit", "sit", "mdt", "lightningdit", "mg", "repa", "xmdpt-l", "mdsgen-b"])
def test_grid_ends_where_the_official_sampler_evaluates_last(name):
    card = CARDS[name]
    assert build_sampler(sampler_of(card["sampler"])).times[-1] == pytest.approx(
        card["conditioning"]["timesteps"]["stop"], abs=1e-4
    )


def test_guidance_follows_the_reference():
    scale = {name: guidance_of(CARDS[name]["guidance"]) for name in SAMPLED}
    assert [scale_at(scale["repa"], t) for t in (1.0, 0.71, 0.7, 0.0)] == [1.0, 1.0, 1.8, 1.8]
    assert [scale_at(scale["lightningdit"], t) for t in (0.0, 0.12, 0.125, 0.98)] == [1.0, 1.0, 6.7, 6.7]
    assert scale_at(scale["mg"], 0.5) == 1.0
    assert scale_at(scale["mdt"], 250) == pytest.approx(1.64, abs=0.01)
    assert scale_at(scale["xmdpt-l"], 999) == pytest.approx(1.9890, abs=1e-4)
    assert scale_at(scale["mdsgen-b"], 999) == pytest.approx(4.9562, abs=1e-4)
    assert {scale[name].channels for name in ("dit", "sit", "mdt", "lightningdit")} == {3}
    assert {scale[name].channels for name in ("repa", "xmdpt-l", "mdsgen-b")} == {None}


def test_tables_have_the_papers_order():
    with open(ROOT / "config/published/hidden_semantic_bottleneck.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for number in "1234567":
        order = list(dict.fromkeys(row["model"] for row in rows if row["table"] == number))
        assert models_of_table(map(card_of, CARDS.values()), f"table{number}") == order


@pytest.mark.parametrize("name", [name for name, card in CARDS.items() if card["conditioning"]["kind"] == "class"])
def test_class_models_measure_every_class_once(name):
    card = CARDS[name]
    assert card["conditioning"]["classes"] == card["architecture"]["num_classes"]


@pytest.mark.parametrize("name", TRAINED)
def test_training_section_is_what_the_trainer_takes(name):
    build_objective(card_of(CARDS[name]).training.objective)


def test_mg_is_six_parts_of_one_file():
    assert "".join(file["url"][-1] for file in CARDS["mg"]["checkpoint"]["files"]) == "abcdef"


def test_defaults_are_filled_in(tmp_path):
    card = written(tmp_path, lambda card: card.pop("notes") and card.pop("paper"))
    assert card["paper"] == {"tables": {}}
    assert card["notes"] == []
    assert card["checkpoint"]["files"][0] == CARDS["repa"]["checkpoint"]["files"][0]
    assert CARDS["repa"]["checkpoint"]["files"][0]["sha256"] is None
    assert CARDS["repa"]["guidance"]["power"] == 4


def written(folder: Path, change) -> dict:
    """REPA's card with a change, through a file."""
    raw = yaml.safe_load((ROOT / "config/models/repa.yaml").read_text())
    change(raw)
    path = folder / "repa.yaml"
    path.write_text(yaml.safe_dump(raw))
    return load_card(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card["sampler"].update(stepps=3), ["repa.yaml", "sampler.stepps", "'steps'"]),
        (lambda card: card["architecture"].update(hiden_size=1), ["repa.yaml", "architecture.hiden_size", "'hidden_size'"]),
        (lambda card: card["checkpoint"]["files"][0].update(sha265=None), ["sha265", "'sha256'"]),
        (lambda card: card["conditioning"]["timesteps"].update(begin=1), ["conditioning.timesteps.begin"]),
        (lambda card: card.update(titel="x"), ["titel", "'title'"]),
        (lambda card: card["architecture"].update(depth="deep"), ["architecture.depth", "deep"]),
        (lambda card: card["architecture"].pop("num_heads"), ["architecture.num_heads", "missing"]),
        (lambda card: card.update(family="dti"), ["family", "dti"]),
        (lambda card: card["conditioning"].update(kind="pose"), ["conditioning.kind", "'class'"]),
        (lambda card: card["sampler"].update(name="heun"), ["sampler.name", "heun"]),
        (lambda card: card.pop("checkpoint"), ["checkpoint", "training"]),
        (lambda card: card.update(name="reap"), ["name", "reap", "repa"]),
        (lambda card: card["guidance"].update(interval=[0.1]), ["guidance.interval"]),
    ],
)
def test_a_wrong_key_is_one_sentence(tmp_path, change, words):
    with pytest.raises(UserError) as error:
        written(tmp_path, change)
    sentence = str(error.value)
    assert "\n" not in sentence
    assert "repa.yaml" in sentence
    for word in words:
        assert word in sentence, sentence


def test_schema_describes_and_closes_every_object():
    """No object accepts a key that nobody defined, except where another rule closes it."""
    schema = yaml.safe_load(SCHEMA.read_text())
    open_objects = []

    def walk(node, path):
        if isinstance(node, dict):
            if node.get("type") == "object" and node.get("additionalProperties", True) is True:
                open_objects.append(path)
            for key, value in node.items():
                walk(value, f"{path}.{key}")
        elif isinstance(node, list):
            for item in node:
                walk(item, path)

    walk(schema, "")
    # Closed per family, per objective and per sampler (allOf); the others are handed to diffusers or timm as they are.
    handed = [path for path in open_objects if path.endswith((".network", ".settings"))]
    assert {path.rpartition(".")[2] for path in handed} == {"network", "settings"}
    assert [path for path in open_objects if path not in handed] == [
        ".properties.architecture",
        ".properties.conditioning",
        ".$defs.objective",
        ".$defs.dinov2.properties.architecture",
        ".$defs.sampler",
    ]
    samplers = schema["$defs"]["sampler"]["properties"]["name"]["enum"]
    assert sorted(samplers) == sorted(SAMPLERS)
    assert sorted(schema["properties"]["family"]["enum"]) == sorted(CONDITIONERS)
    assert set(CONDITIONED_ONLY) == CONDITIONERS.keys() - FAMILIES.keys()
    assert set(OF_DIFFUSERS) == TRANSFORMERS.keys() <= set(CONDITIONED_ONLY)


def test_only_standard_library_yaml_and_jsonschema_are_imported():
    """What the Snakefile imports is imported by Snakemake itself, whose environment has nothing else."""
    modules = ("study.load", "study.dynamics", "study.dier", "study.assets", "study.windows", "study.code_memory")
    modules += ("conditioning.availability", "study.exhibits", "checkpoints.lock", "study.result_folders")
    code = "import sys\n" + "".join(f"import semantic_bottleneck.{module}\n" for module in modules)
    code += "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    imported = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "workflow_scripts", text=True, capture_output=True, check=True
    ).stdout.split()
    assert not set(imported) & {"numpy", "torch", "pandas", "pyarrow", "PIL", "transformers", "scipy", "matplotlib"}


def test_a_card_that_extends_another_takes_its_weights_and_keys(tmp_path):
    base = load_card(ROOT / "config/models/sit-mini.yaml")
    card = load_card(ROOT / "config/models/sit-mini-sde.yaml")
    assert card["extends"] == "sit-mini"
    assert card["training"] == base["training"]
    assert (card["sampler"]["name"], base["sampler"]["name"]) == ("sit-sde", "sit-ode")
    (tmp_path / "sit-mini-sde.yaml").write_text((ROOT / "config/models/sit-mini-sde.yaml").read_text())
    with pytest.raises(UserError, match=r"sit-mini\.yaml does not exist"):
        load_card(tmp_path / "sit-mini-sde.yaml")
