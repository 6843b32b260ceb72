"""What linear probes and neighbours find in given vectors, and the baselines that need no training."""

from collections.abc import Sequence

import numpy as np

from semantic_bottleneck.dier.probes import linear_probe, nearest_neighbours
from semantic_bottleneck.dier.rows import MeasureRows
from semantic_bottleneck.dier.split import Split


def measure_inputs(split: Split, components: Sequence[int]) -> MeasureRows:
    """LPA and k-NN of the raw pixels and of their principal components."""
    rows = MeasureRows()
    train, test = (images.reshape(len(images), -1).astype(np.float64) for images in (split.train, split.test))
    add_probes(rows, train, test, split, -1, "pixels")
    mean = train.mean(axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2]
    for count in components:
        if count <= len(axes):
            known, asked = ((part - mean) @ axes[:count].T for part in (train, test))
            add_probes(rows, known, asked, split, -1, f"pca-{count}")
    return rows


def add_probes(rows: MeasureRows, train: np.ndarray, test: np.ndarray, split: Split, t: int, detail: str) -> None:
    """Adds LPA and k-NN of vectors (n, d) of the training and the test images."""
    rows.accuracy("lpa", linear_probe(train, split.train_labels, test, split.test_labels), t, detail)
    rows.accuracy("knn", nearest_neighbours(train, split.train_labels, test, split.test_labels), t, detail)
