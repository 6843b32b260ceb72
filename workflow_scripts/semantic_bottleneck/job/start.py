"""What every script begins with: a log file from the first line on, one line on the console when it ends early, a device."""

import io
import logging
import os
import sys
import traceback
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import remove_leftovers
from semantic_bottleneck.files.space import free_space
from semantic_bottleneck.job.console import FULL, described, one_line, without_secrets
from semantic_bottleneck.job.devices import claim_device
from semantic_bottleneck.job.stopping import Stopped, listen

_console = 2


def begin(job: Any) -> str:
    """Send stdout, stderr and logging to the rule's log file, and choose the job's device before anything imports torch.

    From here on any exception ends the job with status 1 and one line: a UserError's sentence, or else the exception's type
    and message, the job and the log, which has the traceback. It goes to the console and, last, into the log.

    Args:
        job: the object `snakemake` that Snakemake gives every script; its resources `gpu` and `gpu_slots` say what the job
            asked for.

    Returns:
        "cuda" or "cpu".
    """
    global _console
    console, log = os.dup(2), str(job.log[0])
    _console = console
    try:
        _open_log(log)
    except OSError as error:
        _say(console, f"Error: The log {log} cannot be written: {described(error)}; mend that, then run again.")
        sys.exit(1)
    sys.excepthook = partial(_end, console, job)
    listen()
    _prefer_own_packages(Path(job.scriptdir))
    for output in job.output:
        remove_leftovers(output)
    return claim_device(job.resources.get("gpu", 0), job.resources.get("gpu_slots", 1))


def tell(sentence: str) -> None:
    """Show one line on the console and leave it in the log; `begin` sent everything else there."""
    for descriptor in (_console, 2):
        _say(descriptor, sentence)


def _open_log(path: str) -> None:
    """Point stdout, stderr and logging at the file, emptied, in UTF-8 whatever the locale says."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o666)
    for target, stream in ((1, sys.stdout), (2, sys.stderr)):
        os.dup2(descriptor, target)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    os.close(descriptor)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr, force=True)


def _prefer_own_packages(scripts: Path) -> None:
    """Search what the user's PYTHONPATH adds last: an older numpy there would be imported instead of the environment's.

    Raises:
        UserError: an installed copy or another checkout of the library was imported instead of the script's own.
    """
    imported = Path(__file__).resolve().parents[2]
    if imported != scripts.resolve():
        raise UserError(
            f"The library was imported from {imported}, not from {scripts}; uninstall that copy or unset PYTHONPATH."
        )
    added = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and Path(path) != scripts]
    sys.path.sort(key=lambda path: path in added)


def _name(job: Any) -> str:
    """`The job render_figure (figure=figure1)`."""
    wildcards = ", ".join(f"{name}={value}" for name, value in job.wildcards.items())
    return f"The job {job.rule} ({wildcards})" if wildcards else f"The job {job.rule}"


def _end(console: int, job: Any, kind: type[BaseException], error: BaseException, traceback_: TracebackType | None) -> NoReturn:
    """What Python calls with an exception that nothing caught."""
    if isinstance(error, UserError):
        sentence = str(error)
    elif isinstance(error, KeyboardInterrupt | Stopped):
        sentence = f"{_name(job)} was stopped before it was finished; run again to go on."
    else:
        with suppress(OSError):  # the log may lie on the disk that is full
            print(without_secrets("".join(traceback.format_exception(kind, error, traceback_))), file=sys.stderr)
        room = f", {free_space(job.log[0])} beside its log" if isinstance(error, OSError) and error.errno in FULL else ""
        sentence = f"{_name(job)} failed with {described(error)}{room}; the traceback is in {job.log[0]}."
    for descriptor in (console, 2):
        _say(descriptor, f"Error: {sentence}")
    sys.exit(1)


def _say(descriptor: int, sentence: str) -> None:
    with suppress(OSError):
        sys.stderr.flush()
    with suppress(OSError):
        os.write(descriptor, f"{one_line(sentence)}\n".encode("utf-8", "backslashreplace"))
