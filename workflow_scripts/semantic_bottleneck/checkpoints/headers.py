"""What a checkpoint holds, by name and shape, without reading a value."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from semantic_bottleneck.checkpoints.containers import Container, open_container
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.opening import open_parts
from semantic_bottleneck.checkpoints.parts import Part, parts_of
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.ranges import WholeFileNeededError
from semantic_bottleneck.checkpoints.shards import parse_index, shard_part
from semantic_bottleneck.checkpoints.single import Workplace
from semantic_bottleneck.checkpoints.small import read_small
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.checkpoints.whole import open_whole
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.checkpoint import file_at

Shapes = Mapping[str, tuple[int, ...]]
"""Tensor name -> shape."""
INDEX = ".index.json"


@dataclass(frozen=True)
class Headers:
    """A checkpoint's names and shapes.

    `container` is the card's word for it, `size` its bytes (of an index: of all shards), `state_dicts` the shapes by tensor
    name under each outer key ('' for the top).
    """

    container: str
    size: int
    state_dicts: Mapping[str, Shapes]


def read_headers(addresses: Sequence[str], base: Path, patience: Patience | None = None) -> Headers:
    """Names and shapes of all tensors of one checkpoint; of a file on a server only its directory travels.

    Args:
        addresses: as in a card's `checkpoint.files`: one file, an index of shards, or the parts of a split file in order.
        base: where relative paths start.

    Raises:
        UserError: the file cannot be had, is no checkpoint or damaged, or its server gives it only as a whole.
    """
    parts = parts_of([file_at(address) for address in addresses], base)
    with ExitStack() as stack:
        at = Workplace(stack.enter_context(Client(patience or Patience())), stack, None, None)
        if _is_index(parts[0].locations[0]):
            return _of_shards(parts[0], at, base)
        container, size = _opened(parts, at)
        found = {outer: _shapes(container, outer) for outer in container.outer_keys()}
        if not found:
            _shapes(container, "")  # says what the file holds instead
        return Headers("safetensors" if container.kind == "safetensors" else "pt", size, found)


def _is_index(location: Location) -> bool:
    return (location.path.name if location.path else urlsplit(location.url or "").path).endswith(INDEX)


def _of_shards(index: Part, at: Workplace, base: Path) -> Headers:
    weight_map = parse_index(read_small(index, at.client), index.name)
    shapes: dict[str, tuple[int, ...]] = {}
    size = 0
    for shard in sorted(set(weight_map.values())):
        container, count = _opened([shard_part(index, shard, base)], at)
        shapes |= _shapes(container, "")
        size += count
    return Headers("safetensors-index", size, {"": shapes})


def _opened(parts: Sequence[Part], at: Workplace) -> tuple[Container, int]:
    """A reader of the parts, and their bytes."""
    try:
        source = open_parts(parts, at.client, at.stack)
        return open_container(source), source.size
    except WholeFileNeededError as reason:
        path = parts[0].locations[0].path
        if path is None or len(parts) > 1:
            raise UserError(f"{reason}, so only the whole file could be read; fetch it and give its path instead.") from None
        return open_whole(path, parts[0], lambda: at.scratch, at.stack), path.stat().st_size


def _shapes(container: Container, outer: str) -> dict[str, tuple[int, ...]]:
    _, layouts = container.layouts([outer] if outer else [])
    return {name: layout.shape for name, layout in layouts.items()}
