"""What every entry point shares: a log file from the first line on, and one clear sentence when the input is bad."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from semantic_bottleneck.errors import UserError


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Send stdout, stderr and logging to the rule's log file; end the job with status 1 and one sentence on a UserError."""
    stream = open(path, "a", buffering=1, encoding="utf-8")  # noqa: SIM115 (stays open until the process ends)
    stream.truncate(0)
    console = os.dup(2)
    os.dup2(stream.fileno(), 1)
    os.dup2(stream.fileno(), 2)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr, force=True)
    try:
        yield
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        os.write(console, f"Error: {error}\n".encode())
        sys.exit(1)
