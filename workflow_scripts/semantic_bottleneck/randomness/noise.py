"""Random numbers that depend on (seed, sample, draw) and on nothing else."""

from collections.abc import Sequence

import numpy as np

from semantic_bottleneck.arrays import Float64
from semantic_bottleneck.errors import UserError

NOISE, LABELS, EDITS = 0, 1, 2
LIMIT = 2**64


def generator(seed: int, sample: int, draw: int, stream: int = NOISE) -> np.random.Generator:
    """The Philox generator of one draw: key (seed, sample), 256-bit counter starting at (0, 0, stream, draw).

    The two low counter words leave 2**128 blocks to every draw, so no two (seed, sample, draw, stream) overlap.

    Raises:
        UserError: a number is negative or does not fit in 64 bits.
    """
    for name, value in (("seed", seed), ("sample", sample), ("draw", draw)):
        if not 0 <= value < LIMIT:
            raise UserError(f"the {name} {value} of a random draw must lie between 0 and 2**64 - 1; choose another {name}.")
    key = np.array([seed, sample], dtype=np.uint64)
    counter = np.array([0, 0, stream, draw], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


def standard_normal(
    seed: int, samples: Sequence[int], draw: int, shape: Sequence[int], stream: int = NOISE
) -> Float64[np.ndarray, "samples ..."]:
    """Standard normal float64 array (len(samples), *shape); draw 0 starts a trajectory, draw k + 1 belongs to step k.

    Row i depends on (seed, samples[i], draw, shape, stream) only, whatever the other rows are.
    """
    result = np.empty((len(samples), *shape))
    for row, sample in zip(result, samples, strict=True):
        generator(seed, int(sample), draw, stream).standard_normal(out=row)
    return result
