"""Geometry of conditional vectors: pure functions on float arrays, computed in float64.

Throughout, `vectors` has shape (n, d): n conditions (classes, poses, prompts) at one timestep, d dimensions.
Equation numbers are those of arXiv 2602.21596.
"""

from statistics import NormalDist

import numpy as np

from semantic_bottleneck.arrays import Float, Float64
from semantic_bottleneck.errors import UserError


def silu(vectors: Float[np.ndarray, "*sets dimensions"]) -> Float64[np.ndarray, "*sets dimensions"]:
    """SiLU(v) = v / (1 + exp(-v)), what every AdaLN layer applies to c before its linear map; same shape, float64."""
    vectors = np.asarray(vectors, dtype=np.float64)
    return vectors * 0.5 * (1.0 + np.tanh(0.5 * vectors))


def participation_ratio(vectors: Float[np.ndarray, "*sets dimensions"]) -> Float64[np.ndarray, "*sets"] | np.float64:
    """Participation ratio (sum |v_i|)^2 / sum v_i^2 over the last axis (Eq. 1); between 1 (one-hot) and d (constant).

    Args:
        vectors: (..., d).

    Returns:
        (...,) float64.

    Raises:
        UserError: a vector is entirely zero, for which the ratio is undefined.
    """
    magnitudes = np.abs(np.asarray(vectors, dtype=np.float64))
    largest = magnitudes.max(axis=-1, keepdims=True)
    if not np.all(largest > 0):
        raise UserError("The participation ratio of an all-zero vector is undefined; check that the checkpoint was loaded.")
    magnitudes = magnitudes / largest  # so that squares neither overflow nor vanish
    return magnitudes.sum(axis=-1) ** 2 / (magnitudes**2).sum(axis=-1)


def cosine_matrix(vectors: Float[np.ndarray, "conditions dimensions"]) -> Float64[np.ndarray, "conditions conditions"]:
    """Cosine similarity of every pair of rows: (n, d) -> symmetric (n, n) float64 with a unit diagonal.

    Raises:
        UserError: a vector is entirely zero, for which the angle is undefined.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    if not np.all(largest > 0):
        raise UserError("The cosine similarity of an all-zero vector is undefined; check that the checkpoint was loaded.")
    scaled = vectors / largest
    units = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    matrix = np.clip(units @ units.T, -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def pairwise(matrix: Float[np.ndarray, "conditions conditions"]) -> Float[np.ndarray, " pairs"]:
    """The n(n-1)/2 entries of a symmetric (n, n) matrix that belong to unordered pairs of distinct rows."""
    return matrix[np.triu_indices(len(matrix), k=1)]


def mean_pairwise_without_each(matrix: Float[np.ndarray, "conditions conditions"]) -> Float[np.ndarray, " conditions"]:
    """Mean over pairs after leaving out each row in turn: (n, n) -> (n,), n >= 3; what a delete-one jackknife needs."""
    n = len(matrix)
    off_diagonal = matrix.sum(axis=1) - np.diag(matrix)
    return (off_diagonal.sum() - 2 * off_diagonal) / ((n - 1) * (n - 2))


def centred(vectors: Float[np.ndarray, "conditions dimensions"]) -> Float64[np.ndarray, "conditions dimensions"]:
    """`vectors` minus their mean over conditions: what is left when the common direction is taken away."""
    vectors = np.asarray(vectors, dtype=np.float64)
    return vectors - vectors.mean(axis=0)


def tail_share(vectors: Float[np.ndarray, "conditions dimensions"], threshold: float) -> Float64[np.ndarray, " conditions"]:
    """Share of the entries of each vector with |v_i| < threshold (Eq. 2): (n, d) -> (n,) in [0, 1]."""
    return (np.abs(np.asarray(vectors, dtype=np.float64)) < threshold).mean(axis=1)


def head_share(vectors: Float[np.ndarray, "conditions dimensions"], threshold: float) -> Float64[np.ndarray, " conditions"]:
    """Share of the entries of each vector with |v_i| > threshold (Eq. 2): (n, d) -> (n,) in [0, 1]."""
    return (np.abs(np.asarray(vectors, dtype=np.float64)) > threshold).mean(axis=1)


def tail_sigma(vectors: Float[np.ndarray, "conditions dimensions"], share: float) -> float:
    """The σ of a normal distribution around 0 that has as many entries below the `share` quantile of |v_i|, over all entries.

    Where the tail is one normal distribution, every share in (0, 1) gives the same σ; DiT's label table starts with 0.02.
    """
    magnitudes = np.abs(np.asarray(vectors, dtype=np.float64))
    return float(np.quantile(magnitudes, share) / NormalDist().inv_cdf((1 + share) / 2))


def dead_share(
    vectors: Float[np.ndarray, "conditions dimensions"], threshold: float = -4.0
) -> Float64[np.ndarray, " conditions"]:
    """Share of the entries of each vector below `threshold`, (n, d) -> (n,) in [0, 1].

    SiLU(-4) = -0.07 with slope -0.05: what lies below hardly reaches the network, however large it is.
    """
    return (np.asarray(vectors, dtype=np.float64) < threshold).mean(axis=1)


def variance_per_dimension(vectors: Float[np.ndarray, "conditions dimensions"]) -> Float64[np.ndarray, " dimensions"]:
    """Unbiased variance across conditions of each dimension: (n, d) -> (d,), n >= 2."""
    return np.asarray(vectors, dtype=np.float64).var(axis=0, ddof=1)


def concentration(variance: Float[np.ndarray, " dimensions"], share: float) -> float:
    """Part of the total variance held by the `share` of dimensions with the largest variance (at least one dimension)."""
    ordered = np.sort(variance)[::-1]
    count = max(1, round(share * len(ordered)))
    total = ordered.sum()
    return float(ordered[:count].sum() / total) if total > 0 else float("nan")


def dimensions_holding(variance: Float[np.ndarray, " dimensions"], share: float) -> int:
    """Smallest number of dimensions that together hold at least `share` of the total variance."""
    cumulative = np.cumsum(np.sort(variance)[::-1])
    return int(np.searchsorted(cumulative, share * cumulative[-1] * (1 - 1e-12)) + 1)
