"""Rule probe_dier: what the vectors of one trained network know."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from semantic_bottleneck.data.images import load_dataset
from semantic_bottleneck.data.splits import held_out
from semantic_bottleneck.dier.measures import (
    measure_backbone,
    measure_embeddings,
    measure_encoder,
    measure_footprint,
    measure_pruning,
)
from semantic_bottleneck.dier.network import Backbone, DierNetwork
from semantic_bottleneck.dier.rows import write_measures
from semantic_bottleneck.dier.run import untrained
from semantic_bottleneck.dier.split import split_of
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.checkpoint_origin import origin_of
from semantic_bottleneck.files.containers import load_tensors
from semantic_bottleneck.study.data_card import DataCard
from semantic_bottleneck.study.dier_settings import run_settings
from semantic_bottleneck.study.typed import typed


def probe_dier(
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
        run: as for `train_dier`, with `timesteps` and, for a run whose vectors are pruned, `pruning` (`timestep`, `kept`).
    """
    images = typed(DataCard, card)
    data = load_dataset(images, files)
    held = held_out(data, run["replicate"], run["folds"])
    split, settings, seed = split_of(data, held), run_settings(run["settings"]), run["seed"]
    network = untrained(settings, data.shape, len(data.class_names), seed)
    saved = load_tensors(weights)
    network.load_state_dict(saved["average"])
    network.to(device).eval().requires_grad_(False)
    vectors: dict[int, np.ndarray] = {}
    if isinstance(network, DierNetwork):
        fresh = untrained(settings, data.shape, len(data.class_names), seed).to(device).requires_grad_(False)
        assert isinstance(fresh, DierNetwork)
        rows, vectors = measure_embeddings(network, fresh, split, run["timesteps"], seed)
        if run["pruning"]:
            measure_pruning(rows, network, split, run["pruning"]["timestep"], run["pruning"]["kept"], seed)
    elif isinstance(network, Backbone):
        rows = measure_backbone(network, split, run["timesteps"], seed)
    else:
        rows = measure_encoder(network, split)
    measure_footprint(rows, network, split, settings.batch_size, settings.steps)
    write_measures(measures, rows, images.name, run, {"torch": torch.__version__} | origin_of(weights))
    write_embeddings(embeddings, vectors, np.flatnonzero(held), data.labels[held])


def write_embeddings(path: str | Path, vectors: Mapping[int, np.ndarray], rows: np.ndarray, labels: np.ndarray) -> None:
    """One row per held-out image and timestep; `row` is the image's place in the data set. Empty for other networks."""
    stacked = np.concatenate(list(vectors.values())) if vectors else np.zeros((0, 1), dtype=np.float32)
    timesteps = np.repeat(np.array(list(vectors), dtype=np.int64), len(rows))
    columns = {"row": np.tile(rows, len(vectors)), "label": np.tile(labels, len(vectors)), "timestep": timesteps}
    parquet.write(path, columns | {"vector": stacked})


if __name__ == "__main__":
    probe_dier(
        card=snakemake.params.card,
        files=list(snakemake.input.data),
        run=snakemake.params.run,
        weights=snakemake.input.weights,
        measures=snakemake.output.measures,
        embeddings=snakemake.output.embeddings,
        device=device,
    )
