"""Whether latents are the same bytes for one shard and seven, in another order, in other processes and after a kill.

Four blocks of the published width: the kernels are those of the whole network. The last micro-batch is a short one.
"""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.device_parts import jobs
from benchmarks.device_parts.scale import Scale

MODEL, DEPTH, STEPS, FORK, SHARDS = "dit", 4, 6, 3, 7
PRECISIONS = (("fp32", False), ("tf32", False), ("bf16", False), ("bf16", True))
SHORT = 0.7
"""Share of the last micro-batch that is there."""


def measure(scale: Scale) -> dict:
    """For each precision, which ways of making the latents gave the bytes of one shard made in one go."""
    cases = PRECISIONS[-1:] if scale.tiny else PRECISIONS
    names = [f"{precision}{', compiled' if compiled else ''}" for precision, compiled in cases]
    scales = [replace(scale, scratch=scale.scratch / str(number)) for number in range(len(cases))]
    with ThreadPoolExecutor() as pool:  # nothing is timed here
        return dict(zip(names, pool.map(_case, scales, *zip(*cases, strict=True)), strict=True))


def _case(scale: Scale, precision: str, compiled: bool) -> dict[str, bool]:
    scale.scratch.mkdir()
    options = {"precision": precision, "compiled": compiled}
    whole = jobs.result(jobs.start("bytes", scale, **options, parts="a", do=["whole", "seven", "reversed", "branch"]))
    folder = scale.scratch / "killed"
    killed = jobs.start("bytes", scale, **options, parts="killed", do=["whole"])
    while killed.poll() is None and len(list(folder.glob("*.npz"))) < 2:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    left = len(list(folder.glob("*.npz")))
    after = jobs.result(jobs.start("bytes", scale, **options, parts="killed", do=["whole"]))
    for path in folder.glob("*"):
        path.unlink()
    same = {name: whole[name] == whole["whole"] for name in ("seven", "reversed", "branch")}
    return same | {"after a kill": after["whole"] == whole["whole"], "parts left by the kill": left}


def do_bytes(scale: Scale, options: dict[str, Any]) -> dict[str, str]:
    """sha256 of all latents, made in each of the ways in options["do"]."""
    from benchmarks.device_parts.networks import generation, recipe_network
    from semantic_bottleneck.sampling.precision import compile_blocks, make_deterministic, set_precision
    from semantic_bottleneck.sampling.registry import build_sampler
    from semantic_bottleneck.sampling.trajectory import run_branch, run_trunk
    from semantic_bottleneck.study.card import Card
    from semantic_bottleneck.study.shards import shard_samples
    from semantic_bottleneck.study.typed import required, typed

    make_deterministic(scale.device)
    plain = scale.plain_card(MODEL)
    plain["architecture"] |= {"depth": min(DEPTH, plain["architecture"]["depth"])}
    plain["sampler"] |= {"steps": STEPS}
    card = typed(Card, plain)
    network = set_precision(recipe_network(card, scale.device), options["precision"], scale.device)
    if options["compiled"]:
        compile_blocks(network, scale.backend)
    micro_batch = scale.micro_batches[0]
    total = SHARDS * micro_batch - round((1 - SHORT) * micro_batch)

    def job(name: str) -> Any:
        parts = scale.scratch / name
        parts.mkdir(exist_ok=True)
        return generation(network, card, build_sampler(required(card.sampler)), micro_batch, parts, scale)

    def shards(order: range, name: str) -> np.ndarray:
        made = {k: run_trunk(job(name), shard_samples(total, micro_batch, SHARDS, k)).latents for k in order}
        return np.concatenate([made[k] for k in sorted(made)])

    def branch() -> np.ndarray:
        snapshots = run_trunk(job("c"), range(total), [FORK]).snapshots[FORK]
        return run_branch(job("d"), range(total), lambda step: None, FORK, snapshots).latents

    ways = {
        "whole": lambda: run_trunk(job(options["parts"]), range(total)).latents,
        "seven": lambda: shards(range(SHARDS), "e"),
        "reversed": lambda: shards(range(SHARDS)[::-1], "f"),
        "branch": branch,
    }
    found = {}
    for name in options["do"]:
        found[name] = jobs.digest(ways[name]())
        if name != "whole":
            _clear(scale.scratch)
    if len(options["do"]) > 1:
        _clear(scale.scratch)
    return found


def _clear(scratch: Path) -> None:
    for folder in "acdef":
        for path in (scratch / folder).glob("*"):
            path.unlink()
