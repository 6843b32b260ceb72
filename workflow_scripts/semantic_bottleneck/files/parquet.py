"""Arrays in Parquet: one row per sample, vectors and images as fixed-size lists."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.parquet_checksums import add_checksums, check, checked_metadata

SHAPES = b"shapes"
WRITTEN: dict[str, Any] = {"compression": "zstd", "store_schema": True, "write_page_checksum": True}
"""How every Parquet file is written; see parquet_checksums for those that cover the rest of it."""


def write(path: str | Path, columns: Mapping[str, np.ndarray | Iterable], metadata: Mapping[str, str] | None = None) -> None:
    """Write equally long columns (arrays or lists); an array of shape (n, ...) becomes a fixed-size list per row.

    The bytes depend only on the arguments (no time stamps), so files can be compared.
    """
    with atomic_path(path) as temporary:
        pq.write_table(to_table(columns, metadata), temporary, **WRITTEN)
        add_checksums(temporary)


def to_table(columns: Mapping[str, np.ndarray | Iterable], metadata: Mapping[str, str] | None = None) -> pa.Table:
    """The table of columns as `write` stores it, shapes and metadata (in the order of their names) in its schema."""
    arrays, shapes = {}, {}
    for name, column in columns.items():
        if isinstance(column, np.ndarray) and column.ndim > 1:
            shapes[name] = list(column.shape[1:])
            flat = pa.array(np.ascontiguousarray(column).reshape(-1))
            arrays[name] = pa.FixedSizeListArray.from_arrays(flat, int(np.prod(column.shape[1:])))
        else:
            arrays[name] = pa.array(column)
    # Sorted, since metadata that were read from another file may come in any order.
    extra = {key.encode(): value.encode() for key, value in sorted((metadata or {}).items())}
    return pa.table(arrays).replace_schema_metadata(extra | {SHAPES: json.dumps(shapes).encode()})


def read(path: str | Path, columns: list[str] | None = None) -> dict[str, np.ndarray]:
    """Read columns back with the shapes they were written with (strings as object arrays).

    Raises:
        DamagedError: the file is absent, or a checksum of it does not hold.
    """
    check(path)
    try:
        table = pq.read_table(path, columns=columns, page_checksum_verification=True)
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise DamagedError(path, error) from error
    return to_columns(table)


def to_columns(table: pa.Table) -> dict[str, np.ndarray]:
    """The arrays of a table, with the shapes that its schema remembers (strings as object arrays)."""
    shapes = json.loads((table.schema.metadata or {}).get(SHAPES, b"{}"))
    result = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name in shapes:
            values = column.flatten().to_numpy(zero_copy_only=False)
            result[name] = values.reshape(len(column), *shapes[name])
        else:
            result[name] = column.to_numpy(zero_copy_only=False)
    return result


def read_metadata(path: str | Path) -> dict[str, str]:
    """The string metadata given to `write`.

    Raises:
        DamagedError: the file is absent, or the checksum of its footer does not hold.
    """
    raw = checked_metadata(path).schema.to_arrow_schema().metadata or {}
    return {key.decode(): value.decode() for key, value in raw.items() if key not in (SHAPES, b"ARROW:schema")}


def rows(path: str | Path) -> int:
    """Number of rows, from the footer alone.

    Raises:
        DamagedError: the file is absent, or the checksum of its footer does not hold.
    """
    return checked_metadata(path).num_rows


def gather(paths: Sequence[str]) -> dict[str, np.ndarray]:
    """The columns of several shards, one below the other; each is held once, beside one shard."""
    counts = [rows(path) for path in paths]
    starts = np.cumsum([0, *counts])
    gathered: dict[str, np.ndarray] = {}
    for path, start, stop in zip(paths, starts[:-1], starts[1:], strict=True):
        for name, values in read(path).items():
            column = gathered.setdefault(name, np.empty((starts[-1], *values.shape[1:]), values.dtype))
            column[start:stop] = values
    return gathered
