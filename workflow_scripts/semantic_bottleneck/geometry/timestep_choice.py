"""Choosing t without labels, as an answer to DiER's open question, and what the choice costs."""

import numpy as np

from semantic_bottleneck.arrays import Float

CRITERIA = ("loss_gap", "relative_loss_gap", "spectral_participation_ratio", "normalized_participation_ratio_percent")
"""Each is computed from the held-out images without their labels; the timestep with the largest value is chosen."""
PRIMARY = "loss_gap"
"""Fixed before any of them was scored: it asks directly how much of the image the network reads from v_t."""


def spectral_participation_ratio(vectors: Float[np.ndarray, "conditions dimensions"]) -> float:
    """(sum of eigenvalues)^2 / sum of their squares of the covariance of vectors (n, d): how many directions are in use.

    0 for vectors that are all the same.
    """
    covariance = np.cov(np.asarray(vectors, dtype=np.float64), rowvar=False).reshape(vectors.shape[1], -1)
    total, squares = np.trace(covariance), (covariance**2).sum()
    return float(total**2 / squares) if squares > 0 else 0.0


def given_up(accuracy: dict[int, float], criterion: dict[int, float]) -> tuple[int, float]:
    """The chosen timestep (smallest of equals) and how much accuracy lies between it and the best timestep, >= 0.

    The best timestep is found with the labels of the same test images, so the loss is, if anything, overstated.
    """
    chosen = max(sorted(criterion), key=lambda t: criterion[t])
    return chosen, max(accuracy.values()) - accuracy[chosen]
