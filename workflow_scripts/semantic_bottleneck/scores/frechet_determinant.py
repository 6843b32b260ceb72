"""Leaving few samples out (fewer than features): tr (S Σ)^½ exactly, from small determinants.

For a positive definite M and rows Y with M - YᵀY positive definite, ∫₀^∞ log((x + t²) / (y + t²)) dt = π (√x - √y) gives

    tr (M - YᵀY)^½ = tr M^½ + (1/π) ∫₀^∞ log det(1 - Y (M + t²)⁻¹ Yᵀ) dt,

with a determinant only as large as the number of rows. In the eigenbasis M is diagonal. The integrand is even in t and
analytic but for the imaginary axis between the roots of the smallest and the largest eigenvalue; t = l sc(v | 1 - k²) with
k = l/h maps the rest onto a strip, where the midpoint rule converges geometrically, as exp(-2π K(k) N / K'(k)) (the
substitution of Hale, Higham and Trefethen 2008).
"""

import math

import numpy as np
from scipy.special import ellipj, ellipkm1

from semantic_bottleneck.arrays import Float64
from semantic_bottleneck.scores.frechet_basis import Basis, Group

TOLERANCE = 1e-9
MARGIN = 0.1
"""What is left of the smallest eigenvalue's root once rows are taken away; only the node count depends on it."""


class Determinants:
    """The trace of the root without a group, exact to rounding and to the quadrature's 1e-9."""

    def __init__(self, basis: Basis):
        roots = basis.roots[basis.roots > 0.0]
        self._basis = basis
        self._nodes, self._weights = np.zeros(0), np.zeros(0)
        if len(roots):
            self._nodes, self._weights = nodes(MARGIN * roots.min(), roots.max())

    def root(self, group: Group) -> float:
        """tr (S Σ)^½ of the samples left; the group's coordinates are float64.

        Raises:
            numpy.linalg.LinAlgError: the samples left do not determine a covariance of full rank.
        """
        basis, change = self._basis, 0.0
        alive = basis.roots > 0.0
        mean = group.coordinates.sum(axis=0) / math.sqrt(group.left)
        rows = np.vstack([group.coordinates, mean])[:, alive] / math.sqrt(basis.n - 1)
        squares, one = basis.roots[alive] ** 2, np.eye(len(rows))
        for node, weight in zip(self._nodes, self._weights, strict=True):
            scaled = rows / np.sqrt(squares + node**2)
            factor = np.linalg.cholesky(one - scaled @ scaled.T)
            change += weight * 2.0 * np.log(np.diagonal(factor)).sum()
        return (basis.root + change / math.pi) * math.sqrt((basis.n - 1) / (group.left - 1))


def nodes(lowest: float, highest: float) -> tuple[Float64[np.ndarray, " nodes"], Float64[np.ndarray, " nodes"]]:
    """Nodes t and weights of ∫₀^∞ for an even integrand whose singularities are ±i[lowest, highest]; float64 (N,) each."""
    complement = (lowest / highest) ** 2
    quarter = ellipkm1(complement)
    half = max(2, math.ceil(quarter * math.log(1.0 / TOLERANCE) / (2.0 * math.pi**2)))
    step = 0.5 * quarter / half
    sine, cosine, delta, _ = ellipj((np.arange(half) + 0.5) * step, 1.0 - complement)
    places, slopes = lowest * sine / cosine, lowest * delta / cosine**2
    # The other half mirrors this one, t(K' - v) = l h / t(v); there the functions themselves lose their digits.
    mirrored = lowest * highest / places
    return np.concatenate([places, mirrored]), np.concatenate([slopes, mirrored / places * slopes]) * step
