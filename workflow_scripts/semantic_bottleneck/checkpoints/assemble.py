"""All parts of a download in one file beside its destination, resumable between runs."""

import json
import logging
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from semantic_bottleneck.checkpoints.checksums import Recorded, require_same
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.parts import Part, check_size, first_that_serves
from semantic_bottleneck.checkpoints.patience import UnfinishedError
from semantic_bottleneck.checkpoints.sniff import SNIFF, kind_of
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.checkpoints.transfer import Received, transfer
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import write_text

log = logging.getLogger(__name__)

COPY = 1 << 20
# Seconds between progress lines where nobody watches: a log file should not fill up.
QUIET = 30.0


class Assembly:
    """Fills `file` (at `path`) with `parts`; a journal beside it remembers which bytes came from where.

    `recorded` is the sha256 known of each part. Where there is one, bytes of an earlier run may be kept even if the server
    offers nothing to compare versions by, and a server that announces another file is not asked for it.
    """

    def __init__(self, parts: Sequence[Part], path: Path, file: BinaryIO, client: Client, recorded: Sequence[Recorded | None]):
        self._parts, self._path, self._file, self._client, self._recorded = parts, path, file, client, recorded
        self.journal_path = path.with_name(f"{path.name}.json")
        self._journal: list[Received] = []

    def fill(self, turn: int) -> list[Received]:
        """Fetch what is not there yet, beginning with mirror number `turn`; returns what was received for each part.

        Raises:
            UnfinishedError: servers kept failing; the next run continues.
            UserError: no address of a part serves it, its size is wrong, it is no checkpoint, or the disk is too small.
        """
        self._journal = self._read_journal()
        watched = sys.stderr.isatty()
        name = self._path.name.strip(".").removesuffix(".part")
        position = 0
        with tqdm(desc=name, unit="B", unit_scale=True, mininterval=0.2 if watched else QUIET) as bar:
            for index, part in enumerate(self._parts):
                have = self._kept(index, position)
                if not have:
                    self._cut(index, position)
                if not have or have != self._journal[index].size:
                    self._remember(index, self._first_that_serves(index, part, position, have, bar, turn))
                position += self._journal[index].known_size
                bar.update(position - bar.n)
        self._file.truncate(position)
        self._file.flush()
        return list(self._journal)

    def discard(self) -> None:
        """Forget every byte; the next `fill` starts from nothing."""
        self._cut(0, 0)
        self.journal_path.unlink(missing_ok=True)

    def _kept(self, index: int, position: int) -> int:
        """How many bytes of a part are there already and can be trusted to belong to it."""
        if index >= len(self._journal):
            return 0
        before, part = self._journal[index], self._parts[index]
        offered = any(before.address == location.name and location.url for location in part.locations)
        if not offered or (before.validator is None and self._recorded[index] is None):
            return 0
        there = max(0, self._file.seek(0, 2) - position)
        return min(there, before.size) if before.size is not None else there

    def _first_that_serves(self, index: int, part: Part, position: int, have: int, bar: tqdm, turn: int) -> Received:
        before = self._journal[index] if have else None
        start = turn % len(part.locations)
        order = [*part.locations[start:], *part.locations[:start]]
        if before:
            # Only the server that sent the first bytes can be asked whether the rest still belongs to them.
            order.sort(key=lambda location: location.name != before.address)

        def attempt(location: Location) -> Received:
            same = before is not None and location.name == before.address
            try:
                received = self._fetch(index, location, position, have if same else 0, before if same else None, bar)
                check_size(part, received.known_size)
                if index == 0:
                    self._file.seek(0)
                    kind_of(self._file.read(SNIFF), received.known_size, location.name)
                return received
            except UnfinishedError:
                raise
            except UserError:
                self._cut(index, position)
                raise

        return first_that_serves(part, attempt, order)

    def _fetch(self, index: int, location: Location, position: int, have: int, before: Received | None, bar: tqdm) -> Received:
        later = sum(part.size or 0 for part in self._parts[index + 1 :])

        def begun(received: Received) -> None:
            require_same(location.name, received.sha256, self._recorded[index])
            if received.size is not None:
                check_size(self._parts[index], received.size)
                check_space(self._path.parent, received.size + later, location.name)
                bar.total = position + received.size + later
            self._remember(index, received)

        def moved(count: int) -> None:
            bar.update(position + count - bar.n)

        if location.path is not None:
            return self._copy(location.name, location.path, position, begun)
        if before and before.size is not None:
            log.info("%s: continuing at byte %d of %d", location.name, have, before.size)
            check_space(self._path.parent, before.size - have + later, location.name)
            bar.initial, bar.total = position + have, position + before.size + later
        return transfer(location, self._client, self._file, position, have, before, begun=begun, moved=moved)

    def _copy(self, name: str, path: Path, position: int, begun: Callable[[Received], None]) -> Received:
        try:
            source = path.open("rb")
            received = Received(name, path.stat().st_size)
        except OSError as error:
            raise UserError(f"{name} cannot be read ({error.strerror}); correct the url in the card.") from error
        with source:
            begun(received)
            self._file.seek(position)
            shutil.copyfileobj(source, self._file, COPY)
        return received

    def _cut(self, index: int, position: int) -> None:
        self._file.truncate(position)
        self._journal = self._journal[:index]

    def _remember(self, index: int, received: Received) -> None:
        self._journal = [*self._journal[:index], received, *self._journal[index + 1 :]]
        write_text(self.journal_path, json.dumps([each.as_json() for each in self._journal]))

    def _read_journal(self) -> list[Received]:
        try:
            return [Received(**entry) for entry in json.loads(self.journal_path.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            return []


def check_space(folder: Path, needed: int, name: str) -> None:
    """Require `needed` free bytes in `folder`.

    Raises:
        UserError: there are fewer; the sentence has both numbers.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(f"{name} needs {needed / 1e9:.2f} GB in {folder}, which has {free / 1e9:.2f} GB free; make room there.")
