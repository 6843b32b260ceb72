"""Locks that a killed Snakemake left behind are taken away by the next one, where it is certain that it is dead.

Snakemake's own locks say which files are being made, not by whom. So every run leaves a record of its process in
.snakemake/running as long as it lives. Standard library only.
"""

import atexit
import os
import socket
from contextlib import suppress
from pathlib import Path

RUNNING, LOCKS = "running", "locks"


def begin_run(records: Path) -> str | None:
    """Record this process in `records` (.snakemake) until it ends; returns a sentence if locks of a dead run were removed.

    They stay, and Snakemake refuses with its advice to add --unlock, where a run on another machine or in another container
    may have left them, where nobody can say who did, and while a job of the dead run is still alive.
    """
    locks = list((records / LOCKS).glob("*"))  # before looking who lives: what is made later is not ours to remove
    own = records / RUNNING / f"{_machine()}.{os.getpid()}"
    made = [folder for folder in (own.parent, records) if not folder.exists()]
    with suppress(OSError):  # Snakemake says itself what cannot be written
        own.parent.mkdir(parents=True, exist_ok=True)
        own.touch()
        atexit.register(_forget, own, made, os.getpid())
    others = [path for path in (records / RUNNING).glob("*") if path != own]
    dead = [path for path in others if _is_dead(path)]
    if locks and (not others or len(dead) < len(others) or _jobs_here(records.parent)):
        return None
    with suppress(OSError):
        for path in [*locks, *dead]:
            path.unlink(missing_ok=True)
    if not locks:
        return None
    return "The Snakemake that last worked here was killed; its lock is removed, and what it left unfinished is made again."


def _forget(record: Path, made: list[Path], process: int) -> None:
    """At the end of the process that made the record, not of a fork of it; a call that was refused leaves no folder either."""
    if os.getpid() == process:
        with suppress(OSError):
            record.unlink(missing_ok=True)
            for folder in made:
                folder.rmdir()  # fails, and rightly, where a run has left something


def _machine() -> str:
    """Names what process numbers belong to: this start of this machine, and the container."""
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{start}.{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return f"{socket.gethostname()}.0"


def _is_dead(record: Path) -> bool:
    """Whether a record's process is of this machine and gone, or a younger process has its number."""
    machine, _, process = record.name.rpartition(".")
    if machine != _machine() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    with suppress(OSError):
        # /proc's folder of a process is as old as the process; a second for clocks of other grain.
        return os.stat(f"/proc/{process}").st_mtime > record.stat().st_mtime + 1
    return False


def _jobs_here(folder: Path) -> bool:
    """Whether a job still works in `folder`: a killed Snakemake's children may live on."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b".snakemake/scripts/" in (process / "cmdline").read_bytes() and os.path.samefile(process / "cwd", folder):
                return True
    return False
