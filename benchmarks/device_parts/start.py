"""What a shard pays before its first images: imports, weights, their hash, compiling; and what it pays to store them.

The job is rule run_trunk's own function on a checkpoint of the published size in the page cache. The second compiled job
finds what the first one compiled in PyTorch's cache on disk.
"""

import json
import time
from dataclasses import asdict
from functools import partial
from typing import Any

from benchmarks.device_parts import jobs
from benchmarks.device_parts.scale import Scale

STEPS = 4
MODEL = "dit"


def measure(scale: Scale) -> dict:
    """The phases of three jobs: eager, compiled with a cold cache, compiled with a warm one."""
    import torch

    from semantic_bottleneck.planning.calibration import empty_network

    checkpoint = scale.scratch / "checkpoint.pt"
    torch.save(empty_network(scale.card(MODEL), "cpu").state_dict(), checkpoint)
    size = checkpoint.stat().st_size
    found = {}
    for name, compiled in (("eager", False), ("compiled", True), ("compiled again", True)):
        found[name] = jobs.result(jobs.start("shard", scale, checkpoint=str(checkpoint), compiled=compiled))
    return {"checkpoint_bytes": size, "steps": STEPS, "jobs": found}


def do_shard(scale: Scale, options: dict[str, Any]) -> dict[str, float]:
    """Seconds of each phase of one job that makes two micro-batches."""
    phases: dict[str, list[float]] = {}
    entered = time.time()
    from run_trunk import run_trunk
    from semantic_bottleneck.files import parquet
    from semantic_bottleneck.sampling import model_run, trajectory
    from semantic_bottleneck.study.checkpoint import file_at
    from semantic_bottleneck.study.sample_plan import SamplePlan

    model_run.compile_blocks = partial(model_run.compile_blocks, backend=scale.backend)
    phases["python"], phases["imports"] = [entered - options["began"]], [time.time() - entered]
    for module, name in (
        *((model_run, function) for function in ("load_weights", "fingerprint", "compile_blocks")),
        (trajectory, "_run_micro_batch"),
        (parquet, "write"),
    ):
        _watch(module, name, phases)
    card, micro_batch = scale.plain_card(MODEL), scale.micro_batches[0]
    card["sampler"] |= {"steps": STEPS}
    card["checkpoint"]["files"] = [asdict(file_at(options["checkpoint"]))]
    output = scale.scratch / "latents.parquet"
    run_trunk(
        card=json.loads(json.dumps(card)),
        weights=options["checkpoint"],
        inputs=None,
        shard=0,
        name="baseline",
        plan=SamplePlan(
            seed=0,
            samples=2 * micro_batch,
            shards=1,
            micro_batch=micro_batch,
            labels="balanced",
            precision="bf16",
            compile=options["compiled"],
        ),
        snapshot_steps=[],
        parts=scale.scratch / "parts",
        code="",
        latents=output,
        snapshots=[],
        device=scale.device,
    )
    first, second = phases.pop("_run_micro_batch")
    total = time.time() - options["began"]
    return {name: sum(values) for name, values in phases.items()} | {
        "first micro-batch": first,
        "second micro-batch": second,
        "whole job": total,
    }


def _watch(module: Any, name: str, phases: dict[str, list[float]]) -> None:
    """Note how long each call of a module's function takes."""
    function = getattr(module, name)

    def watched(*arguments: Any, **options: Any) -> Any:
        start = time.time()
        try:
            return function(*arguments, **options)
        finally:
            phases.setdefault(name, []).append(time.time() - start)

    setattr(module, name, watched)
