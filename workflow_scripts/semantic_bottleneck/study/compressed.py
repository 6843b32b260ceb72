"""A compressed model: its name and its card. Jobs import this without what the study's files are read with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.study.sizes import CONDITION_RANK

OPTIMAL = "optimal"
COMPARED = ("pca", "columns", "random")
"""Other ways to choose the directions of a factorised AdaLN, for comparison."""
PRECOMPUTED, ADDITIVE = "precomputed", "additive"
TABLES = (PRECOMPUTED, ADDITIVE)
"""AdaLN replaced by a table of its outputs; the additive one is a part for the timestep plus a part for the label."""


@dataclass(frozen=True)
class Compressed:
    """A compressed model: by which method, and with which rank (None for tables)."""

    method: str
    rank: int | None = None

    @property
    def name(self) -> str:
        """`optimal-16`; of its files and in the place of a variant's name."""
        return self.method if self.rank is None else f"{self.method}-{self.rank}"


def compressed_card(card: Mapping[str, Any], compressed: Compressed, path: str, checksum: str | None = None) -> dict[str, Any]:
    """The card of a compressed model: that of the full one with the rank, and with the file at `path` as its checkpoint."""
    name = f"{card['name']}-{compressed.name}"
    file = {"url": path, "mirrors": [], "insecure": False, "private": False, "size": None, "sha256": checksum}
    checkpoint = {"files": [file], "container": "safetensors", "keys": [], "prefix": "", "ignore": []}
    own = {
        "name": name,
        "title": f"{card['title']}, {compressed.method} rank {compressed.rank}",
        "architecture": {**card["architecture"], CONDITION_RANK: compressed.rank},
        "checkpoint": checkpoint,
    }
    return {key: value for key, value in card.items() if key not in ("training", "extends")} | own
