"""Which class each sample of a study has."""

from collections.abc import Sequence

import numpy as np

from semantic_bottleneck.arrays import Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.randomness.noise import LABELS, generator

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
