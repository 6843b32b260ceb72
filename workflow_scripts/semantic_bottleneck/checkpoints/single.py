"""Tensors of one file, split or not: by ranges, or from the whole file where that is impossible."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor

from semantic_bottleneck.checkpoints.containers import Container, open_container
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.layout import digest
from semantic_bottleneck.checkpoints.lock import settle
from semantic_bottleneck.checkpoints.opening import open_parts
from semantic_bottleneck.checkpoints.parts import Part
from semantic_bottleneck.checkpoints.ranges import WholeFileNeededError
from semantic_bottleneck.checkpoints.whole import open_whole, whole_file
from semantic_bottleneck.errors import UserError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workplace:
    """What reading needs: a client, a stack that closes files, a folder for whole files (None: keep none), the lock file."""

    client: Client
    stack: ExitStack
    cache: Path | None
    lock: Path | None

    @cached_property
    def scratch(self) -> Path:
        """A folder that is removed with the stack; beside the cache, since whole files may not fit elsewhere."""
        try:
            if self.cache is not None:
                self.cache.mkdir(parents=True, exist_ok=True)
            return Path(self.stack.enter_context(TemporaryDirectory(prefix="checkpoint-", dir=self.cache)))
        except OSError as error:
            raise UserError(
                f"No folder can be made in {self.cache or 'TMPDIR'} ({error.strerror}); mend its permissions."
            ) from error


def read_single(
    parts: Sequence[Part], keys: Sequence[str], choose: Callable[[Iterable[str]], dict[str, str]], at: Workplace
) -> tuple[dict[str, Tensor], dict[str, str | int]]:
    """The tensors `choose` (names in the file -> {wanted name: name in the file}) picks, and their provenance.

    Raises:
        UserError: see `read_tensors`.
    """
    try:
        source = open_parts(parts, at.client, at.stack, at.lock)
        container = open_container(source)
        outer, chosen, tensors = _take(container, keys, choose)
        provenance: dict[str, str | int] = {
            "checkpoint_source": " ".join(part.name for part in parts),
            "checkpoint_size": source.size,
        }
        provenance |= {f"checkpoint_{key}": value for key, value in source.identity.items()}
        log.info(
            "%s: read %d tensors; %.2f of %.2f MB in %d requests",
            source.name,
            len(tensors),
            source.transferred / 1e6,
            source.size / 1e6,
            source.requests,
        )
    except WholeFileNeededError as reason:
        at_hand = all(part.local for part in parts)
        log.log(logging.INFO if at_hand else logging.WARNING, "%s, so the whole file is needed", reason)
        path, provenance = whole_file(parts, at.cache or at.scratch, lock=at.lock, client=at.client)
        container = open_whole(path, parts[0], lambda: at.scratch, at.stack)
        outer, chosen, tensors = _take(container, keys, choose)
    if tensors and not all(part.local for part in parts):
        digests = {f"{outer}:{chosen[name]}": digest(tensor) for name, tensor in tensors.items()}
        settle(at.lock, parts[0].name, {"tensors": digests})
    return tensors, {"checkpoint_container": container.kind, **provenance}


def _take(
    container: Container, keys: Sequence[str], choose: Callable[[Iterable[str]], dict[str, str]]
) -> tuple[str, dict[str, str], dict[str, Tensor]]:
    outer, layouts = container.layouts(keys)
    chosen = choose(layouts)
    return outer, chosen, container.read({name: layouts[original] for name, original in chosen.items()})
