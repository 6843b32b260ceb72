"""Which rows a training step sees, and which of their labels are hidden."""

import torch
from torch import Tensor

from semantic_bottleneck.randomness.streams import generator


class BatchOrder:
    """Row numbers of every step: one permutation per epoch, end to end, cut into equal batches.

    Step k takes places kB .. (k+1)B - 1 of the endless sequence, so it needs no memory of the steps before it.
    """

    def __init__(self, rows: int, batch_size: int, seed: int):
        self.rows, self.batch_size, self.seed = rows, batch_size, seed
        self._permutations: dict[int, Tensor] = {}

    def __call__(self, step: int) -> Tensor:
        """int64 (batch_size,) row numbers of step `step` (from 0)."""
        start = step * self.batch_size
        stop = start + self.batch_size
        epochs = range(start // self.rows, (stop - 1) // self.rows + 1)
        self._permutations = {epoch: self._permutation(epoch) for epoch in epochs}
        joined = torch.cat(list(self._permutations.values()))
        offset = start - epochs.start * self.rows
        return joined[offset : offset + self.batch_size]

    def _permutation(self, epoch: int) -> Tensor:
        if epoch in self._permutations:
            return self._permutations[epoch]
        return torch.randperm(self.rows, generator=generator(self.seed, "order", epoch))


def drop_labels(labels: Tensor, null_label: int, probability: float, rng: torch.Generator) -> Tensor:
    """Each label (N,) int64 becomes `null_label` with `probability`, independently (classifier-free guidance's training)."""
    return torch.where(torch.rand(labels.shape, generator=rng) < probability, null_label, labels)
