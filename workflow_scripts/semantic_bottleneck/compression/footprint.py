"""What a network takes on a device, whole, factorised or with its modulations computed beforehand."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from semantic_bottleneck.compression.fed_rows import FedRows
from semantic_bottleneck.compression.peak import peak_bytes
from semantic_bottleneck.compression.tables import RowNumbers, exact_tables, looked_up
from semantic_bottleneck.models.low_rank import modulated_layers
from semantic_bottleneck.pruning.adaln_cost import fastest


@dataclass(frozen=True)
class Footprint:
    """Of one network and batch.

    Attributes:
        batch: rows of an evaluation.
        parameters: numbers that must be on the device, a table's included.
        adaln: those of them that are AdaLN's, or the table's.
        bytes: of all of them.
        peak_bytes: most that the device's allocator held while the weights were put there and one evaluation ran.
        seconds: of the fastest of several evaluations.
    """

    batch: int
    parameters: int
    adaln: int
    bytes: int
    peak_bytes: int
    seconds: float


@dataclass(frozen=True)
class Placed:
    """A network on the host, how it gets onto a device, and the time and label of what is evaluated."""

    network: Any
    place: Callable[[str], Any]
    time: float
    label: int


def whole(network: Any, rows: FedRows) -> Placed:
    """The network as it is, dense or factorised; on the host."""
    return Placed(network, lambda device: deepcopy(network).to(device), float(rows.times[0]), 0)


def precomputed(network: Any, rows: FedRows, label: int) -> Placed:
    """The same with the modulations of one label's trajectory computed on the host: AdaLN and embedders stay there."""
    null = network.num_classes
    own = rows.where((rows.labels == label) | (rows.labels == null))
    with looked_up(network, own, exact_tables(network, own)):
        lean = deepcopy(network)
    del lean.t_embedder, lean.y_embedder

    def place(device: str) -> Any:
        placed = deepcopy(lean).to(device)
        placed.condition = RowNumbers(own, device)
        return placed

    return Placed(lean, place, float(own.times[0]), label)


@torch.inference_mode()
def measure(placed: Placed, latent_shape: tuple[int, ...], batch: int, device: str) -> Footprint:
    """Weights are copied to the device within the measurement, so that they count; on a CPU, which is host and device, too."""
    held = [*placed.network.parameters(), *placed.network.buffers()]
    layers = modulated_layers(placed.network).values()
    adaln = [tensor for layer in layers for tensor in (*layer.adaLN_modulation.parameters(), *layer.adaLN_modulation.buffers())]

    def ready(network: Any) -> Callable[[], Tensor]:
        x = torch.full((batch, *latent_shape), 0.1, device=device)
        t = torch.full((batch,), placed.time, device=device)
        y = torch.full((batch,), placed.label, device=device)
        return lambda: network(x, t, y)

    def once() -> None:
        ready(placed.place(device))()

    once()  # what libraries allocate for themselves at their first call
    return Footprint(
        batch=batch,
        parameters=sum(tensor.numel() for tensor in held),
        adaln=sum(tensor.numel() for tensor in adaln),
        bytes=sum(tensor.numel() * tensor.element_size() for tensor in held),
        peak_bytes=peak_bytes(once, device),
        seconds=fastest(ready(placed.place(device)), device),
    )
