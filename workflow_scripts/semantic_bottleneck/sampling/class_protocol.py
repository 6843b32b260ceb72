"""Which class each sample of a study has, and which samples share what is drawn at random."""

from collections.abc import Sequence

import numpy as np

from semantic_bottleneck.arrays import Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.randomness.noise import LABELS, generator
from semantic_bottleneck.uncertainty.groups import stratified_groups

PROTOCOLS = ("balanced", "random")


def labels_of(samples: Sequence[int], classes: int, protocol: str = "balanced", seed: int = 0) -> Int64[np.ndarray, " samples"]:
    """Labels int64 (n,) in 0..classes - 1, each depending on its sample (and seed) only.

    balanced: sample i has class i % classes, as MG's official evaluation. random: uniform, as DiT, SiT, REPA, MDTv2 and
    LightningDiT draw them, though from a generator keyed by (seed, sample).

    Raises:
        UserError: unknown protocol.
    """
    if protocol not in PROTOCOLS:
        raise UserError(f"the class protocol '{protocol}' is unknown; use one of {', '.join(PROTOCOLS)}.")
    if protocol == "balanced":
        return np.array([sample % classes for sample in samples], dtype=np.int64)
    return np.array([generator(seed, sample, 0, LABELS).integers(classes) for sample in samples], dtype=np.int64)


def drawing_groups(samples: int, classes: int | None, groups: int | None) -> Int64[np.ndarray, " samples"]:
    """Which draw each sample has where dimensions are chosen at random, int64 (n,).

    As many draws as the jackknife of the scores leaves out in turn (`groups`), so that its intervals hold how far draws differ.
    Each sample has its own where conditions are no classes, since photographs are grouped by what they show; all have the
    first where nothing is drawn (None).
    """
    if groups is None:
        return np.zeros(samples, dtype=np.int64)
    return np.arange(samples) if classes is None else stratified_groups(np.arange(samples), classes, groups).member
