"""Real images of any source, or published statistics of them, as the judges see them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from semantic_bottleneck.features.judges import Judges
from semantic_bottleneck.references.pictures import npz_pictures, open_pictures
from semantic_bottleneck.references.published import open_reference, read_statistics
from semantic_bottleneck.references.statistics import SUFFIXES, Statistics
from semantic_bottleneck.scores.moments import Moments, moments
from semantic_bottleneck.study.checkpoint import file_at

Seen = tuple[dict[str, np.ndarray], dict[str, Statistics]]


def read_source(source: Mapping, judges: Judges, block: int, root: Path, fetched: str | Path | None) -> Seen:
    """Features of at most `images` pictures (spread evenly over a local collection) and statistics, of any kind of source.

    `fetched` is what `copy_reference` left of a published file.
    """
    with ExitStack() as stack:
        if source["kind"] == "images":
            count, pictures = stack.enter_context(open_pictures(root / source["path"]))
            return look(judges, count, pictures, block, keep=source["images"])
        npz, part = stack.enter_context(open_reference(file_at(fetched), root, root, lock=None))
        statistics = read_statistics(npz, part, source["kind"], lock=None)
        if source["kind"] == "statistics-npz" or not source["images"]:
            return {"sample": np.arange(0)}, statistics
        count, pictures = npz_pictures(npz, part.name, source["images"])
        rows, seen = look(judges, count, pictures, block, keep=count)
        return rows, seen | statistics


def look(judges: Judges, count: int, pictures: Callable[[int], Iterator[np.ndarray]], block: int, keep: int) -> Seen:
    """Features of `keep` of `count` pictures, evenly spread, and statistics of all of them."""
    wanted = np.unique(np.arange(min(keep, count), dtype=np.int64) * count // max(1, min(keep, count)))
    kept: dict[str, list[np.ndarray]] = {"sample": [wanted]}
    sums: dict[str, Moments] = {}
    start = 0
    for images in pictures(block):
        samples = np.arange(start, start + len(images))
        chosen = np.isin(samples, wanted)
        for kind, found in judges.look_at(images, samples, clip=False).items():
            if kind in SUFFIXES:
                shift = sums[kind].shift if kind in sums else found[0].astype(np.float64)
                own = moments(found, shift)
                sums[kind] = sums[kind] + own if kind in sums else own
            if kind in ("features", "dinov2"):
                kept.setdefault(kind, []).append(found[chosen])
        start += len(images)
    rows = {name: np.concatenate(parts) for name, parts in kept.items() if keep or name == "sample"}
    return rows, {kind: Statistics(total.mean(), total.covariance()) for kind, total in sums.items()}
