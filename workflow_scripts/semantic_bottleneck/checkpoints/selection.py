"""Which tensors of a file are meant: outer keys, prefix, wrappers, and the names asked for."""

import difflib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import torch

from semantic_bottleneck.checkpoints.listing import listing, plain
from semantic_bottleneck.checkpoints.wrappers import OUTERMOST, behind, own_names
from semantic_bottleneck.errors import UserError

log = logging.getLogger(__name__)

Names = Sequence[str] | Callable[[list[str]], list[str]] | None


def unwrap(tree: object, keys: Iterable[str], file: str) -> tuple[str, dict[str, torch.Tensor]]:
    """The state dict under the first of `keys` that is present, else the object itself; and that key ('' for itself).

    A trainer's own file wraps the weights (`ema`, `model`) where the released file often is the plain state dict;
    entries that are no tensors (counters, options) are left out. DeepSpeed puts the state dict under `module`.

    Raises:
        UserError: no state dict is there; the sentence lists what is.
    """
    keys = list(keys)
    if isinstance(tree, Mapping):
        outer = next((key for key in keys if key in tree), "")
        inner = tree[outer] if outer else tree
        if _is_deepspeed(inner):
            log.info("%s: the state dict lies under %r, as DeepSpeed saves it", file, OUTERMOST)
            outer, inner = f"{outer}.{OUTERMOST}".lstrip("."), inner[OUTERMOST]
        tensors = _tensors(inner)
        if tensors:
            return outer, tensors
        held = listing(tree)
    else:
        held = f"a {type(tree).__name__}"
    wanted = f"under {' or '.join(keys)}" if keys else "at the top"
    raise UserError(f"{file} has no state dict {wanted}: it holds {held}; correct checkpoint.keys in the card.")


def outer_keys(tree: object) -> list[str]:
    """The keys under which a file keeps state dicts, as `unwrap` takes them; '' where tensors lie at the top."""
    if not isinstance(tree, Mapping):
        return []
    inner = [key for key, value in tree.items() if isinstance(key, str) and (_tensors(value) or _is_deepspeed(value))]
    return ([""] if _tensors(tree) else []) + inner


def choose(available: Iterable[str], names: Names, prefix: str, ignore: Iterable[str], file: str) -> dict[str, str]:
    """Maps each wanted name, without `prefix` and without what wrappers added, to its name in the file.

    `names` None means all but those matching a pattern of `ignore` (fnmatch); a function gets the sorted list of names.
    With a prefix, tensors that lack it belong to another network and are left out. What wrappers added is said in the log.

    Raises:
        UserError: a wanted name, or any name with the prefix, is absent, or two tensors are meant by one name.
    """
    available, ignored = list(available), _matcher(ignore)
    own = own_names(available, prefix)
    if not own:
        heads = listing(dict.fromkeys(f"{name.partition('.')[0]}." for name in available))
        raise UserError(
            f"{file} has no tensor whose name begins with {prefix!r} (names begin with {heads}); correct checkpoint.prefix in "
            "the card."
        )
    if names is None:
        wanted = [name for name, originals in own.items() if not ignored(name) and not all(map(ignored, originals))]
    else:
        wanted = list(dict.fromkeys(names(sorted(own)) if callable(names) else names))
    missing = next((name for name in wanted if name not in own), None)
    if missing is not None:
        raise UserError(
            f"{file} has no tensor {missing!r} ({nearest(missing, available)}); correct checkpoint.keys or checkpoint.prefix "
            "in the card."
        )
    chosen = {name: _only(name, own[name], ignored, file) for name in wanted}
    _tell(chosen, prefix, file)
    return chosen


def nearest(missing: str, available: Iterable[str]) -> str:
    """What a file has in place of a tensor: the same name behind a prefix, else the most similar one."""
    available = list(available)
    longer = [name for name in available if name.endswith(f".{missing}")]
    if longer:
        return f"it is there as {listing(longer)}"
    near = difflib.get_close_matches(missing, available, n=1, cutoff=0.0)
    return f"the nearest name is {plain(near[0])!r}" if near else "no tensor of that kind is there"


def _tensors(candidate: object) -> dict[str, torch.Tensor]:
    if not isinstance(candidate, Mapping):
        return {}
    return {name: value for name, value in candidate.items() if isinstance(name, str) and isinstance(value, torch.Tensor)}


def _is_deepspeed(candidate: object) -> bool:
    return isinstance(candidate, Mapping) and [key for key, value in candidate.items() if _tensors(value)] == [OUTERMOST]


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    patterns = list(patterns)
    return lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)


def _only(name: str, found: list[str], ignored: Callable[[str], bool], file: str) -> str:
    """The one tensor that is meant by `name`; ignoring the others by their full names decides between several."""
    kept = [each for each in found if not ignored(each)] if len(found) > 1 else found
    if len(kept) == 1:
        return kept[0]
    raise UserError(
        f"{file} holds {plain(name)} {len(found)} times ({listing(found)}); say in the card which is meant with "
        "checkpoint.prefix, or which is not with a pattern in checkpoint.ignore."
    )


def _tell(chosen: Mapping[str, str], prefix: str, file: str) -> None:
    wrapped = [(own, name) for own, name in chosen.items() if behind(prefix, name) != own]
    if wrapped:
        own, name = wrapped[0]
        log.info(
            "%s: %d of %d tensors carry a wrapper's prefix (DataParallel, torch.compile, FSDP), which is left out: %s is %s",
            *(file, len(wrapped), len(chosen), plain(name, longest=200), plain(own)),
        )
