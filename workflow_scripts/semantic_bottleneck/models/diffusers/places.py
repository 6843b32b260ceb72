"""Where c passes through a module of diffusers, and hooks that change it there."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from semantic_bottleneck.models.layouts import Layout


def change_c(module: nn.Module, layout: Layout, change: Callable[[Tensor], Tensor]) -> list[RemovableHandle]:
    """Hooks after which every layer of `module` that takes c takes `change(c)`; the caller removes them."""

    def made(_module: nn.Module, _given: Any, output: Any) -> Any:
        return (change(output[0]), *output[1:]) if isinstance(output, tuple) else change(output)

    def taken(_module: nn.Module, given: tuple) -> tuple:
        return (change(given[0]), *given[1:])

    handles = []
    for name, part in module.named_modules():
        if any(fnmatchcase(name, pattern) for pattern in layout.makers):
            handles.append(part.register_forward_hook(made))
        if any(fnmatchcase(name, pattern) for pattern in layout.takers):
            handles.append(part.register_forward_pre_hook(taken))
    return handles
