"""Leaving a small share of many samples out: tr (S Σ)^½ to third order in the change of the covariance.

Let E = diag(e) be LᵀSL in its eigenbasis, a = e^½, and D the change of it when a group is left out. The root X of E + D
satisfies X² = E + D; order by order X = A + X₁ + X₂ + X₃ + ..., with A = diag(a),

    A X₁ + X₁ A = D,    A X₂ + X₂ A = -X₁²,    A X₃ + X₃ A = -(X₁ X₂ + X₂ X₁),

so that (X₁)ᵢⱼ = Dᵢⱼ / (aᵢ + aⱼ), and as tr Y = ½ tr A⁻¹ C for any solution of A Y + Y A = C, with X₁ symmetric,

    tr X₁ = ½ Σᵢ Dᵢᵢ / aᵢ,    tr X₂ = -½ Σᵢⱼ (X₁)ᵢⱼ² / aᵢ,    tr X₃ = ½ Σᵢⱼ (X₁)ᵢⱼ (X₁²)ᵢⱼ / (aᵢ aⱼ).

The second is the Daleckii-Krein form -¼ Σᵢⱼ Dᵢⱼ² / (aᵢ aⱼ (aᵢ + aⱼ)). The group's mean outer products enter D with the
share of the group, so with G = 20 and more samples than ten per feature the terms fall by a factor of ten and more each.
"""

import numpy as np

from semantic_bottleneck.scores.frechet_basis import Basis, Group


class Expansion:
    """The trace of the root without a group, to third order, in float32 but for the first order and the sums."""

    def __init__(self, basis: Basis):
        sums = basis.roots[:, None] + basis.roots
        dead = basis.roots == 0.0
        sums[dead], sums[:, dead] = np.inf, np.inf
        self._basis = basis
        self._solve = (1.0 / sums).astype(np.float32)
        self._inverses = basis.inverses.astype(np.float32)

    def root(self, group: Group) -> float:
        """tr (S Σ)^½ of the samples left; the group's coordinates are float32."""
        rows, basis = group.coordinates, self._basis
        total, freed = rows.sum(axis=0, dtype=np.float64), (basis.n - 1) / (group.left - 1) - 1.0
        diagonal = freed * basis.roots**2
        diagonal -= (np.square(rows).sum(axis=0, dtype=np.float64) + total**2 / group.left) / (group.left - 1)
        mean = (total / np.sqrt(group.left)).astype(np.float32)
        solved = rows.T @ rows
        solved += np.outer(mean, mean)
        solved *= np.float32(-1.0 / (group.left - 1))
        np.fill_diagonal(solved, diagonal)
        solved *= self._solve
        first = 0.5 * (diagonal @ basis.inverses)
        scaled = solved * self._inverses[:, None]
        second = -0.5 * np.einsum("ij,ij->i", scaled, solved).sum(dtype=np.float64)
        scaled *= self._inverses
        third = 0.5 * np.einsum("ij,ij->i", scaled, solved @ solved).sum(dtype=np.float64)
        return float(basis.root + first + second + third)
