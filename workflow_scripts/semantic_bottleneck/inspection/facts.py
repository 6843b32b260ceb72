"""What a card says and why, and what only the user can say. Standard library only: the Snakefile reads the keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from semantic_bottleneck.errors import UserError

SAMPLING_KEYS = ("decoder", "steps", "prompts", "pixels")
INSPECTION_KEYS = ("checkpoint", "name", "title", "heads", "convention", "classes", "reference", *SAMPLING_KEYS)
"""What can be said with `--config` when a checkpoint is inspected; none is a key of a study."""


@dataclass(frozen=True)
class Fact:
    """A value of a card, and the evidence for it, which stands beside it as a comment."""

    value: Any
    why: str = ""


@dataclass
class Questions:
    """What the user said with `--config`, and what is left to be asked for."""

    given: Mapping[str, Any]
    open: dict[str, str] = field(default_factory=dict)

    def said(self, key: str) -> Any:
        """The user's answer; None where there is none."""
        value = self.given.get(key)
        return None if value in (None, "") else value

    def ask(self, key: str, example: str, why: str) -> None:
        """Remember that `key` is needed; `why` completes the sentence "... because"."""
        self.open[key] = f"{key}={example} ({why})"

    def require_answers(self, file: str) -> None:
        """Raises UserError where something is left to be asked for: all of it in one sentence."""
        if self.open:
            raise UserError(
                f"{file} does not tell everything that its card needs; add --config {' '.join(self.open.values())}."
            )

    def whole(self, key: str) -> int | None:
        """An answer that must be a whole number above 0.

        Raises:
            UserError: it is something else.
        """
        value = self.said(key)
        if value is not None and (type(value) is not int or value < 1):
            raise UserError(f"--config {key}={value}: give a whole number above 0.")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        """An answer that must be one of some words.

        Raises:
            UserError: it is another.
        """
        value = self.said(key)
        if value is not None and value not in choices:
            raise UserError(f"--config {key}={value}: choose one of {', '.join(choices)}.")
        return value
