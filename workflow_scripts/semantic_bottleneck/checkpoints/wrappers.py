"""Names of tensors as wrapped networks save them, and the network's own names."""

from collections.abc import Iterable

OUTERMOST = "module"
"""DataParallel, DistributedDataParallel, AveragedModel, DeepSpeed. A network may have a `module` of its own further in."""
PRIVATE = frozenset({"_orig_mod", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module"})
"""torch.compile, FullyShardedDataParallel (now and before torch 1.13) and activation checkpointing, around any part."""
COUNTER = "n_averaged"
"""AveragedModel's own tensor, which stands beside the `module.` it wraps."""


def unwrapped(name: str) -> str:
    """`name` without what wrappers added: OUTERMOST at its beginning, PRIVATE anywhere."""
    parts = [part for part in name.split(".") if part not in PRIVATE]
    while len(parts) > 1 and parts[0] == OUTERMOST:
        del parts[0]
    return ".".join(parts)


def own_names(names: Iterable[str], prefix: str) -> dict[str, list[str]]:
    """The network's own names, without `prefix` and wrappers, each with the names in the file that mean it.

    Names without the prefix belong to another network and are left out. A prefix may stand inside or outside of a wrapper
    (`model._orig_mod.`, `_orig_mod.model.`), and may be the wrapper itself.
    """
    names = list(names)
    found = {name: unwrapped(behind(prefix, name)) for name in names if name.startswith(prefix)}
    if not found:
        inner = unwrapped(prefix)
        bare = {name: unwrapped(name) for name in names}
        bare = {name: own for name, own in bare.items() if own != name and own.startswith(inner)}
        found = {name: unwrapped(behind(inner, own)) for name, own in bare.items()}
    own: dict[str, list[str]] = {}
    for name, short in found.items():
        own.setdefault(short, []).append(name)
    if any(OUTERMOST in name.split(".") for name in found):
        own.pop(COUNTER, None)
    return own


def behind(prefix: str, name: str) -> str:
    """What follows the prefix, which may lack its last dot."""
    return name.removeprefix(prefix).removeprefix(".") if prefix else name
