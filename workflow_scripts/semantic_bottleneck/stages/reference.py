"""Rule embed_reference: real images, or published statistics of them, and the class captions as the judges see them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import open_clip

from semantic_bottleneck import parquet
from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.features.judges import Judges
from semantic_bottleneck.quantise import QUANTISERS
from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.references.pictures import npz_pictures, open_pictures
from semantic_bottleneck.references.published import open_reference, read_statistics
from semantic_bottleneck.references.statistics import SUFFIXES, Statistics, save_statistics
from semantic_bottleneck.scores.moments import Moments, moments
from semantic_bottleneck.training.clip_training import captions
from semantic_bottleneck.training.data import load_images

CACHE = "results/downloads"
BLOCKS = 10
"""Batches of pictures held in memory at once."""
NO_PICTURES = "no real images: the reference holds statistics only"

Seen = tuple[dict[str, np.ndarray], dict[str, Statistics]]


def embed_reference(
    data: str | None,
    source: Mapping | None,
    judging: Mapping,
    prompt: str,
    evaluators: Mapping[str, Sequence[str]],
    root: str | Path,
    outputs: Mapping[str, str | Path],
    device: str,
) -> None:
    """Write the features of real images, mean and covariance of each kind of features, and one text vector per class.

    Published statistics stand before those of the images beside them, which are far fewer.

    Args:
        data: the study's data set; its captions are the texts, and its images (after the samples' 8-bit rounding) the
            reference where `source` is None.
        source: the study's evaluation.reference.
        judging, evaluators: see `Judges`.
        prompt: text of a class, {} standing for its ImageNet name, where there is no data set.
        root: the repository: relative paths start there, and it holds the file of known checksums.
        outputs: paths of `reference` (Parquet), `statistics` (npz) and `texts` (Parquet).

    Raises:
        UserError: the source cannot be had or read, or its statistics are none.
    """
    judges = Judges(judging, evaluators, device)
    block = BLOCKS * judging["batch"]
    real = None if data is None else load_images(data)
    if source is None:
        pictures = QUANTISERS["half-floor"](real.images).transpose(0, 2, 3, 1)
        rows, statistics = look(judges, len(real), lambda size: iter([pictures]), block, keep=len(real))
        rows |= {"label": real.labels}
        origin = data
    else:
        rows, statistics = read_source(source, judges, block, Path(root))
        origin = redacted(source.get("url") or source["path"])
    absent = {} if "features" in rows else {"absent": NO_PICTURES}
    parquet.write(outputs["reference"], rows, {"data": origin} | absent)
    save_statistics(outputs["statistics"], statistics)
    names = open_clip.IMAGENET_CLASSNAMES
    prompts = [prompt.format(name) for name in names] if real is None else captions(real.class_names)
    vectors = judges.clip.encode_texts(prompts)
    columns = {"label": np.arange(len(prompts)), "prompt": np.asarray(prompts, dtype=object), "features": vectors}
    parquet.write(outputs["texts"], columns, {"data": origin})


def read_source(source: Mapping, judges: Judges, block: int, root: Path) -> Seen:
    """Features of at most `images` pictures (spread evenly over a local collection) and statistics, of any kind of source."""
    with ExitStack() as stack:
        if source["kind"] == "images":
            count, pictures = stack.enter_context(open_pictures(root / source["path"]))
            return look(judges, count, pictures, block, keep=source["images"])
        lock = root / LOCK
        npz, part = stack.enter_context(open_reference(source, root, root / CACHE, lock))
        statistics = read_statistics(npz, part, source["kind"], lock)
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
