"""Where c passes through a module of diffusers, and hooks that change it there."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.layouts import LAYOUTS, Layout


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
