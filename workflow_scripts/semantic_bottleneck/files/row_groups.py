"""Parquet files too large to be held: written and read a few rows at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.parquet import WRITTEN, to_columns, to_table
from semantic_bottleneck.files.parquet_checksums import add_checksums, check, checked_metadata

ROWS = 16
"""Rows of a group: 38 MB of X-MDPT's token features."""


def write_row_groups(
    path: str | Path, columns: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None, rows: int = ROWS
) -> None:
    """As `parquet.write`, holding only `rows` rows in memory: the columns may be arrays mapped from disk."""
    count = len(next(iter(columns.values())))
    with atomic_path(path) as temporary:
        first = to_table({name: column[:rows] for name, column in columns.items()}, metadata)
        with pq.ParquetWriter(temporary, first.schema, **WRITTEN) as writer:
            writer.write_table(first, row_group_size=rows)
            for start in range(rows, count, rows):
                part = {name: column[start : start + rows] for name, column in columns.items()}
                writer.write_table(to_table(part, metadata), row_group_size=rows)
        add_checksums(temporary)


class RowGroups:
    """A Parquet file of which only the row groups asked for are read."""

    def __init__(self, path: str | Path):
        """Open the file.

        Raises:
            DamagedError: it is absent, or the checksum of its footer does not hold.
        """
        checked_metadata(path)
        self._file = pq.ParquetFile(path, page_checksum_verification=True)
        self._path = path
        sizes = [self._file.metadata.row_group(group).num_rows for group in range(self._file.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def read(self, rows: Sequence[int]) -> dict[str, np.ndarray]:
        """The columns of these rows, in their order.

        Raises:
            UserError: a row is not in the file.
            DamagedError: the checksum of a row group that holds one of them does not hold.
        """
        asked = np.asarray(rows, dtype=np.int64)
        outside = asked[(asked < 0) | (asked >= len(self))]
        if len(outside):
            raise UserError(
                f"{self._path} holds {len(self)} rows, and row {outside[0]} was asked for; delete it and run again."
            )
        groups = np.searchsorted(self._starts, asked, side="right") - 1
        wanted = np.unique(groups)
        check(self._path, wanted.tolist())
        try:
            table = self._file.read_row_groups(wanted.tolist())
        except (OSError, pa.ArrowException) as error:
            raise DamagedError(self._path, error) from error
        columns = to_columns(table)
        offsets = np.cumsum([0, *(self._starts[group + 1] - self._starts[group] for group in wanted)])
        places = offsets[np.searchsorted(wanted, groups)] + asked - self._starts[groups]
        return {name: values[places] for name, values in columns.items()}
