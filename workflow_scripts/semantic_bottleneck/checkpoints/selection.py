"""Which tensors of a file are meant: outer keys, prefix, and the names asked for."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import torch

from semantic_bottleneck.checkpoints.listing import listing
from semantic_bottleneck.errors import UserError

Names = Sequence[str] | Callable[[list[str]], list[str]] | None


def unwrap(tree: object, keys: Iterable[str], file: str) -> tuple[str, dict[str, torch.Tensor]]:
    """The state dict under the first of `keys` that is present, else the object itself; and that key ('' for itself).

    A trainer's own file wraps the weights (`ema`, `model`) where the released file often is the plain state dict;
    entries that are no tensors (counters, options) are left out.

    Raises:
        UserError: no state dict is there; the sentence lists what is.
    """
    keys = list(keys)
    if isinstance(tree, Mapping):
        outer = next((key for key in keys if key in tree), "")
        inner = tree[outer] if outer else tree
        if isinstance(inner, Mapping):
            tensors = {
                name: value for name, value in inner.items() if isinstance(name, str) and isinstance(value, torch.Tensor)
            }
            if tensors:
                return outer, tensors
        held = listing(tree)
    else:
        held = f"a {type(tree).__name__}"
    wanted = f"under {' or '.join(keys)}" if keys else "at the top"
    raise UserError(f"{file} has no state dict {wanted}: it holds {held}; correct checkpoint.keys in the card.")


def choose(available: Iterable[str], names: Names, prefix: str, ignore: Iterable[str], file: str) -> dict[str, str]:
    """Maps each wanted name, without `prefix`, to its name in the file.

    `names` None means all but those matching a pattern of `ignore` (fnmatch); a function gets the sorted list of names.
    With a prefix, tensors that lack it belong to another network and are left out.

    Raises:
        UserError: a wanted name, or any name with the prefix, is absent.
    """
    originals = {name.removeprefix(prefix): name for name in available if name.startswith(prefix)}
    if not originals:
        raise UserError(f"{file} has no tensor whose name begins with {prefix!r}; correct checkpoint.prefix in the card.")
    if names is None:
        ignore = list(ignore)
        wanted = [name for name in originals if not any(fnmatchcase(name, pattern) for pattern in ignore)]
    else:
        wanted = list(dict.fromkeys(names(sorted(originals)) if callable(names) else names))
    missing = next((name for name in wanted if name not in originals), None)
    if missing is not None:
        near = difflib.get_close_matches(missing, list(originals), n=1, cutoff=0.0)[0]
        raise UserError(
            f"{file} has no tensor {missing!r} (the nearest name is {near!r}); correct checkpoint.keys or checkpoint.prefix "
            "in the card."
        )
    return {name: originals[name] for name in wanted}
