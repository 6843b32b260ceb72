"""Published reference files (.npz), read by byte ranges: the statistics, and pictures only where they are asked for."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.lock import settle
from semantic_bottleneck.checkpoints.npz import Npz
from semantic_bottleneck.checkpoints.opening import open_parts
from semantic_bottleneck.checkpoints.parts import Part, parts_of
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.ranges import ByteSource, LocalBytes, WholeFileNeededError
from semantic_bottleneck.checkpoints.whole import whole_file
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.npz_writing import write_npz
from semantic_bottleneck.references.pictures import ARRAY, npz_pictures
from semantic_bottleneck.references.statistics import SUFFIXES, WIDEST, Statistics, checked
from semantic_bottleneck.study.checkpoint import CheckpointFile, listed_file

log = logging.getLogger(__name__)

KINDS = {"adm-npz": ("features", "spatial"), "statistics-npz": ("features",)}
"""Statistics that a kind of file must hold."""
CACHE = "results/downloads"
BLOCK = 64
"""Pictures in memory at once."""


def copy_reference(reference: Mapping, root: Path, lock: Path | None, output: str | Path) -> None:
    """Write the part of evaluation.reference's file that a study reads: its statistics and the first `images` pictures.

    Raises:
        UserError: see `open_reference`, `read_statistics` and `npz_pictures`.
    """
    with open_reference(listed_file(reference), root, root / CACHE, lock) as (npz, part):
        arrays: dict[str, tuple[tuple[int, ...], Iterable[np.ndarray]]] = {}
        for features, (mean, covariance) in read_statistics(npz, part, reference["kind"], lock).items():
            for name, array in (("mu", mean), ("sigma", covariance)):
                arrays[f"{name}{SUFFIXES[features]}"] = array.shape, [array]
        if reference["kind"] == "adm-npz" and reference["images"]:
            count, blocks = npz_pictures(npz, part.name, reference["images"])
            arrays[ARRAY] = (count, *npz.shape(ARRAY)[1:]), blocks(BLOCK)
        write_npz(output, arrays)


@contextmanager
def open_reference(file: CheckpointFile, root: Path, cache: Path, lock: Path | None) -> Iterator[tuple[Npz, Part]]:
    """The arrays of evaluation.reference's file.

    A server that ignores Range costs the whole file, which is kept in `cache`.

    Raises:
        UserError: no address serves it, or it is no .npz file.
    """
    (part,) = parts_of([file], root)
    with ExitStack() as stack:
        client = stack.enter_context(Client(Patience()))
        source: ByteSource
        try:
            source = open_parts([part], client, stack)
        except WholeFileNeededError as reason:
            log.warning("%s, so the whole file is needed", reason)
            path, _ = whole_file([part], cache, lock=lock, client=client)
            source = stack.enter_context(LocalBytes(path, part.name))
        try:
            yield Npz(source), part
        except WholeFileNeededError as reason:
            raise UserError(f"{reason}; name a mirror that serves byte ranges, or a copy on this machine.") from reason
        log.info("%s: %.2f of %.2f MB read", part.name, source.transferred / 1e6, source.size / 1e6)


def read_statistics(npz: Npz, part: Part, kind: str, lock: Path | None) -> dict[str, Statistics]:
    """Statistics by kind of features; checked, and the same as on first use.

    Raises:
        UserError: one is absent or no mean and covariance, or differs from what the lock file remembers.
    """
    found: dict[str, Statistics] = {}
    digests: dict[str, str] = {}
    for features, suffix in SUFFIXES.items():
        names = f"mu{suffix}", f"sigma{suffix}"
        if features not in KINDS[kind] and not set(names) <= set(npz.names):
            continue
        arrays = [npz.array(name, limit) for name, limit in zip(names, (WIDEST, WIDEST**2), strict=True)]
        mean, covariance = arrays
        found[features] = checked(mean, covariance, f"{part.name}, {' and '.join(names)}")
        digests |= {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in zip(names, arrays, strict=True)}
    if not part.local:
        settle(lock, part.name, {"tensors": digests})
    return found
