"""Names of models: a card's, or a replicate's with `.s1`, `.s2`, ... behind it."""

import re


def card_name(model: str) -> str:
    """`sit-mini.s2` -> `sit-mini`."""
    return re.sub(r"\.s\d+$", "", model)


def replicate(model: str) -> int:
    """`sit-mini.s2` -> 2, `sit-mini` -> 0."""
    match = re.search(r"\.s(\d+)$", model)
    return int(match[1]) if match else 0
