"""Tensors of a checkpoint into a network: strictly, and with one sentence where they do not fit."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from semantic_bottleneck.checkpoints.listing import plain
from semantic_bottleneck.checkpoints.selection import nearest
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.registry import build_conditioner, build_network

ARCHITECTURE_HINTS = (
    ("final_layer.linear.", "learn_sigma, in_channels or patch_size"),
    ("x_embedder.proj.", "in_channels, patch_size or hidden_size"),
    ("y_embedder.", "num_classes or hidden_size"),
    ("label_emb.", "num_classes or hidden_size"),
    ("pos_embed", "input_size, patch_size or hidden_size"),
    ("decoder_pos_embed", "input_size, patch_size or hidden_size"),
    ("projectors.", "projector_dims or projector_width"),
    ("time_text_embed.text_embedder.linear_1.", "pooled_size or hidden_size"),
    ("class_embedding.", "class_size or hidden_size"),
    ("blocks.", "depth, hidden_size or mlp_ratio"),
    ("en_inblocks.", "depth, decode_layer or hidden_size"),
    ("en_outblocks.", "depth, decode_layer or hidden_size"),
    ("de_blocks.", "depth, decode_layer or hidden_size"),
    ("t_embedder.", "hidden_size"),
)
"""Tensor prefix -> the architecture keys its shape depends on."""


def load_strict(
    module: nn.Module,
    state_dict: Mapping[str, Tensor],
    *,
    file: str,
    card: str,
    ignore: Sequence[str] = (),
    available: Iterable[str] | None = None,
) -> None:
    """Put every tensor of `state_dict` into `module` (in place), floats as the module's type.

    A module on the meta device takes the tensors over without a copy. `ignore`: name patterns (fnmatch) that may be
    present and are not needed. `available`: all names of the file, where `state_dict` is a part of it. Raises UserError,
    naming tensor, `file` and `card`, for a missing, extra or misshaped tensor, one of the wrong kind (integer for float),
    and one with NaN or infinite values; `module` is then unchanged.
    """
    wanted = module.state_dict()
    given = {
        name: tensor
        for name, tensor in state_dict.items()
        if name in wanted or not any(fnmatch.fnmatchcase(name, pattern) for pattern in ignore)
    }
    where = f"in {file} (model card {card})"
    for name, target in wanted.items():
        if name not in given:
            some = any(each in given for each in wanted)
            raise _missing(name, state_dict if available is None else available, where, some)
        _check_tensor(name, given[name], target, where)
    extra = next((name for name in given if name not in wanted), None)
    if extra is not None:
        raise UserError(
            f"Tensor {plain(extra)} {where} has no place in the network: add it to checkpoint.ignore if it is not needed"
            f"{_hint(extra, ', otherwise check')}."
        )
    ready = {name: given[name].to(target.dtype) for name, target in wanted.items()}
    module.load_state_dict(ready, strict=True, assign=any(tensor.is_meta for tensor in wanted.values()))


def load_network(family: str, architecture: Mapping, state_dict: Mapping[str, Tensor], **where) -> nn.Module:
    """A network in eval mode holding `state_dict`; `where` = file, card, ignore and available of `load_strict`.

    Built without memory of its own, so the peak is one copy of the weights.
    """
    network = build_network(family, architecture, device="meta")
    load_strict(network, state_dict, **where)
    return network.eval()


def load_conditioner(family: str, architecture: Mapping, state_dict: Mapping[str, Tensor], **where) -> nn.Module:
    """As `load_network` for the part that makes t, y and c."""
    conditioner = build_conditioner(family, architecture, device="meta")
    load_strict(conditioner, state_dict, **where)
    return conditioner.eval()


def _missing(name: str, available: Iterable[str], where: str, some: bool) -> UserError:
    """`some`: other tensors of the network are there, so names are read rightly and the file or the architecture is wrong."""
    available = list(available)
    prefixes = [each.removesuffix(name) for each in available if each.endswith(f".{name}")]
    if some:
        fix = _hint(name, "check") or "take another file"
    elif prefixes:
        fix = f"write checkpoint.prefix: {' or '.join(map(plain, prefixes[:3]))} in the card"
    else:
        fix = "correct checkpoint.keys or checkpoint.prefix of the card"
    return UserError(f"Tensor {name} is missing {where}; {nearest(name, available)}: {fix}.")


def _check_tensor(name: str, tensor: Tensor, target: Tensor, where: str) -> None:
    if tensor.shape != target.shape:
        shapes = f"has shape {list(tensor.shape)} where {list(target.shape)} is expected"
        raise UserError(f"Tensor {name} {where} {shapes}{_hint(name)}.")
    if tensor.is_floating_point() != target.is_floating_point():
        raise UserError(f"Tensor {name} {where} holds {tensor.dtype} where {target.dtype} is expected: take another file.")
    if tensor.is_floating_point() and not torch.isfinite(tensor).all():
        raise UserError(f"Tensor {name} {where} holds NaN or infinite values: fetch the file again or take another one.")


def _hint(name: str, lead: str = ": check") -> str:
    keys = next((keys for prefix, keys in ARCHITECTURE_HINTS if name.startswith(prefix)), None)
    return f"{lead} architecture.{keys} of the card" if keys else ""
