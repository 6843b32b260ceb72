"""The numbers behind Figure 3, small enough to travel in the page, so that a pair of conditions can be looked up."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.geometry.measures import cosine_matrix, pairwise
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.vocabulary import GEOMETRY_KINDS

LARGEST = 100
"""Conditions shown at most; of more, every k-th one, so that a value stays that of one pair."""
DECIMALS = 6


@dataclass(frozen=True)
class Heatmap:
    """Cosine similarities of one model.

    Attributes:
        title: the model's.
        conditions: numbers of the conditions shown, in order.
        total: conditions of the model.
        layers: kind of vector -> the similarities of the pairs (i, j), i < j, row by row, rounded to DECIMALS.
    """

    title: str
    conditions: Sequence[int]
    total: int
    layers: Mapping[str, Sequence[float]]


def heatmap_of(path: str | Path, title: str) -> Heatmap:
    """The similarities of c (at the initial step) and of y of a conditions file; y only where it is not constant zero."""
    layers, total, step = {}, 0, 1
    for kind in ("c", "y"):
        stored = vectors(path, kind)
        total, step = len(stored), math.ceil(len(stored) / LARGEST)
        if np.abs(stored).max(axis=1).min() > 0:
            layers[GEOMETRY_KINDS[kind]] = pairwise(cosine_matrix(stored[::step])).round(DECIMALS).tolist()
    return Heatmap(title, list(range(0, total, step)), total, layers)


def heatmaps_of(conditions: Mapping[str, str | Path], facts: ReportFacts) -> list[Heatmap]:
    """One per model; those with a single condition have no pairs and are left out."""
    heatmaps = [heatmap_of(path, facts.title(model)) for model, path in conditions.items()]
    return [heatmap for heatmap in heatmaps if len(heatmap.conditions) > 1]
