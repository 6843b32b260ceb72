"""Can a checkpoint be had at all? Asked before anything is planned, so only the standard library and requests are used.

A sentence depends on its cause alone, never on counts or times, so that the same trouble is the same text in every run.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from semantic_bottleneck.checkpoints.http import Client, pieces
from semantic_bottleneck.checkpoints.parts import Part, parts_of, reasons
from semantic_bottleneck.checkpoints.patience import NoNetworkError, Patience, TransientError
from semantic_bottleneck.checkpoints.sniff import SNIFF, check_served
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.checkpoints.unreachable import ONLINE
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.checkpoint import Checkpoint

QUICK = Patience(attempts=2, first_delay=0.5, connect_timeout=5.0, read_timeout=10.0)
NO_NETWORK = f"no network: {ONLINE}."
THREADS = 16


@dataclass(frozen=True)
class Found:
    """What asking came to: `missing` is the sentence, None if all parts can be had; `remote` if a server was asked.

    `unreached` are the hosts to which no way led, if nothing else was the matter with any server.
    """

    missing: str | None = None
    remote: bool = False
    unreached: frozenset[str] = frozenset()


def why_missing(checkpoint: Checkpoint, base: Path, patience: Patience | None = None) -> str | None:
    """None if every part of a card's `checkpoint` can be had from one of its addresses, else the sentence that says why not.

    A file on this machine must be readable; of one on a server the first bytes are asked for. Sizes and checksums play no
    part: a file that is another one now is an error of its own, which the job that reads it reports.
    """
    return _look(checkpoint, base, patience or QUICK).missing


def missing_sources(checkpoints: Mapping[str, Checkpoint], base: Path, patience: Patience | None = None) -> dict[str, str]:
    """`why_missing` of many checkpoints at once, by name; those that can be had are left out.

    Where servers were asked and no way led to any of them (more than one host), those sentences are all NO_NETWORK.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        looks = pool.map(lambda checkpoint: _look(checkpoint, base, patience or QUICK), checkpoints.values())
        found = dict(zip(checkpoints, looks, strict=True))
    asked = [each for each in found.values() if each.remote]
    offline = all(each.unreached for each in asked) and len(frozenset().union(*(each.unreached for each in asked))) > 1
    return {name: NO_NETWORK if offline and each.remote else each.missing for name, each in found.items() if each.missing}


def _look(checkpoint: Checkpoint, base: Path, patience: Patience) -> Found:
    try:
        parts = parts_of(checkpoint.files, base)
    except UserError as error:
        return Found(str(error))
    remote = False
    with Client(patience) as client:
        for part in parts:
            found = _look_at(part, client)
            remote = remote or found.remote
            if found.missing:
                return found
    return Found(remote=remote)


def _look_at(part: Part, client: Client) -> Found:
    failures, unreached, remote, other = [], set(), False, False
    for location in part.locations:
        remote = remote or location.url is not None
        try:
            check_served(_read(location.path, location.name) if location.path else _ask(location, client), location.name)
            return Found(remote=remote)
        except NoNetworkError as error:
            failures.append(_sentence(location, error))
            unreached.add(error.host)
        except TransientError as error:
            failures.append(_sentence(location, error))
            other = True
        except UserError as error:
            failures.append(str(error))
            other = other or location.url is not None
    return Found(reasons(part, failures), remote, frozenset() if other else frozenset(unreached))


def _sentence(location: Location, error: TransientError) -> str:
    return f"{location.name} could not be had: {error.reason}; {error.fix}."


def _read(path: Path, name: str) -> bytes:
    """The first SNIFF bytes of a file on this machine, or as many as there are."""
    try:
        with path.open("rb") as file:
            return file.read(SNIFF)
    except OSError as error:
        raise UserError(f"{name} cannot be read ({error.strerror}); correct the url in the card.") from error


def _ask(location: Location, client: Client) -> bytes:
    """The same from a server; not by `Retries`, which would tell the console of every second try."""
    attempt = 0
    while True:
        attempt += 1
        head = bytearray()
        try:
            with client.get(location, {"Range": f"bytes=0-{SNIFF - 1}"}) as response:
                if response.status_code == 416:
                    return b""
                for piece in pieces(response):
                    head += piece
                    if len(head) >= SNIFF:
                        break
            return bytes(head[:SNIFF])
        except TransientError:
            if attempt >= client.patience.attempts:
                raise
            client.patience.sleep(client.patience.first_delay)
