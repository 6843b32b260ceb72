"""What a network is conditioned on: the timestep embedding, the condition embedding and their combination."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor


class Condition(NamedTuple):
    """`t`, `y` and `c`, each (N, D) float32; `c` is what the network's layers receive.

    c = t + y everywhere except AudioLDM, whose c = [t, y] is (N, 2D).
    """

    t: Tensor
    y: Tensor
    c: Tensor


Edit = Callable[[Tensor], Tensor] | None
"""A function (N, D) -> (N, D) applied once to c before anything consumes it: where pruning touches a model."""
