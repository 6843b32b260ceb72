"""Checks of sampler options that name the key, the sampler and the fix."""

from collections.abc import Sequence
from typing import Any

from semantic_bottleneck.errors import UserError


def check_count(sampler: str, key: str, value: Any, minimum: int = 1) -> int:
    """`value` if it is a whole number of at least `minimum`, else a `UserError`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise UserError(f"sampler.{key} of '{sampler}' is {value!r}; give a whole number of at least {minimum}.")
    return value


def check_choice(sampler: str, key: str, value: Any, choices: Sequence[Any]) -> Any:
    """`value` if it is one of `choices`, else a `UserError`."""
    if value not in choices:
        raise UserError(f"sampler.{key} of '{sampler}' is {value!r}; use one of {', '.join(map(str, choices))}.")
    return value
