"""Named tensors of a checkpoint, wherever it lies: only their bytes where that is possible."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from torch import Tensor

from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.layout import digest, digest_all
from semantic_bottleneck.checkpoints.parts import parts_of
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.selection import choose
from semantic_bottleneck.checkpoints.shards import read_shards
from semantic_bottleneck.checkpoints.single import Workplace, read_single
from semantic_bottleneck.files.checkpoint_origin import SHA256
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.study.checkpoint import Checkpoint


@dataclass(frozen=True)
class ReadResult:
    """Tensors by name, dtype as in the file, what is known about their origin, and all names that the file has.

    `files` are the parts of a file on this machine, whose sha256 nobody has taken yet.
    """

    tensors: dict[str, Tensor]
    origin: dict[str, str | int]
    available: list[str] = field(default_factory=list)
    files: tuple[Path, ...] = ()

    @cached_property
    def provenance(self) -> dict[str, str | int]:
        """`origin`, the sha256 of a file on this machine and one over the tensors, for Parquet metadata.

        Both are taken on first use: seconds for a whole network.
        """
        whole = {SHA256: file_sha256(*self.files)} if self.files else {}
        digests = {name: digest(tensor) for name, tensor in self.tensors.items()}
        return {**whole, **self.origin, "tensors_sha256": digest_all(digests)}


def read_tensors(
    checkpoint: Checkpoint,
    names: Sequence[str] | Callable[[list[str]], list[str]] | None,
    *,
    base: Path,
    cache: Path | None = None,
    lock: Path | None = None,
    patience: Patience | None = None,
    called: str | None = None,
) -> ReadResult:
    """Read the tensors `names` (a function of the list of names, or None for all) of a card's `checkpoint`.

    Names are those after unwrapping `keys` and stripping `prefix` and what wrappers (`module.`, `_orig_mod.`) added. Local
    paths are relative to `base`. Servers that ignore Range, old pickles and archives need the whole file, which is kept in
    `cache` (None: for this call only). `called` is what sentences call a local file, if not its path. The sha256 of every
    tensor read from a server is recorded in `lock` on first use and compared with it later.

    Provenance: checkpoint_source, checkpoint_container, checkpoint_size (bytes), tensors_sha256 and, where known,
    checkpoint_sha256, checkpoint_sha256_announced, checkpoint_etag, checkpoint_last_modified, checkpoint_commit.

    Raises:
        UserError: a tensor is absent, damaged or not finite; the file cannot be had, is not what the card or the lock
            file says, or asks to run something.
    """
    parts = parts_of(checkpoint.files, base)
    if called and parts[0].local:
        location = replace(parts[0].locations[0], address=called)
        parts[0] = replace(parts[0], locations=(location, *parts[0].locations[1:]))
    found: list[str] = []

    def pick(available: Iterable[str]) -> dict[str, str]:
        found[:] = available
        return choose(available, names, checkpoint.prefix, checkpoint.ignore, parts[0].name)

    with ExitStack() as stack:
        client = stack.enter_context(Client(patience or Patience()))
        at = Workplace(client, stack, cache, lock)
        if checkpoint.container == "safetensors-index":
            return ReadResult(*read_shards(parts, pick, at, base), found)
        # With a mirror beside it nobody knows here which of the two was read.
        paths = [part.locations[0].path for part in parts if len(part.locations) == 1]
        here = [path for path in paths if path is not None]
        files = tuple(here) if len(here) == len(parts) else ()
        return ReadResult(*read_single(parts, checkpoint.keys, pick, at), found, files)
