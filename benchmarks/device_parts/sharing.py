"""Two jobs on one device: what both together make, against one job alone."""

import time
from pathlib import Path
from typing import Any

from benchmarks.device_parts import jobs
from benchmarks.device_parts.scale import Scale

MODEL, PATIENCE = "dit", 240.0


def measure(scale: Scale) -> dict:
    """Steps of a micro-batch per second: of one job alone, and of each of two at the same time."""
    found = {}
    for together in (1, 2):
        meeting = scale.scratch / f"meeting-{together}"
        meeting.mkdir()
        started = [jobs.start("share", scale, together=together, meeting=str(meeting), number=k) for k in range(together)]
        found[str(together)] = [jobs.result(process)["steps_per_second"] for process in started]
    return {"micro_batch": scale.micro_batches[0], "steps_per_second": found, "gain": sum(found["2"]) / found["1"][0]}


def do_share(scale: Scale, options: dict[str, Any]) -> dict[str, float]:
    """Steps per second of compiled bfloat16 sampling while all jobs of the meeting run."""
    from benchmarks.device_parts.clock import seconds
    from benchmarks.device_parts.networks import run_slice
    from semantic_bottleneck.planning.calibration import empty_network
    from semantic_bottleneck.sampling.precision import compile_blocks, set_precision

    card, micro_batch = scale.card(MODEL), scale.micro_batches[0]
    network = set_precision(empty_network(card, scale.device).eval(), "bf16", scale.device)
    compile_blocks(network, scale.backend)
    run_slice(network, card, 0, 2, micro_batch, scale)
    step = seconds(lambda: run_slice(network, card, 0, 2, micro_batch, scale), scale) / 2
    count = max(2, round(2 * scale.seconds / step))
    meeting = Path(options["meeting"])
    (meeting / str(options["number"])).touch()
    patience = time.monotonic() + PATIENCE
    while len(list(meeting.iterdir())) < options["together"]:
        if time.monotonic() > patience:
            raise RuntimeError(f"The other job was not ready after {PATIENCE:.0f} s; nothing was shared.")
        time.sleep(0.001)
    return {"steps_per_second": count / seconds(lambda: run_slice(network, card, 0, count, micro_batch, scale), scale)}
