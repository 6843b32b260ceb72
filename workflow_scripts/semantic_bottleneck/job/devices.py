"""Which GPU a job may use: a lock per device, held as long as the process lives."""

import errno
import fcntl
import os
import random
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
        UserError: the locks cannot be kept in TMPDIR, since its file system has none or something is in their way.
    """
    if gpus == 0:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        return "cpu"
    visible = _visible_devices()
    if not visible:
        return "cpu"
    if "SLURM_JOB_ID" in os.environ and len(visible) <= gpus:
        return "cuda"
    folder = folder or _default_folder()
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
    name = name.replace("/", "_")  # a part of a GPU may be called MIG-GPU-.../1/0
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


def _default_folder() -> Path:
    """Of this machine, for all its users: TMPDIR may be a folder that several machines see."""
    try:
        # The same in all containers of a machine, unlike its name.
        host = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        host = socket.gethostname()
    return Path(tempfile.gettempdir()) / f"semantic-bottleneck-gpu-locks-{host}"


def _share(folder: Path) -> None:
    """Make the folder of the locks; every user of the machine may add to it and lock what is there.

    Raises:
        UserError: it cannot be made, or a link or a file is in its place.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), _everybody_may():
            folder.mkdir(0o1777)
        found = folder.lstat()
    except OSError as error:
        raise UserError(f"{folder} cannot be made ({error.strerror}); set TMPDIR to a folder that can be written.") from error
    if not stat.S_ISDIR(found.st_mode):
        raise UserError(f"{folder}, where locks of GPUs are kept, is no folder; remove it, or set TMPDIR to another folder.")


def _lock(path: Path, kind: int) -> IO | None:
    stream = None
    try:
        stream = _opened(path)
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except OSError as error:
        if stream is not None:
            stream.close()
        if isinstance(error, BlockingIOError):
            return None
        raise UserError(
            f"{path}, which says that a GPU is taken, cannot be opened or locked ({error.strerror}); remove it, or set TMPDIR "
            "to a folder on a local disk that all users of the GPUs can write."
        ) from error
    return stream


def _opened(path: Path) -> IO:
    """The file at `path`, which is never emptied and no link, pipe or second name of another file."""
    # NFS locks alone only what is open for writing. Without O_CREAT first: in a folder like /tmp Linux refuses it for
    # another user's file.
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        stream = os.fdopen(os.open(path, flags), "r+b", buffering=0)
    except FileNotFoundError:
        with suppress(FileExistsError), _everybody_may():
            os.close(os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666))
        stream = os.fdopen(os.open(path, flags), "r+b", buffering=0)
    found = os.fstat(stream.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        stream.close()
        raise OSError(errno.EPERM, "it is not a file of its own")
    return stream


@contextmanager
def _everybody_may() -> Iterator[None]:
    """Without the umask, so that what is made has its mode from its first moment on."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def _visible_devices() -> list[str]:
    """The device names this process may use, without importing torch."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is not None:
        return [name.strip() for name in listed.split(",") if name.strip()]
    gpus = Path("/proc/driver/nvidia/gpus")
    return [str(index) for index in range(len(list(gpus.iterdir())))] if gpus.is_dir() else []
