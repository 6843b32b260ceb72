"""The arms of a study of the mechanism: cards that differ in a few keys, each trained several times over, sampled and pruned.

An arm is a model like any other: `<arm>` is its first training and `<arm>.s1` the next. Runs in the Snakefile.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.card_checks import check_card
from semantic_bottleneck.study.cards import SCHEMA
from semantic_bottleneck.study.changes import changed_card
from semantic_bottleneck.study.typed import typed
from semantic_bottleneck.study.validation import load_schema, validated


def arm_cards(section: Mapping[str, Any], root: Path) -> dict[str, dict[str, Any]]:
    """Arm -> its card with all changes made, the arm's name and its title.

    Raises:
        UserError: an arm starts from something unknown or changes a key that its card cannot have.
    """
    cards: dict[str, dict[str, Any]] = {}
    for name, arm in section["arms"].items():
        where = f"mechanism.arms.{name}"
        card = changed_card(arm, cards, section["set"], root, where, "mechanism.set")
        if card["conditioning"]["kind"] == "class":
            card["conditioning"]["classes"] = card["architecture"]["num_classes"]
        cards[name] = validated(card, load_schema(SCHEMA), where) | {"name": name, "title": arm.get("title", name)}
        try:
            check_card(typed(Card, cards[name]))
        except UserError as error:
            raise UserError(f"{where}: {error}") from None
    return cards


def arm_runs(section: Mapping[str, Any]) -> dict[str, list[str]]:
    """Arm -> names of its trainings."""
    seeds = {name: arm.get("seeds", section["seeds"]) for name, arm in section["arms"].items()}
    return {name: [name, *(f"{name}.s{seed}" for seed in range(1, count))] for name, count in seeds.items()}
