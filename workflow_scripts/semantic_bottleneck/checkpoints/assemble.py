"""All parts of a download in one file beside its destination, resumable between runs."""

import json
import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from semantic_bottleneck.atomic import write_text
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.parts import Part, check_size
from semantic_bottleneck.checkpoints.sniff import SNIFF, kind_of
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.checkpoints.transfer import Received, transfer
from semantic_bottleneck.errors import UserError

log = logging.getLogger(__name__)

COPY = 1 << 20
# Seconds between progress lines where nobody watches: a log file should not fill up.
QUIET = 30.0


class Assembly:
    """Fills `file` (at `path`) with `parts`; a journal beside it remembers which bytes belong to what.

    `known` tells for each part whether its sha256 is known, so that bytes of an earlier run may be kept even where the
    server offers nothing to compare versions by.
    """

    def __init__(self, parts: Sequence[Part], path: Path, file: BinaryIO, client: Client, known: Sequence[bool]):
        self._parts, self._path, self._file, self._client, self._known = parts, path, file, client, known
        self.journal_path = path.with_name(f"{path.name}.json")
        self._journal: list[Received] = []

    def fill(self, turn: int) -> list[Received]:
        """Fetch every part that is not there yet, beginning with mirror number `turn`.

        Raises:
            UserError: no address of a part serves it, its size is wrong, it is no checkpoint, or the disk is too small.
        """
        earlier, length, position = self._read_journal(), self._file.seek(0, 2), 0
        bar = tqdm(
            desc=self._path.name.strip(".").removesuffix(".part"),
            unit="B",
            unit_scale=True,
            mininterval=0.2 if sys.stderr.isatty() else QUIET,
        )
        with bar:
            for index, part in enumerate(self._parts):
                before = earlier[index] if index < len(earlier) else None
                have = max(0, length - position) if before and self._may_keep(index, before) else 0
                if have and before.size is not None and have >= before.size:
                    received = before
                else:
                    if not have:
                        self._file.truncate(position)
                    received = self._first_that_serves(index, part, position, have, before, bar, turn)
                if index >= len(self._journal):
                    self._remember(index, received)
                position += received.size
                if self._journal[index].size is None:
                    self._remember(index, received)
                self._move(bar, position)
        self._file.truncate(position)
        self._file.flush()
        return list(self._journal)

    def discard(self) -> None:
        """Forget every byte; the next `fill` starts from nothing."""
        self._file.truncate(0)
        self._journal = []
        self.journal_path.unlink(missing_ok=True)

    def _first_that_serves(
        self, index: int, part: Part, position: int, have: int, before: Received | None, bar: tqdm, turn: int
    ) -> Received:
        start = turn % len(part.locations)
        order = [*part.locations[start:], *part.locations[:start]]
        if have:
            # Only the server that sent the first bytes can be asked whether the rest still belongs to them.
            order.sort(key=lambda location: location.name != before.address)
        refusals: list[UserError] = []
        for location in order:
            same = have if before and location.name == before.address else 0
            try:
                received = self._fetch(index, part, location, position, same, before if same else None, bar)
                if index == 0:
                    self._file.seek(0)
                    kind_of(self._file.read(SNIFF), received.size, location.name)
                check_size(part, received.size)
                return received
            except UserError as error:
                refusals.append(error)
                if location is not order[-1]:
                    log.warning("%s Trying the next mirror.", error)
        if len(refusals) == 1:
            raise refusals[0]
        reasons = " / ".join(str(error).rstrip(".") for error in refusals)
        raise UserError(f"{part.name} could not be had from any of its {len(refusals)} addresses: {reasons}.") from refusals[-1]

    def _fetch(
        self, index: int, part: Part, location: Location, position: int, have: int, before: Received | None, bar: tqdm
    ) -> Received:
        def begun(received: Received) -> None:
            if received.size is not None:
                check_size(part, received.size)
                later = sum(other.size or 0 for other in self._parts[index + 1 :])
                check_space(self._path.parent, received.size + later, location.name)
                bar.total = position + received.size + later
            self._remember(index, received)

        if have:
            check_space(self._path.parent, (before.size or have) - have, location.name)
            bar.total = position + before.size if before.size else None
            self._remember(index, before)
            bar.initial = bar.n = position + have
            log.info("%s: continuing at byte %d", location.name, have)
        if location.path is not None:
            return self._copy(location, position, begun, bar)
        return transfer(
            location,
            self._client,
            self._file,
            position,
            have,
            before,
            begun=begun,
            moved=lambda count: self._move(bar, position + count),
        )

    def _copy(self, location: Location, position: int, begun, bar: tqdm) -> Received:
        try:
            with location.path.open("rb") as source:
                received = Received(location.name, location.path.stat().st_size)
                begun(received)
                self._file.seek(position)
                shutil.copyfileobj(source, self._file, COPY)
        except FileNotFoundError as error:
            raise UserError(f"{location.name} does not exist; correct the url in the card.") from error
        self._move(bar, position + received.size)
        return received

    def _may_keep(self, index: int, before: Received) -> bool:
        offered = any(before.address == location.name and location.url for location in self._parts[index].locations)
        return offered and (before.validator is not None or self._known[index])

    def _move(self, bar: tqdm, position: int) -> None:
        bar.update(position - bar.n)

    def _remember(self, index: int, received: Received) -> None:
        self._journal = [*self._journal[:index], received]
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
