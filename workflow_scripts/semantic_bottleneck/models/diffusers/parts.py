"""The layers that these conditioners are built of, at the places that the files name."""

from typing import Any

from torch import Tensor, nn

from semantic_bottleneck.arrays import Float, Num
from semantic_bottleneck.models.embedders import sinusoid


class TwoLinears(nn.Module):
    """Linear, SiLU, Linear; tensors `<name>.*` of the two `names`.

    inner_size: width between the two, the width of the output without it.
    """

    def __init__(
        self,
        features: int,
        hidden_size: int,
        inner_size: int | None = None,
        names: tuple[str, str] = ("linear_1", "linear_2"),
    ) -> None:
        super().__init__()
        self.features, self.names = features, names
        first, second = names
        self.add_module(first, nn.Linear(features, inner_size or hidden_size))
        self.add_module(second, nn.Linear(inner_size or hidden_size, hidden_size))

    def forward(self, x: Float[Tensor, "samples features"]) -> Float[Tensor, "samples dimensions"]:
        first, second = (self.get_submodule(name) for name in self.names)
        return second(nn.functional.silu(first(x)))


class Sinusoid(TwoLinears):
    """The same on the sinusoid of (scale * t); tensors as of `TwoLinears`. `shift`: see `embedders.sinusoid`."""

    def __init__(self, features: int, hidden_size: int, scale: float = 1.0, shift: int = 0, **options: Any) -> None:
        super().__init__(features, hidden_size, **options)
        self.scale, self.shift = scale, shift

    def forward(self, t: Num[Tensor, " samples"]) -> Float[Tensor, "samples dimensions"]:
        """Times (N,), integer or float -> (N, hidden_size)."""
        return super().forward(sinusoid(t * self.scale, self.features, self.shift))


def place(module: nn.Module, path: str, part: nn.Module) -> None:
    """Register `part` below `module` (in place) so that its tensors' names begin with the dotted `path`."""
    *folders, name = path.split(".")
    for folder in folders:
        if folder not in module._modules:
            module.add_module(folder, nn.Module())
        module = module.get_submodule(folder)
    module.add_module(name, part)
