"""Which GPU a job may use: a lock per device, held as long as the process lives."""

import fcntl
import os
import random
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from semantic_bottleneck.errors import UserError

_held: list[IO] = []  # keeps the locks' files open until the process ends


def claim_device(gpus: int, slots: int = 1, folder: Path | None = None, patience: float = 1.0) -> str:
    """Choose the device of this job before torch is imported.

    A scheduler that already set CUDA_VISIBLE_DEVICES to as many devices as asked for is obeyed. Otherwise the first
    devices with room, one per GPU asked for, are taken and exported: without any job if `slots` is 1, else with fewer than
    `slots` jobs, all of which said they share.

    Args:
        gpus: the rule's `gpu` resource; 0 hides all GPUs from the job.
        slots: jobs that may share a device (generation.jobs_per_device).
        patience: seconds between two rounds over busy devices.

    Returns:
        "cuda" or "cpu".

    Raises:
        UserError: the locks cannot be kept in TMPDIR.
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
    _share(folder)
    wanted = min(gpus, len(visible))
    while True:
        held: dict[str, list[IO]] = {}
        for name in visible:
            if len(held) < wanted and (locks := _take(folder, name, slots)):
                held[name] = locks
        if len(held) == wanted:
            _held.extend(lock for locks in held.values() for lock in locks)
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(held)
            return "cuda"
        for lock in (lock for locks in held.values() for lock in locks):
            lock.close()  # too few to start with: others may have them
        time.sleep(patience * random.uniform(0.5, 1.5))  # two jobs that each took half must not meet again


def _take(folder: Path, name: str, slots: int) -> list[IO]:
    """The locks of a free place on a device, or an empty list. Sharers hold the device's lock together, a slot's alone."""
    if slots == 1:
        whole = _lock(folder / f"{name}.lock", fcntl.LOCK_EX)
        return [whole] if whole else []
    shared = _lock(folder / f"{name}.lock", fcntl.LOCK_SH)
    if shared is None:
        return []
    for slot in range(slots):
        if own := _lock(folder / f"{name}.{slot}.lock", fcntl.LOCK_EX):
            return [shared, own]
    shared.close()
    return []


def _share(folder: Path) -> None:
    """Make the folder of the locks; every user of the machine may add to it and lock what is there."""
    try:
        folder.mkdir(parents=True)
        folder.chmod(0o1777)
    except FileExistsError:
        pass
    except OSError as error:
        raise UserError(f"{folder} cannot be made ({error.strerror}); set TMPDIR to a folder that can be written.") from error


def _lock(path: Path, kind: int) -> IO | None:
    try:
        stream = _opened(path)
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        return None
    except OSError as error:
        raise UserError(
            f"{path}, which says that a GPU is taken, cannot be opened or locked ({error.strerror}); set TMPDIR to a folder "
            "on a local disk that all users of the GPUs can write."
        ) from error
    return stream


def _opened(path: Path) -> IO:
    try:
        return open(path, "r+b")
    except PermissionError:
        return open(path, "rb")
    except FileNotFoundError:
        # Two jobs may come here together; whoever is second opens the file of the first.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o644))
        with suppress(PermissionError):
            path.chmod(0o644)
        return open(path, "r+b")


def _visible_devices() -> list[str]:
    """The device names this process may use, without importing torch."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is not None:
        return [name.strip() for name in listed.split(",") if name.strip()]
    gpus = Path("/proc/driver/nvidia/gpus")
    return [str(index) for index in range(len(list(gpus.iterdir())))] if gpus.is_dir() else []
