"""One AdaLN map m = W s + b in fewer dimensions, by four methods; the mean of s is folded into the bias by all of them.

With Sigma the covariance of s, mu its mean, and r the rank:

- optimal: U holds the r leading left singular vectors of W Sigma^(1/2); W_r = U (U^T W). No map of rank r leaves a smaller mean
  squared error of m.
- pca: the r leading eigenvectors V of Sigma; W_r = (W V) V^T. Best for s, which is not what is wanted.
- columns: the r dimensions of s of largest variance; the others are taken for constant.
- random: r orthonormal directions drawn from a seed.

The bias becomes b + W mu - W_r mu, so that the rows' mean is kept exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float64


@dataclass(frozen=True)
class Distribution:
    """Mean (D,) and covariance (D, D) of rows of s; divided by their number, as any factor leaves the directions."""

    mean: Float64[Tensor, " dimensions"]
    covariance: Float64[Tensor, "dimensions dimensions"]

    @classmethod
    def of(cls, rows: Float64[Tensor, "rows dimensions"]) -> "Distribution":
        """Of all rows, each counted once."""
        mean = rows.mean(dim=0)
        centred = rows - mean
        return cls(mean, centred.T @ centred / len(rows))

    def root(self) -> Float64[Tensor, "dimensions dimensions"]:
        """A matrix R with R R^T = Sigma."""
        values, vectors = torch.linalg.eigh(self.covariance)
        return vectors * values.clamp(min=0).sqrt()


@dataclass(frozen=True)
class Factors:
    """m is about `up` (outputs, r) times `down` (r, D) times s, plus `bias` (outputs,)."""

    down: Float64[Tensor, "rank dimensions"]
    up: Float64[Tensor, "outputs rank"]
    bias: Float64[Tensor, " outputs"]

    def __call__(self, s: Float64[Tensor, "rows dimensions"]) -> Float64[Tensor, "rows outputs"]:
        """Modulations of rows of s."""
        return s @ self.down.T @ self.up.T + self.bias


Halves = tuple[Tensor, Tensor]
"""`down` and `up`."""


def _optimal(weight: Tensor, rows: Distribution, rank: int, seed: int) -> Halves:
    left = torch.linalg.svd(weight @ rows.root(), full_matrices=False).U[:, :rank]
    return left.T @ weight, left


def _pca(weight: Tensor, rows: Distribution, rank: int, seed: int) -> Halves:
    leading = torch.linalg.eigh(rows.covariance).eigenvectors.flip(1)[:, :rank]
    return leading.T, weight @ leading


def _columns(weight: Tensor, rows: Distribution, rank: int, seed: int) -> Halves:
    kept = rows.covariance.diagonal().argsort(descending=True, stable=True)[:rank]
    return torch.eye(weight.shape[1], dtype=weight.dtype)[kept], weight[:, kept]


def _random(weight: Tensor, rows: Distribution, rank: int, seed: int) -> Halves:
    generator = torch.Generator().manual_seed(seed)
    directions = torch.linalg.qr(torch.randn(weight.shape[1], rank, dtype=weight.dtype, generator=generator)).Q
    return directions.T, weight @ directions


METHODS: dict[str, Callable[[Tensor, Distribution, int, int], Halves]] = {
    "optimal": _optimal,
    "pca": _pca,
    "columns": _columns,
    "random": _random,
}


def factors(
    method: str,
    weight: Float64[Tensor, "outputs dimensions"],
    bias: Float64[Tensor, " outputs"],
    rows: Distribution,
    rank: int,
    seed: int = 0,
) -> Factors:
    """The map of rank `rank` by one of METHODS; `seed` decides random alone."""
    down, up = METHODS[method](weight, rows, rank, seed)
    return Factors(down, up, bias + weight @ rows.mean - up @ (down @ rows.mean))
