"""Timing and memory of work on the device, by the clock, with everything before and after it finished."""

import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks.device_parts.scale import Scale

MIB = 2**20
MOST = 40
"""Repetitions beyond which a mean gains nothing."""


def seconds(call: Callable[[], object], scale: Scale) -> float:
    """Of one call."""
    scale.wait()
    start = time.perf_counter()
    call()
    scale.wait()
    return time.perf_counter() - start


def median_seconds(call: Callable[[], object], scale: Scale, repeats: int = 10) -> float:
    """Of a call, after one that warms up: of as many as fit into `scale.seconds`, at least one and at most `repeats`."""
    call()
    found: list[float] = []
    while not found or (len(found) < repeats and sum(found) < scale.seconds):
        found.append(seconds(call, scale))
    return median(found)


def step_seconds(run: Callable[[int], object], scale: Scale) -> dict[str, float]:
    """`run(k)` does k steps of a trajectory. First two, which compile and choose kernels, then about `scale.seconds` of them.

    Returns:
        first: seconds of the first two steps; step: seconds of a step afterwards; steps: how many were timed.
    """
    first = seconds(lambda: run(2), scale)
    guess = seconds(lambda: run(2), scale) / 2
    count = min(MOST, round(scale.seconds / guess))
    if count <= 2:
        return {"first": first, "step": guess, "steps": 2}
    return {"first": first, "step": seconds(lambda: run(count), scale) / count, "steps": count}


class Memory:
    """Peak of the device's memory inside a `with` block, in MiB above what was taken before; 0 on a CPU."""

    def __init__(self, scale: Scale):
        self.cuda, self.peak = scale.device == "cuda", 0

    def __enter__(self) -> "Memory":
        if self.cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            self._before = torch.cuda.memory_allocated()
        return self

    def __exit__(self, *_: object) -> None:
        if self.cuda:
            self.peak = round((torch.cuda.max_memory_allocated() - self._before) / MIB)
