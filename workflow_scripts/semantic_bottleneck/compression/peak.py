"""The most memory that a piece of work holds on a device at one time, as the device's allocator counts it."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile


def peak_bytes(work: Callable[[], object], device: str) -> int:
    """Largest number of bytes that `work` had allocated at one time, beyond what was there before.

    What it should be charged for it must allocate itself, weights included. On a GPU the caching allocator's own counter; on
    a CPU, which has none, the profiler's record of every allocation of torch, of which files mapped into memory are no part.
    """
    if device.startswith("cuda"):
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated(device) - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        work()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        record.export_chrome_trace(str(path))
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    held = [int(event["args"]["Total Allocated"]) for event in events if event.get("name") == "[memory]"]
    return max(held, default=0)
