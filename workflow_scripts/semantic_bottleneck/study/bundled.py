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
"""Data set -> what a card's `architecture` says of it; `glyphs-<n>`, whose number of classes is its name's: `bundled`."""
GLYPHS, GLYPH_GRID = "glyphs-<n>", "glyph-grid"
MOST_GLYPHS = 259
"""Distinct characters that all of matplotlib's faces draw (data/glyphs.py)."""


def glyph_classes(name: str) -> int | None:
    """`glyphs-50` -> 50; None for every other name, and for a number that nobody can draw."""
    match = re.fullmatch(r"glyphs-([1-9][0-9]{0,2})", name)
    return int(match[1]) if match and 2 <= int(match[1]) <= MOST_GLYPHS else None


def bundled(name: str | None) -> dict[str, int]:
    """What a card's `architecture` must say of a bundled data set; empty where the name is of none."""
    classes = glyph_classes(name or "")
    if classes is not None:
        return {"in_channels": 1, "input_size": 12, "num_classes": classes}
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
