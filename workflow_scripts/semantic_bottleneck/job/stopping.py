"""SIGTERM: a scheduler wants the node back, or the job's time is nearly up. Standard library only.

A job leaves at once, unless it is inside `held()`: then it first brings to disk what it is in the middle of, and the next
attempt goes on from there. A second SIGTERM is not waited for.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """The job was asked to end."""


_asked = False
_holding = False


def listen() -> None:
    """From here on SIGTERM raises `Stopped` in the main thread, or at the end of the block that holds it."""
    signal.signal(signal.SIGTERM, _on_signal)


def asked() -> bool:
    """Whether the job is to end as soon as the block that holds the signal is done."""
    return _asked


@contextmanager
def held() -> Iterator[None]:
    """Finish this block before the job ends.

    Raises:
        Stopped: after the block, where SIGTERM came within it.
    """
    global _holding
    _holding = True
    try:
        yield
    finally:
        _holding = False
    if _asked:
        raise Stopped


def _on_signal(number: int, frame: FrameType | None) -> None:
    global _asked
    again, _asked = _asked, True
    if again or not _holding:
        raise Stopped
