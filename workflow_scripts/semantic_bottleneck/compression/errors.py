"""How far factorised modulations are off, against the rank, on the rows of the fit and on rows that were left out of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Bool, Float64
from semantic_bottleneck.compression.factors import METHODS, Distribution, Factors, factors
from semantic_bottleneck.compression.fed_rows import FedRows

TARGETS = (0.04, 0.01)
"""Centred errors: below the first the study's miniatures kept every class but a few, below the second every picture."""


@dataclass(frozen=True)
class Layer:
    """One AdaLN map, in float64."""

    weight: Float64[Tensor, "outputs dimensions"]
    bias: Float64[Tensor, " outputs"]

    @classmethod
    def of(cls, linear: nn.Linear) -> "Layer":
        """Of a dense map."""
        return cls(linear.weight.detach().double(), linear.bias.detach().double())


@dataclass(frozen=True)
class ErrorRow:
    """The error of one layer: by which method and rank, on which rows (a fold's kind and number)."""

    method: str
    rank: int
    rows: str
    fold: int
    layer: str
    error: float


@dataclass(frozen=True)
class Fold:
    """Which rows are fitted and which judged: all (`fitted`), or the others (`classes`, `timesteps`), and the fold's number."""

    kind: str
    number: int
    fitted: Bool[Tensor, " rows"]
    judged: Bool[Tensor, " rows"]


def folds_of(rows: FedRows, classes: int, folds: int) -> list[Fold]:
    """All rows; each of `folds` sets of classes (number modulo `folds`) left out, the null row never; every second timestep
    left out, and then the others."""
    everything = torch.ones(len(rows), dtype=torch.bool)
    found = [Fold("fitted", 0, everything, everything)]
    for number in range(folds):
        held = (rows.labels < classes) & (rows.labels % folds == number)
        found.append(Fold("classes", number, ~held, held))
    times = torch.unique(rows.times, return_inverse=True)[1]
    found += [Fold("timesteps", number, times % 2 != number, times % 2 == number) for number in range(2)]
    return found


def centred_error(layer: Layer, approximation: Factors, s: Float64[Tensor, "rows dimensions"]) -> float:
    """Frobenius norm of the change of m over rows of s, divided by that of m minus its mean over them."""
    exact = s @ layer.weight.T + layer.bias
    spread = torch.linalg.norm(exact - exact.mean(dim=0))
    return float(torch.linalg.norm(approximation(s) - exact) / spread)


def measure_errors(
    layers: Mapping[str, Layer],
    s: Float64[Tensor, "rows dimensions"],
    folds: Sequence[Fold],
    ranks: Sequence[int],
    seed: int,
) -> Iterator[ErrorRow]:
    """Every fold, method, rank and layer; folds other than the first kind for the optimal method alone."""
    for fold in folds:
        distribution, judged = Distribution.of(s[fold.fitted]), s[fold.judged]
        for method in METHODS if fold.kind == "fitted" else ("optimal",):
            for rank in ranks:
                for number, (name, layer) in enumerate(layers.items()):
                    approximation = factors(method, layer.weight, layer.bias, distribution, rank, seed + number)
                    error = centred_error(layer, approximation, judged)
                    yield ErrorRow(method, rank, fold.kind, fold.number, name, error)


def needed_ranks(layers: Mapping[str, Layer], s: Float64[Tensor, "rows dimensions"]) -> dict[float, int]:
    """Error of TARGETS -> the smallest rank at which the optimal factors of every layer stay below it."""
    root = Distribution.of(s).root()
    needed = dict.fromkeys(TARGETS, 0)
    for layer in layers.values():
        energy = torch.linalg.svdvals(layer.weight @ root).square()
        # left[r]: share of the energy that rank r leaves out.
        left = torch.cat([energy.flip(0).cumsum(0).flip(0), energy.new_zeros(1)]) / energy.sum()
        for target in TARGETS:
            needed[target] = max(needed[target], int((left.sqrt() > target).sum()))
    return needed


def break_even_rank(layers: Mapping[str, Layer]) -> int:
    """The largest rank at which the factors hold fewer numbers than the dense maps."""
    dense = sum(layer.weight.numel() for layer in layers.values())
    per_rank = sum(sum(layer.weight.shape) for layer in layers.values())
    return (dense - 1) // per_rank
