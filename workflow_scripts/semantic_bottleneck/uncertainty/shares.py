"""95 % intervals of accuracies over test images."""

import math

import numpy as np

from semantic_bottleneck.arrays import Bool

NORMAL = 1.959963984540054
"""97.5 % quantile of the normal distribution."""


def share_interval(correct: int, n: int) -> tuple[float, float]:
    """Wilson's interval of a share of `n` images, within [0, 1]."""
    share, square = correct / n, NORMAL**2
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = NORMAL * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def rarest_told(n: int) -> float:
    """The largest share of cases of which `n` samples may well (in 2.5 %) hold none: Clopper and Pearson's 1 - 0.025^(1/n)."""
    return 1.0 - 0.025 ** (1.0 / n)


def paired_interval(correct: Bool[np.ndarray, " images"], other: Bool[np.ndarray, " images"]) -> tuple[float, float, float]:
    """Difference of two accuracies on the same images, and its interval: the images' differences (-1, 0, 1) are averaged.

    Args:
        correct, other: bool (n,), n >= 2.

    Returns:
        difference, low, high.
    """
    differences = correct.astype(np.float64) - other.astype(np.float64)
    mean = float(differences.mean())
    half = NORMAL * float(differences.std(ddof=1)) / math.sqrt(len(differences))
    return mean, mean - half, mean + half
