"""Networks filled by the recipe, run on stored inputs, with a look at what passes between their layers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from semantic_bottleneck.models.embedders import sinusoid
from semantic_bottleneck.sampling.guidance import combine, scale_at
from tests.golden import recipe
from tests.parity.comparison import Comparison, compare
from tests.sections import guidance_of

TOLERANCE = 1e-5
"""Relative to the largest magnitude: what the reference pages suggest (about 1e-6 is seen)."""

FLOAT32_STEP = 2.0**-24
GUIDED_STEPS = 1000
"""The diffusion steps that `scale_at` counts times in."""


DEVICE = {"name": "cpu"}
"""Where networks run and stored inputs go; `python -m tests.parity --device` sets it."""


def filled(network: nn.Module) -> nn.Module:
    """The network on the device, in eval mode, with the recipe's weights (integer buffers stay as computed)."""
    recipe.fill_state_dict(network.state_dict())
    return network.to(DEVICE["name"]).eval()


def tensor(arrays: Mapping[str, np.ndarray], name: str) -> Tensor:
    """One stored array as a tensor of the same type on the device."""
    return torch.from_numpy(np.ascontiguousarray(arrays[name])).to(DEVICE["name"])


def given(arrays: Mapping[str, np.ndarray], config: dict, name: str) -> Tensor:
    """An input: stored, or where it is too large for that made by its rule and checked against its first values.

    Raises ValueError where the rule does not make the values the file was made with.
    """
    if name in arrays:
        return tensor(arrays, name)
    entry = config["generated_inputs"][name]
    values = recipe.generator(entry["key"]).standard_normal(tuple(entry["shape"]), dtype=np.float32)
    if "divided by its L2 norm over the last axis" in entry["rule"]:
        values = values / np.linalg.norm(values, axis=-1, keepdims=True)
    check = arrays[f"check_{name}"]
    if not np.allclose(values.reshape(-1)[: check.size], check, rtol=1e-6, atol=1e-7):
        raise ValueError(f"the rule of generated input {name} does not give its first values check_{name}")
    return torch.from_numpy(values).to(DEVICE["name"])


def compare_sinusoid(name: str, t: Tensor, stored: np.ndarray) -> Comparison:
    """Timestep features; the last bit of a float32 frequency, in which processors differ, turns the angle by t * 2^-24."""
    tolerance = TOLERANCE + float(t.abs().max()) * FLOAT32_STEP
    return compare(name, sinusoid(t, stored.shape[1]), stored, tolerance)


def compare_condition(network: Any, t: Tensor, y: Any, arrays: Mapping[str, np.ndarray], names: str) -> Iterator[Comparison]:
    """t, y and c of `network.condition` beside the three stored arrays called `names`."""
    for name, value in zip(names.split(), vars(network.condition(t, y)).values(), strict=True):
        yield compare(name, value, arrays[name], TOLERANCE)


def guided_output(
    conditional: Tensor, unconditional: Tensor, t: Tensor, guidance: Mapping, steps: int = GUIDED_STEPS
) -> Tensor:
    """(2n, C, H, W): both halves of the official guided forward, each sample with the scale of its own time t (n,).

    The second half differs in the unguided channels only, which stay the unconditional ones.
    """
    channels, halves = guidance.get("channels"), ([], [])
    for i, time in enumerate(t.tolist()):
        row = slice(i, i + 1)
        first = combine(
            conditional[row], unconditional[row], scale_at(guidance_of(guidance), time * GUIDED_STEPS / steps), channels
        )
        rest = unconditional[row, channels:] if channels is not None else first[:, :0]
        halves[0].append(first)
        halves[1].append(torch.cat([first[:, :channels], rest], dim=1))
    return torch.cat([*halves[0], *halves[1]])


class Watch:
    """Records inputs or outputs of named submodules while a network runs."""

    def __init__(self, network: nn.Module, places: Mapping[str, str]) -> None:
        """`places`: array name -> submodule path, with "<" before it for the submodule's first input."""
        self.seen: dict[str, Tensor] = {}
        self.handles = []
        for name, place in places.items():
            module = network.get_submodule(place.removeprefix("<"))
            if place.startswith("<"):
                self.handles.append(module.register_forward_pre_hook(self._keep_input(name)))
            else:
                self.handles.append(module.register_forward_hook(self._keep_output(name)))

    def _keep_input(self, name: str) -> Callable:
        def hook(_module: nn.Module, inputs: tuple) -> None:
            self.seen[name] = inputs[0].detach().clone()

        return hook

    def _keep_output(self, name: str) -> Callable:
        def hook(_module: nn.Module, _inputs: tuple, output: Tensor) -> None:
            self.seen[name] = output.detach().clone()

        return hook

    def stop(self) -> None:
        """Record no further run."""
        for handle in self.handles:
            handle.remove()

    def compare(self, arrays: Mapping[str, np.ndarray], tolerance: float = TOLERANCE) -> Iterator[Comparison]:
        """What was seen beside what is stored."""
        for name, value in self.seen.items():
            yield compare(name, value, arrays[name], tolerance)
