"""What this machine offers to jobs: GPUs as torch sees them, memory, disks, locks, programs. Nothing here changes anything."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TORCH = """
import json, torch
devices = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
print(json.dumps({"cuda": torch.version.cuda, "gpus": [[device.name, device.total_memory] for device in devices]}))
"""
PROGRAMS = ("conda", "mamba", "micromamba", "apptainer", "singularity", "docker", "sbatch")
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
SECONDS = 60


def torch_devices() -> dict[str, Any]:
    """What torch says in a process of its own, with every GPU visible: `cuda` it was built for (None: CPU), `gpus`, `error`."""
    environment = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    said, error = _output([sys.executable, "-c", TORCH], environment)
    if error:
        return {"cuda": None, "gpus": [], "error": error}
    found = json.loads(said)
    gpus = [{"name": name, "bytes": size} for name, size in found["gpus"]]
    return {"cuda": found["cuda"], "gpus": gpus, "error": None}


def driver_gpus() -> list[str]:
    """The GPUs that NVIDIA's driver lists, each as `name, driver version`; none where there is no driver."""
    if shutil.which("nvidia-smi") is None:
        return []
    said, error = _output(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"], None)
    return [] if error else [line.strip() for line in said.splitlines() if line.strip()]


def memory(limits: Sequence[Path] = CGROUP_LIMITS) -> int:
    """Bytes that this process may use: the machine's, or the container's limit where that is less."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in limits:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):  # no such controller; `max`
            continue
    return min(found)


def place(folder: Path) -> dict[str, Any]:
    """Free bytes of a folder's disk, and why no file could be written or locked there (None: it can)."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    return {"folder": str(folder), "free": shutil.disk_usage(there).free, "fault": _locking_fault(there)}


def programs(names: Sequence[str] = PROGRAMS) -> Mapping[str, str | None]:
    """Program -> where it lies; None if it is not there."""
    return {name: shutil.which(name) for name in names}


def _locking_fault(folder: Path) -> str | None:
    """Does a second opener of a locked file wait, as jobs that share GPUs and downloads count on?"""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as first, open(first.name, "rb") as second:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            return "file locks exclude nobody there"
    except OSError as error:
        return f"no file can be written and locked there ({error.strerror})"


def _output(command: Sequence[str], environment: Mapping[str, str] | None) -> tuple[str, str | None]:
    """What a command prints, and the last line of its complaint if it fails."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return done.stdout, lines[-1] if done.returncode else None
