"""How often, and how long, a server is asked again."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from semantic_bottleneck.errors import UserError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """Limits of one transfer; delays in seconds, doubling from `first_delay` to `longest_delay`.

    `sleep` is a parameter so that tests need not wait.
    """

    attempts: int = 6
    first_delay: float = 1.0
    longest_delay: float = 60.0
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep


class TransientError(Exception):
    """A failure that another try may mend: `reason` (neither counts nor times in it) and `fix`, what a person can do.

    `retry_after` (seconds) if the server said when.
    """

    def __init__(self, reason: str, fix: str = "check the connection and run again", *, retry_after: float | None = None):
        super().__init__(reason)
        self.reason, self.fix, self.retry_after = reason, fix, retry_after


class UnreachableError(TransientError):
    """Nothing answers where the server should be; one more try tells a hiccup from an absent network or a wrong host."""

    TRIES = 2


class NoNetworkError(UnreachableError):
    """The name of `host` is unknown or no way leads to it, as on a machine without network."""

    def __init__(self, host: str, reason: str, fix: str):
        super().__init__(reason, fix)
        self.host = host


class UnfinishedError(UserError):
    """The last try failed; what arrived so far may be continued another time."""


class Retries:
    """Counts failures in a row without progress, waits between them, and gives up with a sentence."""

    def __init__(self, name: str, patience: Patience):
        self._name, self._patience, self._failures, self._begun = name, patience, 0, False

    def progressed(self) -> None:
        """New bytes arrived: the next failure is the first again."""
        self._failures, self._begun = 0, True

    def failed(self, error: TransientError) -> None:
        """Wait before the next try.

        Raises:
            UnfinishedError: that was the last try.
        """
        self._failures += 1
        if isinstance(error, UnreachableError) and not self._begun:
            if self._failures >= min(error.TRIES, self._patience.attempts):
                raise UnfinishedError(f"{self._name} could not be reached: {error.reason}; {error.fix}.") from error
        elif self._failures >= self._patience.attempts:
            raise UnfinishedError(
                f"{self._name} could not be transferred after {self._failures} tries ({error.reason}); {error.fix}."
            ) from error
        delay = min(self._patience.first_delay * 2 ** (self._failures - 1), self._patience.longest_delay)
        if error.retry_after is not None:
            delay = min(max(delay, error.retry_after), self._patience.longest_delay)
        log.warning("%s: %s; trying again in %.0f s", self._name, error.reason, delay)
        self._patience.sleep(delay)
