"""What a network is conditioned on: the timestep embedding, the condition embedding and their combination."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from semantic_bottleneck.arrays import Float


@dataclass(frozen=True)
class Condition:
    """`t`, `y` and `c`, each (N, D) float32; `c` is what the network's layers receive.

    c = t + y everywhere except AudioLDM, whose c = [t, y] is (N, 2D). Where nothing of the condition enters c, y is None.
    """

    t: Float[Tensor, "samples dimensions"]
    y: Float[Tensor, "samples dimensions"] | None
    c: Float[Tensor, "samples width"]


Edit = Callable[[Tensor], Tensor] | None
"""A function (N, D) -> (N, D) applied once to c before anything consumes it: where pruning touches a model."""
