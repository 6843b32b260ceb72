"""Model cards: everything the workflow knows about a model. Runs in the Snakefile: standard library, YAML and JSON schema."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.card_checks import check_card
from semantic_bottleneck.study.typed import typed
from semantic_bottleneck.study.validation import CONFIG, load_schema, load_yaml, validated

SCHEMA = CONFIG / "schemas/model.schema.yaml"


def load_card(path: str | Path) -> dict[str, Any]:
    """The card in a file, checked against the schema, with the schema's defaults filled in.

    A card that `extends` another takes from it every key it does not give itself, and uses its weights.

    Raises:
        UserError: one sentence naming the file, the wrong key and, where one is near, the right one.
    """
    given = load_yaml(path)
    if "extends" in given:
        given = _base_of(given["extends"], path) | given
    card = validated(given, load_schema(SCHEMA), str(path))
    if card["name"] != Path(path).stem:
        raise UserError(f"{path}: the value of 'name' is '{card['name']}'; it must be the file's name, '{Path(path).stem}'.")
    try:
        check_card(typed(Card, card))
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    return card


def models_of_table(cards: Iterable[Card], table: str) -> list[str]:
    """Names of the models in a table of the paper (`table1` ... `table7`), in the paper's order."""
    placed = [(card.paper.tables[table], card.name) for card in cards if card.paper and table in card.paper.tables]
    return [name for _, name in sorted(placed)]


def _base_of(name: Any, path: str | Path) -> dict[str, Any]:
    """The card of that name, unchecked, which the one in `path` extends."""
    names = {"properties": {"extends": load_schema(SCHEMA)["$defs"]["name"]}}
    name = validated({"extends": name}, names, str(path))["extends"]
    try:
        base = load_yaml(Path(path).with_name(f"{name}.yaml"))
    except UserError as error:
        raise UserError(f"{path} extends '{name}', but {error}") from None
    if "extends" in base:
        raise UserError(f"{path} extends '{name}', which extends a card itself; extend one that stands on its own.")
    return base
