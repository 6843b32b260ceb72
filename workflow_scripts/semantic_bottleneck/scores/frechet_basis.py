"""The eigenbasis of LᵀSL (S the samples' covariance, LLᵀ the reference's), in which leaving samples out is cheap."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from semantic_bottleneck.arrays import Float, Float64, Int
from semantic_bottleneck.scores.frechet import Reference, inner_product
from semantic_bottleneck.scores.moments import Moments

FLOOR = 1e-14
"""Eigenvalues below this share of the largest are round-off: their directions are left out of what a deletion changes."""


@dataclass(frozen=True)
class Basis:
    """Eigenbasis of LᵀSL = Q diag(e) Qᵀ, with everything a deletion needs of all samples together.

    Attributes:
        n: number of samples.
        mean: float64 (d,), of the samples.
        trace: trace of their covariance.
        turn: float64 (d, d), L Q: coordinates of a centred row x are xᵀ L Q, and their covariance is diag(e).
        roots: float64 (d,), the square roots of e, 0 below the floor.
        inverses: float64 (d,), 1 / roots, 0 below the floor.
        root: sum of the square roots of all eigenvalues, those below the floor too: tr (S Σ)^½.
        full_rank: whether no eigenvalue is zero to rounding.
    """

    n: int
    mean: Float64[np.ndarray, " features"]
    trace: float
    turn: Float64[np.ndarray, "features features"]
    roots: Float64[np.ndarray, " features"]
    inverses: Float64[np.ndarray, " features"]
    root: float
    full_rank: bool


@dataclass(frozen=True)
class Group:
    """One group of samples, seen from all of them.

    Attributes:
        left: number of samples outside the group.
        moved: float64 (d,), mean of the samples left minus the mean of all.
        trace: trace of the covariance of the samples left.
        coordinates: float (m, d), the group's rows in the basis, centred on the mean of all samples.
        influence: float64 (m,), first-order influence of each row on the Fréchet distance
            (docs/sources/evaluation.md, section 7).
    """

    left: int
    moved: Float64[np.ndarray, " features"]
    trace: float
    coordinates: Float[np.ndarray, "members features"]
    influence: Float64[np.ndarray, " members"]


def eigenbasis(total: Moments, reference: Reference) -> Basis:
    """Basis of the samples whose sums are `total`."""
    covariance = total.covariance()
    trace = float(np.trace(covariance))
    inner = inner_product(covariance, reference)
    del covariance
    values, vectors = linalg.eigh(inner, lower=False, overwrite_a=True, check_finite=False, driver="evd")
    del inner
    kept = values > FLOOR * max(values[-1], 0.0)
    roots = np.sqrt(np.where(kept, values, 0.0))
    inverses = np.divide(1.0, roots, out=np.zeros_like(roots), where=kept)
    full_rank = not reference.singular and values[0] > values[-1] * np.finfo(np.float64).eps * len(values)
    root = float(np.sqrt(np.maximum(values, 0.0)).sum())
    return Basis(total.n, total.mean(), trace, reference.factor @ vectors, roots, inverses, root, full_rank)


def groups_in(
    basis: Basis,
    rows: Float[np.ndarray, "samples features"],
    groups: Int[np.ndarray, " samples"],
    reference: Reference,
    dtype: type,
) -> Iterator[Group]:
    """Each group in turn; only one is held at a time.

    Args:
        rows: float (n, d), the samples of the basis.
        groups: int64 (n,), 0..G-1, every group filled.
        dtype: of the coordinates: float32 halves the time of the products made from them.
    """
    turn: np.ndarray = basis.turn.astype(dtype, copy=False)
    offset = 2.0 * (basis.mean - reference.mean)
    for group in range(int(groups.max()) + 1):
        centred = rows[groups == group].astype(np.float64)
        centred -= basis.mean
        left, total = basis.n - len(centred), centred.sum(axis=0)
        squares, linear = np.einsum("ij,ij->i", centred, centred), centred @ offset
        trace = ((basis.n - 1) * basis.trace - squares.sum() - (total @ total) / left) / (left - 1)
        coordinates = centred.astype(dtype, copy=False) @ turn
        del centred
        influence = linear + squares - np.einsum("ij,ij,j->i", coordinates, coordinates, basis.inverses)
        yield Group(left, -total / left, float(trace), coordinates, influence)


def distance_without(group: Group, root: float, basis: Basis, reference: Reference) -> float:
    """Fréchet distance of the samples left, where `root` is tr (S Σ)^½ of them."""
    difference = basis.mean + group.moved - reference.mean
    return float(difference @ difference + group.trace + np.trace(reference.covariance) - 2.0 * root)
