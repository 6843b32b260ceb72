"""Sharded safetensors: an index that says which file beside it holds which tensor."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from torch import Tensor

from semantic_bottleneck.checkpoints.parts import Part
from semantic_bottleneck.checkpoints.single import Workplace, read_single
from semantic_bottleneck.checkpoints.small import read_small
from semantic_bottleneck.checkpoints.sources import locate, sibling
from semantic_bottleneck.errors import UserError


def read_shards(
    parts: Sequence[Part], choose: Callable[[Iterable[str]], dict[str, str]], at: Workplace, base: Path
) -> tuple[dict[str, Tensor], dict[str, str | int]]:
    """The tensors `choose` picks from the shards of the index at `parts[0]`; only the shards that hold one are opened.

    Raises:
        UserError: the index is damaged, a shard lacks a tensor, or see `read_tensors`.
    """
    index = parts[0]
    weight_map = parse_index(read_small(index, at.client), index.name)
    chosen = choose(weight_map)
    tensors: dict[str, Tensor] = {}
    containers: set[str] = set()
    sources, size = [index.name], 0
    for shard in sorted({weight_map[original] for original in chosen.values()}):
        part = shard_part(index, shard, base)
        wanted = {name: original for name, original in chosen.items() if weight_map[original] == shard}
        found, provenance = read_single([part], (), _picker(wanted, part.name), at)
        tensors |= found
        sources.append(str(provenance["checkpoint_source"]))
        size += int(provenance["checkpoint_size"])
        containers.add(str(provenance["checkpoint_container"]))
    provenance = {
        "checkpoint_container": f"sharded {' '.join(sorted(containers))}",
        "checkpoint_source": " ".join(sources),
        "checkpoint_size": size,
    }
    return {name: tensors[name] for name in chosen}, provenance


def shard_part(index: Part, shard: str, base: Path) -> Part:
    """The file called `shard` beside an index, at each of the index's addresses."""
    locations = tuple(
        locate(sibling(each.address, shard), base, insecure=each.insecure, private=each.private) for each in index.locations
    )
    return Part(locations, None, None)


def parse_index(content: bytes, file: str) -> dict[str, str]:
    """Shard file by tensor name, from an index's `weight_map`.

    Raises:
        UserError: it is no such JSON.
    """
    try:
        weight_map = json.loads(content)["weight_map"]
        if weight_map and all(isinstance(shard, str) for shard in weight_map.values()):
            return weight_map
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    raise UserError(
        f"{file} is no index of safetensors shards (JSON with a weight_map); correct the url or container in the card."
    )


def _picker(wanted: dict[str, str], file: str) -> Callable[[Iterable[str]], dict[str, str]]:
    def pick(available: Iterable[str]) -> dict[str, str]:
        missing = next((original for original in wanted.values() if original not in available), None)
        if missing is not None:
            raise UserError(f"{file} has no tensor {missing!r} although the index says so; get the release again.")
        return wanted

    return pick
