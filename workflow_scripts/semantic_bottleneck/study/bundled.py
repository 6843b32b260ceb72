"""The pictures that ship inside packages, as the cards of models trained on them must know. Standard library only."""

import re
from collections.abc import Sequence

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required

BUNDLED: dict[str, dict[str, int]] = {
    "digits": {"in_channels": 1, "input_size": 8, "num_classes": 10},
    "glyph-grid": {"in_channels": 1, "input_size": 12, "num_classes": 63},
    "mnist16": {"in_channels": 1, "input_size": 16, "num_classes": 10},
}
"""Data set -> what a card's `architecture` says of it; those whose number of classes is their name's: `bundled`."""
GLYPH_GRID = "glyph-grid"
NUMBERED: dict[str, tuple[int, int]] = {"glyphs": (259, 12), "kanji": (2963, 24)}
"""Data sets `<kind>-<n>` -> distinct characters that all faces draw (data/glyphs.py, data/kanji.py), and pixels a side."""


def numbered(name: str) -> tuple[str, int] | None:
    """`glyphs-50` -> glyphs, 50; None for every other name, and for a number that nobody can draw."""
    kind, _, count = name.rpartition("-")
    whole = kind in NUMBERED and re.fullmatch("[1-9][0-9]{0,3}", count)
    return (kind, int(count)) if whole and 2 <= int(count) <= NUMBERED[kind][0] else None


def bundled(name: str | None) -> dict[str, int]:
    """What a card's `architecture` must say of a bundled data set; empty where the name is of none."""
    if named := numbered(name or ""):
        return {"in_channels": 1, "input_size": NUMBERED[named[0]][1], "num_classes": named[1]}
    return BUNDLED.get(name or "", {})


def check_trainable(card: Card, data: str | None, checkpoints: Sequence[int], where: str) -> None:
    """Does a card to be trained fit the data set (None: another one), and do the checkpoints lie within its steps?

    Args:
        where: the key of `checkpoints`.

    Raises:
        UserError: one sentence naming the key that does not fit.
    """
    for key, value in bundled(data).items():
        fewer = key == "num_classes" and 2 <= card.architecture[key] < value  # it learns the first so many
        if card.architecture[key] != value and not fewer:
            raise UserError(
                f"architecture.{key} of {card.name} is {card.architecture[key]}, but the data set {data} has {value}; "
                "change one of them."
            )
    steps = required(card.training).steps
    late = [step for step in checkpoints if step > steps]
    if late:
        raise UserError(f"the training of {card.name} ends at step {steps}; take {late[0]} out of {where}.")
