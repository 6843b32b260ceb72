"""Where a number comes from: the result file that holds it, and the weights behind that file."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.checkpoint_origin import PACK_FILE, SHA256, SOURCE
from semantic_bottleneck.files.project_path import project_path

SEPARATOR = "; "


@dataclass(frozen=True)
class Origin:
    """One result file, as the rule names it, and what its metadata say of the weights; empty where they say nothing.

    `checkpoint_sha256` is that of the whole file that was read; a checkpoint read by byte ranges has only the hash over the
    tensors that were taken from it. Of vectors from a pack the address also names the pack's file.
    """

    result_file: str
    checkpoint_url: str = ""
    checkpoint_sha256: str = ""
    tensors_sha256: str = ""


PARTS = tuple(field.name for field in fields(Origin))
COLUMNS = (*PARTS, "published_file")
"""Columns that the Parquet file of a table has beyond those of its frame; several files of one cell are joined by SEPARATOR."""


@dataclass(frozen=True)
class CellOrigin:
    """All result files of one cell, and the file and table of the published number in it."""

    files: tuple[Origin, ...] = ()
    published: str = ""

    def columns(self) -> dict[str, str]:
        """The cell's entries in COLUMNS; the k-th entries of all columns belong together."""
        columns = zip(*map(astuple, self.files), strict=True) if self.files else [()] * len(PARTS)
        joined = [SEPARATOR.join(column) if any(column) else "" for column in columns]
        return dict(zip(COLUMNS, [*joined, self.published], strict=True))

    @property
    def key(self) -> str:
        """A name for it that is the same on every page."""
        return "origin-" + hashlib.sha256(repr(self).encode()).hexdigest()[:8]

    @property
    def title(self) -> str:
        """In one line."""
        names = [origin.result_file for origin in self.files] or [self.published]
        return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def cell_origin(record: Mapping[str, str]) -> CellOrigin | None:
    """The origin of a cell from its entries in COLUMNS; None where it has none."""
    columns = [record[name].split(SEPARATOR) if record[name] else [] for name in PARTS]
    found = CellOrigin(tuple(Origin(*parts) for parts in zip_longest(*columns, fillvalue="")), record["published_file"])
    return found if found.files or found.published else None


def read_origin(path: str | Path) -> Origin:
    """The origin of what a Parquet file holds, from its metadata."""
    metadata = parquet.read_metadata(path)
    source, whole, tensors = (metadata.get(key, "") for key in (SOURCE, SHA256, "tensors_sha256"))
    source = f"{source} by way of {metadata[PACK_FILE]}" if PACK_FILE in metadata else source
    return Origin(project_path(path), source, whole, tensors)


def origins_in(rows: pd.DataFrame) -> tuple[Origin, ...]:
    """The distinct origins of rows, in order; none where the frame was not read from files."""
    return tuple(dict.fromkeys(rows["origin"])) if "origin" in rows else ()


def joined(*several: Iterable[Origin]) -> tuple[Origin, ...]:
    """All of them, each once."""
    return tuple(dict.fromkeys(origin for origins in several for origin in origins))
