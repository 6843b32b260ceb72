"""The pictures that ship inside packages, as the cards of models trained on them must know. Standard library only."""

from collections.abc import Sequence

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required

BUNDLED: dict[str, dict[str, int]] = {
    "digits": {"in_channels": 1, "input_size": 8, "num_classes": 10},
    "mnist16": {"in_channels": 1, "input_size": 16, "num_classes": 10},
}
"""Data set -> what a card's `architecture` says of it."""


def check_trainable(card: Card, data: str | None, checkpoints: Sequence[int], where: str) -> None:
    """Does a card to be trained fit the data set (None: another one), and do the checkpoints lie within its steps?

    Args:
        where: the key of `checkpoints`.

    Raises:
        UserError: one sentence naming the key that does not fit.
    """
    for key, value in (BUNDLED.get(data, {}) if data else {}).items():
        if card.architecture[key] != value:
            raise UserError(
                f"architecture.{key} of {card.name} is {card.architecture[key]}, but the data set {data} has {value}; "
                "change one of them."
            )
    steps = required(card.training).steps
    late = [step for step in checkpoints if step > steps]
    if late:
        raise UserError(f"the training of {card.name} ends at step {steps}; take {late[0]} out of {where}.")
