"""One job per GPU: a lock file per device, held as long as the process lives."""

import fcntl
import os
import tempfile
import time
from pathlib import Path

_held: list[object] = []  # keeps the lock's file open until the process ends


def claim_device(gpus: int, folder: Path | None = None, patience: float = 1.0) -> str:
    """Choose the device of this job before torch is imported.

    A scheduler that already set CUDA_VISIBLE_DEVICES to as many devices as asked for is obeyed. Otherwise the first
    device whose lock is free is taken and exported, so that two jobs never share one.

    Args:
        gpus: the rule's `gpu` resource; 0 hides all GPUs from the job.
        patience: seconds between two rounds over busy devices.

    Returns:
        "cuda" or "cpu".
    """
    if gpus == 0:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        return "cpu"
    visible = _visible_devices()
    if not visible:
        return "cpu"
    if "SLURM_JOB_ID" in os.environ and len(visible) <= gpus:
        return "cuda"
    folder = folder or Path(tempfile.gettempdir()) / "semantic-bottleneck-gpu-locks"
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        for name in visible:
            stream = open(folder / f"{name}.lock", "w")  # noqa: SIM115 (closing it would release the lock)
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stream.close()
                continue
            _held.append(stream)
            os.environ["CUDA_VISIBLE_DEVICES"] = name
            return "cuda"
        time.sleep(patience)


def _visible_devices() -> list[str]:
    """The device names this process may use, without importing torch."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is not None:
        return [name.strip() for name in listed.split(",") if name.strip()]
    gpus = Path("/proc/driver/nvidia/gpus")
    return [str(index) for index in range(len(list(gpus.iterdir())))] if gpus.is_dir() else []
