"""A real Slurm of one node for the time of a test: slurmctld, slurmd and munge, played GPUs, and nothing left behind.

Slurm's clients look for their configuration in /etc/slurm, and jobs lose the variable that would name another place; so
the two files are written there and taken away again. Where a Slurm is configured already, nothing is touched.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil

CONFIGURATION = Path("/etc/slurm")
OWN = "# written by this project's tests, which remove it"
FILES = ("slurm.conf", "gres.conf")
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel", "sinfo")
MUNGE = Path("/run/munge")

# Two processors, so that two jobs run side by side and a third, urgent one has to push one of them out.
SLURM_CONF = """{own}
ClusterName=semantic-bottleneck-tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation={state}/ctld
SlurmdSpoolDir={state}/d
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd.pid
SlurmctldLogFile={state}/slurmctld.log
SlurmdLogFile={state}/slurmd.log
SlurmctldPort=26917
SlurmdPort=26918
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=300
KillWait=10
MpiDefault=none
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 SocketsPerBoard=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=96000 \
Gres=gpu:h100:2 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES PriorityTier=1 MaxTime=4-00:00:00 State=UP
PartitionName=gpu Nodes={host} PriorityTier=1 MaxTime=4-00:00:00 State=UP
PartitionName=urgent Nodes={host} PriorityTier=9 PreemptMode=OFF MaxTime=1:00:00 State=UP
"""
GRES_CONF = "{own}\nNodeName={host} Name=gpu Type=h100 Count=2 File={state}/gpu[0-1]\n"


def missing() -> str:
    """Why no Slurm can be started here; empty where one can."""
    if os.geteuid() != 0:
        return "needs root to start Slurm's daemons"
    lacking = [name for name in PROGRAMS if _program(name) is None]
    if lacking:
        return f"needs {', '.join(lacking)}: apt-get install --no-install-recommends slurm-wlm munge"
    configured = [path for name in FILES if (path := CONFIGURATION / name).exists() and OWN not in path.read_text()]
    return f"a Slurm is configured here already ({configured[0]})" if configured else ""


@contextmanager
def cluster(state: Path) -> Iterator[None]:
    """Slurm's daemons, their files in `state`, until the block ends."""
    host = os.uname().nodename.split(".")[0]
    before = signal.signal(signal.SIGTERM, _leave)
    _clear()
    for name in ("ctld", "d"):
        (state / name).mkdir(parents=True)
    for number in (0, 1):  # Slurm takes nothing but device files for GPUs
        os.mknod(state / f"gpu{number}", 0o600 | 0o020000, os.makedev(240, number))
    had_folder = CONFIGURATION.exists()
    with _munge():
        try:
            CONFIGURATION.mkdir(exist_ok=True)
            for name, text in zip(FILES, (SLURM_CONF, GRES_CONF), strict=True):
                (CONFIGURATION / name).write_text(text.format(own=OWN, host=host, state=state))
            subprocess.run([_program("slurmctld")], check=True)
            subprocess.run([_program("slurmd"), "-N", host], check=True)
            wait_until(lambda: "idle" in ask("sinfo", "-h", "-o", "%T"), 30)
            yield
        finally:
            ask("scancel", "--user", "root")
            with suppress(TimeoutError):
                wait_until(lambda: not ask("squeue", "-h"), 60)
            _clear()
            if not had_folder:
                CONFIGURATION.rmdir()
            signal.signal(signal.SIGTERM, before)


def ask(*command: str) -> str:
    """What a client of Slurm answers."""
    return subprocess.run(command, text=True, stdout=-1, stderr=-2, check=False).stdout


def running() -> dict[str, str]:
    """Number -> comment (`rule_…`, `group_…`) of the jobs that run now."""
    lines = (line.split(maxsplit=1) for line in ask("squeue", "-h", "-t", "R", "-o", "%i %k").splitlines())
    return {line[0]: line[1] for line in lines if len(line) == 2}


def wait_until(condition, seconds: float) -> None:
    """Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s in vain")
        time.sleep(0.2)


@contextmanager
def _munge() -> Iterator[None]:
    """The daemon by which Slurm's parts know each other: the machine's own where one answers."""
    if subprocess.run(["munge", "-n"], stdout=-3, stderr=-3, check=False).returncode == 0:
        yield
        return
    had_folder = MUNGE.exists()
    subprocess.run(["install", "-d", "-o", "munge", "-g", "munge", str(MUNGE)], check=True)
    subprocess.run(["runuser", "-u", "munge", "--", _program("munged")], check=True)
    try:
        yield
    finally:
        _stop(MUNGE / "munged.pid")
        if not had_folder:
            shutil.rmtree(MUNGE, ignore_errors=True)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit("stopped")  # through the blocks that take everything away


def _clear() -> None:
    """End the daemons and remove the files that are ours, also those of a test that was killed."""
    for name in FILES:
        file = CONFIGURATION / name
        if file.exists() and OWN in (text := file.read_text()):
            for pid_file in re.findall(r"PidFile=(.+)", text):
                _stop(Path(pid_file))
            file.unlink()


def _program(name: str) -> str | None:
    return shutil.which(name, path="/usr/sbin:/usr/bin")


def _stop(pid_file: Path) -> None:
    """End the daemon of a pid file."""
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        daemon = psutil.Process(int(pid_file.read_text()))
        daemon.terminate()
        try:
            wait_until(lambda: not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE, 30)
        except TimeoutError:
            daemon.kill()
