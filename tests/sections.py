"""Sections of a model card as jobs get them: plain values, completed by the schema and typed, which refuse what it refuses."""

from typing import Any, get_args, get_type_hints

from semantic_bottleneck.study.card import Card, DecoderSpec, Guidance
from semantic_bottleneck.study.cards import SCHEMA
from semantic_bottleneck.study.checkpoint import Checkpoint
from semantic_bottleneck.study.conditioning import Conditioning, TokenEncoder
from semantic_bottleneck.study.samplers import SamplerSpec
from semantic_bottleneck.study.training import Objective, Training
from semantic_bottleneck.study.typed import typed
from semantic_bottleneck.study.validation import load_schema, validated

SECTIONS = {
    "checkpoint": Checkpoint,
    "training": Training,
    "objective": Objective,
    "sampler": SamplerSpec,
    "guidance": Guidance,
    "decoder": DecoderSpec,
}


TOKENS = get_type_hints(TokenEncoder)["kind"]
STUDY_SCHEMA = SCHEMA.with_name("study.schema.yaml")


def completed(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Plain values with the defaults that the schema gives a section."""
    definitions = load_schema(SCHEMA)["$defs"]
    return validated(given, {"$defs": definitions, "$ref": f"#/$defs/{name}"}, "the test")


def checkpoint_of(given: dict[str, Any]) -> Checkpoint:
    """Of kind pt, unless it says otherwise."""
    return typed(Checkpoint, completed("checkpoint", {"container": "pt"} | given))


def _form(conditioning: dict[str, Any]) -> str:
    """The schema's definition of these conditions: that of their kind, or of the other kind of text encoders."""
    tokens = conditioning["kind"] == "text" and conditioning["encoders"][0]["kind"] in get_args(TOKENS)
    return "text_tokens" if tokens else conditioning["kind"]


def conditioning_of(given: dict[str, Any]) -> Conditioning:
    return typed(Conditioning, completed(_form(given), given))


def guidance_of(given: dict[str, Any] | None) -> Guidance | None:
    return None if given is None else typed(Guidance, completed("guidance", given))


def sampler_of(given: dict[str, Any]) -> SamplerSpec:
    return typed(SamplerSpec, completed("sampler", given))


def training_of(given: dict[str, Any]) -> Training:
    return typed(Training, completed("training", given))


def objective_of(given: dict[str, Any]) -> Objective:
    return typed(Objective, completed("objective", given))


def decoder_of(given: dict[str, Any]) -> DecoderSpec:
    return typed(DecoderSpec, completed("decoder", given))


def excerpt(given: dict[str, Any]) -> dict[str, Any]:
    """The excerpt of a card as a rule passes it on: what the sections leave out is filled in."""
    sections = {name: completed(name, given[name]) for name in SECTIONS if given.get(name) is not None}
    if given.get("conditioning") is not None:
        sections["conditioning"] = completed(_form(given["conditioning"]), given["conditioning"])
    return given | sections


def card_of(given: dict[str, Any]) -> Card:
    return typed(Card, excerpt(given))


def variant_of(given: dict[str, Any]) -> dict[str, Any]:
    """A pruning variant with its defaults, as plain data."""
    return validated(given, load_schema(STUDY_SCHEMA)["$defs"]["variant"], "a variant of a test")
