"""Pruning v_t, or W v_t, as the first paper prunes c: which share of dimensions must stay?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.dier.denoising import denoising_errors
from semantic_bottleneck.dier.network import DierNetwork
from semantic_bottleneck.dier.probes import LinearProbe
from semantic_bottleneck.pruning.editing import pruning_edit
from semantic_bottleneck.pruning.spread import Spread
from semantic_bottleneck.study.pruning import Count, Pruning, RankedBy, Side
from semantic_bottleneck.study.windows import Window

SITES = ("v", "wv")
Way = tuple[Side, Literal["c", "silu"], Literal["zero", "mean"]]
RANKED_BY: dict[str, RankedBy] = {"c": "magnitude", "silu": "silu"}
WAYS: tuple[Way, ...] = (
    *(("tail", "c", "zero"), ("tail", "silu", "zero"), ("head", "c", "zero"), ("head", "silu", "zero")),
    *(("random", "c", "zero"), ("tail", "c", "mean")),
)
"""(side, ranked by |x| or |SiLU(x)|, value of a pruned dimension): zero as in the first paper; the last one is a control."""


@dataclass(frozen=True)
class PrunedScore:
    """Probe and denoiser after pruning at one site: nothing was trained again."""

    site: str
    side: str
    magnitude: str
    replacement: str
    kept: float
    correct: np.ndarray
    errors: np.ndarray


def pruned_scores(
    network: DierNetwork,
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    images: np.ndarray,
    t: int,
    kept: Sequence[float],
    seed: int,
) -> Iterator[PrunedScore]:
    """Every site, way and share of dimensions kept.

    Sites: v_t itself, and W v_t, what is added to the timestep embedding. Each vector is ranked by itself; a pruned
    dimension becomes 0 or its mean over training images. The probe was trained on the unpruned vectors of its site.

    Args:
        train, test: (v_t float32 (n, d_v), labels int64 (n,)) at timestep t.
        images: float32 (n, C, S, S), the test images.
        kept: shares in (0, 1]; at least one dimension is always kept.
    """
    device = next(network.parameters()).device
    with torch.no_grad():
        projected = [network.project(torch.from_numpy(v).to(device)).cpu().numpy() for v in (train[0], test[0])]
    vectors = {"v": (train[0], test[0]), "wv": tuple(projected)}
    for site in SITES:
        known, asked = vectors[site]
        probe = LinearProbe.fit(known, train[1])
        dimensions = asked.shape[1]
        mean = torch.from_numpy(known.mean(axis=0))
        for way in WAYS:
            for share in kept:
                count = dimensions - max(1, round(share * dimensions))
                edit = _edit(way, count, seed, mean)
                pruned = edit(torch.from_numpy(asked)).numpy()
                correct, left = probe.correct(pruned, test[1]), 1 - count / dimensions
                if site == "v":
                    errors = denoising_errors(network, images, pruned, t, seed)
                else:
                    errors = denoising_errors(network, images, test[0], t, seed, edit)
                yield PrunedScore(site, *way, left, correct, errors)


def _edit(way: Way, count: int, seed: int, mean: Tensor) -> Callable[[Tensor], Tensor]:
    """Every vector at every timestep is pruned: neither window nor null vector here."""
    side, magnitude, replacement = way
    pruning = Pruning(
        side=side,
        criterion=Count(count),
        like="tail" if side == "random" else None,
        ranked_by=RANKED_BY[magnitude],
        mask="shared" if side == "random" else "per-vector",
        replacement="class-mean" if replacement == "mean" else "zero",
        shift=1,
        noise=None,
        window=Window("every", None),
        branch="both",
        seed=seed,
    )
    return pruning_edit(pruning, spread=Spread(lambda: mean))
