"""Asset cards: published decoders and judges. Runs in the Snakefile: standard library, YAML and JSON schema."""

from functools import cache
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.sizes import NETWORK
from semantic_bottleneck.study.validation import CONFIG, load_yaml, validated


def load_asset(name: str, kind: str | None = None) -> dict[str, Any]:
    """The card config/assets/<name>.yaml (of one kind, if given), checked against the schema, with its defaults filled in.

    Raises:
        UserError: one sentence naming the file and the wrong key, or saying that the card is of another kind.
    """
    path = CONFIG / f"assets/{name}.yaml"
    label = f"config/assets/{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
        raise UserError(f"{label} does not exist; write that card, or use one of {known}.")
    card = validated(load_yaml(path), asset_schema(), label)
    if card["name"] != name:
        raise UserError(f"{label}: the value of 'name' is '{card['name']}'; it must be the file's name, '{name}'.")
    if kind not in (None, card["kind"]):
        raise UserError(f"{label} describes a network of kind {card['kind']}, where one of kind {kind} is needed.")
    if card["kind"] == "decoder":
        _check_decoder(card, label)
    return card


def _check_decoder(card: dict[str, Any], label: str) -> None:
    architecture = card["architecture"]
    if NETWORK in architecture and len(architecture) > 1:
        other = next(key for key in architecture if key != NETWORK)
        raise UserError(f"{label}: architecture.{other} stands beside {NETWORK}, which says it already; take it out.")
    widths, attention = architecture.get("widths", []), architecture.get("attention", [])
    if len(widths) != len(attention):
        raise UserError(
            f"{label}: architecture.attention has {len(attention)} entries and widths {len(widths)}; give one per resolution."
        )
    if architecture.get("normalised") and "statistics" not in card:
        raise UserError(f"{label}: 'statistics' is missing; name the file with mean and std of the latents.")


@cache
def asset_schema() -> dict[str, Any]:
    schema = load_yaml(CONFIG / "schemas/asset.schema.yaml")
    schema["$defs"]["checkpoint"] = load_yaml(CONFIG / "schemas/model.schema.yaml")["$defs"]["checkpoint"]
    return schema
