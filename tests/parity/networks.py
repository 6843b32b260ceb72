"""Networks filled by the recipe, run on stored inputs, with a look at what passes between their layers."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from tests.golden import recipe
from tests.parity.comparison import Comparison, compare

TOLERANCE = 1e-5
"""Relative to the largest magnitude: what the reference pages suggest (about 1e-6 is seen)."""


def filled(network: nn.Module) -> nn.Module:
    """The network in eval mode with the recipe's weights (integer buffers stay as computed)."""
    recipe.fill_state_dict(network.state_dict())
    return network.eval()


def tensor(arrays: Mapping[str, np.ndarray], name: str) -> Tensor:
    """One stored array as a tensor of the same type."""
    return torch.from_numpy(np.ascontiguousarray(arrays[name]))


def generated(config: dict, name: str, arrays: Mapping[str, np.ndarray]) -> Tensor:
    """An input too large to store, made by its rule and checked against its first values."""
    entry = config["generated_inputs"][name]
    values = recipe.generator(entry["key"]).standard_normal(tuple(entry["shape"]), dtype=np.float32)
    if "norm" in entry["rule"].split(";")[-1] and ";" in entry["rule"]:
        values = values / np.linalg.norm(values, axis=-1, keepdims=True)
    check = arrays[f"check_{name}"]
    np.testing.assert_allclose(values.reshape(-1)[: check.size], check, rtol=1e-6, err_msg=f"generated input {name}")
    return torch.from_numpy(values)


class Watch:
    """Records inputs or outputs of named submodules while a network runs."""

    def __init__(self, network: nn.Module, places: Mapping[str, str]) -> None:
        """`places`: array name -> submodule path, with "<" before it for the submodule's first input."""
        self.seen: dict[str, Tensor] = {}
        for name, place in places.items():
            module = network.get_submodule(place.removeprefix("<"))
            if place.startswith("<"):
                module.register_forward_pre_hook(self._keep_input(name))
            else:
                module.register_forward_hook(self._keep_output(name))

    def _keep_input(self, name: str) -> Callable:
        def hook(_module: nn.Module, inputs: tuple) -> None:
            self.seen[name] = inputs[0].detach().clone()

        return hook

    def _keep_output(self, name: str) -> Callable:
        def hook(_module: nn.Module, _inputs: tuple, output: Tensor) -> None:
            self.seen[name] = output.detach().clone()

        return hook

    def compare(self, arrays: Mapping[str, np.ndarray], tolerance: float = TOLERANCE) -> Iterator[Comparison]:
        """What was seen beside what is stored."""
        for name, value in self.seen.items():
            yield compare(name, value, arrays[name], tolerance)
