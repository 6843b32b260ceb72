"""Which images a replicate trains on and which it holds out."""

import numpy as np

from semantic_bottleneck.data.images import LabelledImages
from semantic_bottleneck.errors import UserError

FOLD_SEED = 505_057_32


def held_out(data: LabelledImages, replicate: int, folds: int) -> np.ndarray:
    """Bool (N,): True for the images that this replicate tests on and never trains on.

    With an official split every replicate tests on it and differs by its training seed only. Without one, replicate k
    holds out fold k of `folds` stratified folds (the same folds for every variant), so that its interval also covers the
    choice of test images and folds of different replicates are disjoint.

    Raises:
        UserError: there are more replicates than folds.
    """
    if data.official is not None:
        return data.official.copy()
    if not 0 <= replicate < folds:
        raise UserError(f"dier: replicate {replicate} has no fold of its own among {folds}; raise dier.folds.")
    rng = np.random.default_rng(FOLD_SEED)
    fold = np.empty(len(data.labels), dtype=np.int64)
    for label in np.unique(data.labels):
        rows = rng.permutation(np.flatnonzero(data.labels == label))
        fold[rows] = np.arange(len(rows)) % folds
    return fold == replicate
