"""Hooks on a network's calls that find out step and conditions, and give c its edit."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.instrument.steps import Steps
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.diffusers.places import change_c
from semantic_bottleneck.models.layouts import Layout

Change = Callable[[Tensor], Tensor]
EditAt = Callable[[int], Callable[[Any, Sequence[int], float], Change | None] | None]
Half = Literal["first half", "second half"] | None


class Calls:
    """The edit of each call, in order.

    Args:
        edit_at: of `sampling.edits.edit_at`.
    """

    def __init__(self, edit_at: EditAt, steps: Steps, null_label: int | None) -> None:
        self._edit_at, self._steps, self._null_label = edit_at, steps, null_label
        self._first, self._trajectory, self._samples = 0, 0, 0

    def edit(self, timesteps: Tensor, labels: Tensor | ConditionRows) -> Change | None:
        """Of a call with these times (any shape) and conditions, one for each row of c.

        Samples are counted on from one trajectory to the next.

        Raises:
            UserError: the call has several times.
        """
        low, high = float(timesteps.min()), float(timesteps.max())
        if low != high:
            raise UserError(
                f"A call has timesteps from {low:g} to {high:g}, and so no step of its own; give all rows the same one."
            )
        step = self._steps.at(high)
        if self._steps.trajectory != self._trajectory:
            self._first += self._samples
            self._trajectory = self._steps.trajectory
        self._samples = self._sampled(labels)
        edit = self._edit_at(step)
        return None if edit is None else edit(labels, range(self._first, self._first + self._samples), high)

    def _sampled(self, labels: Tensor | ConditionRows) -> int:
        """Samples of a call: half its rows where the other half is their null conditions."""
        if isinstance(labels, Tensor):
            rows = len(labels)
            null = 0 if self._null_label is None else int(labels.eq(self._null_label).sum())
        else:
            rows = len(next(iter(labels.values())))
            present = labels.get("present")
            null = 0 if present is None else int(present.eq(0).sum())
        return rows // 2 if 2 * null == rows else rows


def hook_own(network: nn.Module, calls: Calls) -> list[RemovableHandle]:
    """For a network of ours, which takes an edit of c as an argument."""

    def before(module: nn.Module, args: tuple, kwargs: Mapping[str, Any]) -> tuple[tuple, dict[str, Any]]:
        given = inspect.signature(module.forward).bind(*args, **kwargs).arguments
        return args, {**kwargs, "edit": calls.edit(given["t"], given["y"])}

    return [network.register_forward_pre_hook(before, with_kwargs=True)]


def hook_diffusers(network: nn.Module, layout: Layout, unconditional: Half, calls: Calls) -> list[RemovableHandle]:
    """For a transformer of diffusers, whose c is changed where it is made or taken."""
    change: Change | None = None

    def before(module: nn.Module, args: tuple, kwargs: Mapping[str, Any]) -> None:
        nonlocal change
        given = inspect.signature(module.forward).bind(*args, **kwargs).arguments
        change = calls.edit(torch.as_tensor(given[layout.timestep]), _conditions(given, layout, unconditional))

    handle = network.register_forward_pre_hook(before, with_kwargs=True)
    return [handle, *change_c(network, layout, lambda c: c if change is None else change(c))]


def _conditions(given: Mapping[str, Any], layout: Layout, unconditional: Half) -> Tensor | ConditionRows:
    """Labels, or rows that say which of them are null."""
    if layout.labels:
        return given[layout.labels]
    latents = given["hidden_states"]
    rows = torch.arange(len(latents), device=latents.device)
    if unconditional is None:
        return ConditionRows(row=rows)
    first = rows < len(rows) / 2
    return ConditionRows(row=rows, present=(~first if unconditional == "first half" else first).to(torch.float32))
