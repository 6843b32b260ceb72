"""A configuration as plain data: text keys, and nothing that JSON could not hold."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from semantic_bottleneck.errors import UserError

DEEPEST, MOST = 50, 200_000
"""Levels and values beyond which a configuration is taken for a mistake: anchors that contain themselves or multiply."""
LARGEST = 2**64
UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that no text file or page can hold."""


def plain(value: Any, source: str) -> Any:
    """A copy of mappings, lists, text, whole numbers, finite numbers, booleans and null.

    A date, which YAML makes of 2026-01-01, becomes that text again.

    Raises:
        UserError: one sentence naming `source`, the key and what it cannot hold.
    """
    return _Copy(source).of(value, "")


def spelled(key: Any) -> str:
    """A key or value that is no text, as YAML spells it."""
    if key is None or isinstance(key, bool):
        return "null" if key is None else str(key).lower()
    return str(key)


class _Copy:
    def __init__(self, source: str):
        self.source, self.count = source, 0

    def of(self, value: Any, where: str, depth: int = 0) -> Any:
        self.count += 1
        if depth > DEEPEST or self.count > MOST:
            first = where.partition(".")[0]
            raise UserError(f"{self.source}: '{first}' holds too many values; look for an anchor that repeats itself.")
        if isinstance(value, Mapping):
            items = [(self._key(key, where), part) for key, part in value.items()]
            return {key: self.of(part, f"{where}.{key}" if where else key, depth + 1) for key, part in items}
        if isinstance(value, list | tuple):
            return [self.of(part, f"{where}.{index}", depth + 1) for index, part in enumerate(value)]
        return self._single(value, where)

    def _key(self, key: Any, where: str) -> str:
        key = key.isoformat() if type(key) is date else key
        if not isinstance(key, str):
            place = f" in '{where}'" if where else ""
            raise UserError(f"{self.source}: the key {spelled(key)}{place} must be text; write it in quotes.")
        return self._single(key, f"{where}.{key!r}" if where else repr(key))

    def _single(self, value: Any, where: str) -> Any:
        if type(value) is date:
            return value.isoformat()
        if isinstance(value, str):
            odd = UNSHOWN.search(value)
            if odd:
                self._refuse(where, f"holds the character U+{ord(odd[0]):04X}; take it out")
            return value
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            if abs(value) >= LARGEST:
                self._refuse(where, "is a number beyond 64 bits; choose a smaller one")
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                self._refuse(where, f"must be a finite number, not {value}")
            return value + 0.0  # -0.0 is 0.0
        kind = {datetime: "a point in time", bytes: "binary data"}.get(type(value), f"a {type(value).__name__}")
        self._refuse(where, f"is {kind}; write it as text in quotes")

    def _refuse(self, where: str, why: str):
        raise UserError(f"{self.source}: the value of '{where}' {why}.")
