"""Rules probe_dier and probe_inputs: what the vectors of one run, or the pixels themselves, know."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from semantic_bottleneck import parquet
from semantic_bottleneck.checkpoint_origin import origin_of
from semantic_bottleneck.datasets.images import LabelledImages, load_dataset
from semantic_bottleneck.datasets.splits import held_out
from semantic_bottleneck.dier.measures import (
    COLUMNS,
    Measures,
    Split,
    measure_backbone,
    measure_embeddings,
    measure_encoder,
    measure_inputs,
    measure_pruning,
)
from semantic_bottleneck.dier.run import untrained
from semantic_bottleneck.dier.settings import BACKBONE, DIER, run_settings
from semantic_bottleneck.training.containers import load_tensors


def probe(
    card: Mapping[str, Any],
    files: Sequence[str],
    run: Mapping[str, Any],
    weights: str | Path,
    measures: str | Path,
    embeddings: str | Path,
    device: str,
) -> None:
    """Measure one trained run; the vectors of the held-out images go to `embeddings` (row, label, timestep, vector).

    Args:
        run: as for `train`, with `timesteps` and, for a run whose vectors are pruned, `pruning` (`timestep`, `kept`).
    """
    data = load_dataset(card, files)
    held = held_out(data, run["replicate"], run["folds"])
    split, settings, seed = split_of(data, held), run_settings(run["settings"]), run["seed"]
    network = untrained(settings, data.shape, len(data.class_names), seed)
    saved = load_tensors(weights)
    network.load_state_dict(saved["average"])
    network.to(device).eval().requires_grad_(False)
    vectors: dict[int, np.ndarray] = {}
    if settings.kind == DIER:
        fresh = untrained(settings, data.shape, len(data.class_names), seed).to(device).requires_grad_(False)
        rows, vectors = measure_embeddings(network, fresh, split, run["timesteps"], seed)
        if run["pruning"]:
            measure_pruning(rows, network, split, run["pruning"]["timestep"], run["pruning"]["kept"], seed)
    elif settings.kind == BACKBONE:
        rows = measure_backbone(network, split, run["timesteps"], seed)
    else:
        rows = measure_encoder(network, split, settings.noise)
    write_measures(measures, rows, card, run, origin_of(weights))
    write_embeddings(embeddings, vectors, np.flatnonzero(held), data.labels[held])


def probe_inputs(
    card: Mapping[str, Any], files: Sequence[str], run: Mapping[str, Any], components: Sequence[int], measures: str | Path
) -> None:
    """The baselines that need no training: pixels and principal components."""
    data = load_dataset(card, files)
    split = split_of(data, held_out(data, run["replicate"], run["folds"]))
    write_measures(measures, measure_inputs(split, components), card, run, {})


def split_of(data: LabelledImages, held: np.ndarray) -> Split:
    """The arrays of a replicate."""
    return Split(data.images[~held], data.labels[~held], data.images[held], data.labels[held])


def write_measures(
    path: str | Path, rows: Measures, card: Mapping[str, Any], run: Mapping[str, Any], origin: Mapping[str, str]
) -> None:
    """Rows with what they belong to: data, variant, replicate. The metadata say which weights were measured."""
    count = len(rows.rows)
    owners = {"data": [card["name"]] * count, "variant": [run["variant"]] * count, "replicate": [run["replicate"]] * count}
    columns = owners | {name: [row[name] for row in rows.rows] for name in COLUMNS}
    parquet.write(path, columns, {"torch": torch.__version__} | dict(origin))


def write_embeddings(path: str | Path, vectors: Mapping[int, np.ndarray], rows: np.ndarray, labels: np.ndarray) -> None:
    """One row per held-out image and timestep; `row` is the image's place in the data set. Empty for other networks."""
    stacked = np.concatenate(list(vectors.values())) if vectors else np.zeros((0, 1), dtype=np.float32)
    timesteps = np.repeat(np.array(list(vectors), dtype=np.int64), len(rows))
    columns = {"row": np.tile(rows, len(vectors)), "label": np.tile(labels, len(vectors)), "timestep": timesteps}
    parquet.write(path, columns | {"vector": stacked})
