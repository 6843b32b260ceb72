"""From what a user holds to what makes its conditional vectors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.layouts import LAYOUTS, Layout
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.models.registry import conditioner_tensor_names

Given = int | Sequence[int] | np.ndarray | Tensor | Mapping[str, Any] | None
"""Conditions as users write them: see `conditions_for`."""


def network_of(given: Any) -> nn.Module:
    """A module as it is, of a pipeline its `transformer`.

    Raises:
        UserError: it is neither.
    """
    network = given if isinstance(given, nn.Module) else getattr(given, "transformer", None)
    if not isinstance(network, nn.Module):
        raise UserError(f"{type(given).__name__} is no network and has no transformer; give a module or a diffusers pipeline.")
    return network


def layout_for(network: nn.Module) -> Layout | None:
    """The layout of a transformer of diffusers; None for a network of ours, which makes its own c.

    Raises:
        UserError: a module of another kind.
    """
    return None if hasattr(network, "condition") else LAYOUTS[family_of(network)]


def family_of(module: nn.Module) -> str:
    """The family whose layout a module of diffusers has.

    Raises:
        UserError: it has none that is known here.
    """
    name = type(module).__name__
    for family, layout in LAYOUTS.items():
        if name in layout.classes and layout.fits(module.state_dict().keys()):
            return family
    known = ", ".join(each for layout in LAYOUTS.values() for each in layout.classes)
    raise UserError(f"{name} is no transformer whose conditional vector is known here; give one of {known}.")


def conditioner_of(network: nn.Module, **architecture: Any) -> Any:
    """What makes t, y and c: a network of ours itself; of diffusers a module that holds the network's own tensors, in float32.

    Args:
        architecture: keys that no tensor tells, where they differ from what diffusers' pipelines take: `image_size` (PixArt),
            `guidance_scale` (Flux, HunyuanVideo).

    Raises:
        UserError: as `layout_for`; an unknown key.
    """
    layout = layout_for(network)
    if layout is None:
        return network
    tensors, family = network.state_dict(), family_of(network)
    sizes = layout.architecture({name: tuple(tensor.shape) for name, tensor in tensors.items()}) | architecture
    needed = {name: tensors[name] for name in conditioner_tensor_names(family, sizes)}
    return load_conditioner(family, sizes, needed, file=f"this {type(network).__name__}", card=family)


def conditions_for(conditioner: nn.Module, given: Given, enters: str) -> Tensor | ConditionRows:
    """Conditions on the conditioner's device: labels int64 (n,), or rows.

    Args:
        given: labels, or how many classes from 0 on (None: all of the table); pooled text vectors (n, W); or a mapping of a
            conditioner's rows, such as {"text": tokens (n, T, W), "mask": (n, T)}. None where nothing of it enters c.
        enters: what does, for the sentence.

    Raises:
        UserError: conditions are needed and not given.
    """
    device = next(conditioner.parameters()).device
    classes = getattr(conditioner, "num_classes", None)
    if isinstance(given, Mapping):
        return ConditionRows({name: torch.as_tensor(rows, device=device) for name, rows in given.items()})
    if classes is not None:
        labels = torch.arange(classes if given is None else given) if given is None or isinstance(given, int) else given
        return torch.as_tensor(labels, dtype=torch.int64, device=device)
    if not enters:
        return torch.zeros(1, dtype=torch.int64, device=device)
    if given is None or isinstance(given, int):
        raise UserError(
            f"Into c of this network {enters} enters; give conditions, as an array (n, width) or a mapping of rows."
        )
    return ConditionRows({"text": torch.as_tensor(given, dtype=torch.float32, device=device)})
