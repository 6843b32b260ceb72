"""Random streams named by what they are for, so that nothing depends on what was drawn before."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def stream_seed(seed: int, *names: str | int) -> int:
    """A 63-bit seed that is a function of `seed` and of the stream's names only, e.g. (seed, "noise", step)."""
    text = "/".join(str(name) for name in (seed, *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def generator(seed: int, *names: str | int) -> torch.Generator:
    """A CPU generator at the start of the stream named by (seed, *names)."""
    return torch.Generator().manual_seed(stream_seed(seed, *names))


@contextmanager
def seeded_construction(seed: int, *names: str | int) -> Iterator[None]:
    """Build modules whose constructors draw from torch's global generator: seeded inside, restored afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed(seed, *names))
        yield
