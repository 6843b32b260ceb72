"""Modulations from a table in place of AdaLN: one row for each (timestep, label) that the sampler feeds to the network.

They depend on nothing else, so the exact table changes rounding alone, and neither AdaLN nor what makes c is needed any more.
The additive table, a part for the timestep and a part for the label, does change them: c is such a sum, SiLU(c) is not.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Float, Float32, Float64
from semantic_bottleneck.compression.fed_rows import FedRows
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.low_rank import modulated_layers

Tables = Mapping[str, Float[Tensor, "rows outputs"]]
"""Name of a modulated layer -> its modulation vectors, one row for each of the fed rows."""


@torch.inference_mode()
def exact_tables(network: Any, rows: FedRows) -> dict[str, Float[Tensor, "rows outputs"]]:
    """The modulations themselves, made in one matrix product a layer, on the network's own device and in its types."""
    device = next(network.parameters()).device
    c = network.condition(rows.times.to(device), rows.labels.to(device)).c
    return {name: _modulation(layer.adaLN_modulation, c) for name, layer in modulated_layers(network).items()}


def _modulation(modulation: nn.Sequential, c: Tensor) -> Tensor:
    # Cast as autocast would: in bf16 the maps are rounded once, while c and its activation are not.
    first = modulation[1]
    assert isinstance(first, nn.Linear)
    return modulation[1:](modulation[0](c).to(first.weight.dtype))


def additive_tables(tables: Tables, rows: FedRows) -> dict[str, Float[Tensor, "rows outputs"]]:
    """The sums of a part for the timestep and a part for the label that come closest, by least squares over the rows."""
    parts = [torch.unique(values, return_inverse=True)[1] for values in (rows.times, rows.labels)]
    design = torch.cat([nn.functional.one_hot(part).double() for part in parts], dim=1)
    projection = design @ torch.linalg.pinv(design)
    return {name: (projection @ table.cpu().double()).to(table) for name, table in tables.items()}


def interaction(exact: Float64[Tensor, "rows outputs"], additive: Float64[Tensor, "rows outputs"]) -> float:
    """Norm of what the additive table misses, divided by that of the exact one minus its mean row."""
    return float(torch.linalg.norm(additive - exact) / torch.linalg.norm(exact - exact.mean(dim=0)))


class TableRow(nn.Module):
    """Stands in for a modulation: its "c" is the number of a table's row, (N, 1), a whole number in float32 as c is."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table: Tensor
        self.register_buffer("table", table, persistent=False)

    def forward(self, row: Float32[Tensor, "samples one"]) -> Float[Tensor, "samples outputs"]:
        """The rows of the table."""
        return self.table[row[:, 0].long()]


class RowNumbers:
    """Stands in for what makes c: (t, label) -> the number of its row as t, y and c."""

    def __init__(self, rows: FedRows, device: str) -> None:
        self.times = torch.unique(rows.times).to(device)
        numbers = torch.full((len(self.times), int(rows.labels.max()) + 1), -1, device=device)
        places = torch.searchsorted(self.times, rows.times.to(device))
        numbers[places, rows.labels.to(device)] = torch.arange(len(rows), device=device)
        self.numbers = numbers

    def __call__(self, t: Tensor, y: Tensor) -> Any:
        """Times (N,) and labels (N,) int64, all of them pairs of the rows."""
        places = torch.searchsorted(self.times, t.to(self.times.dtype)).clamp(max=len(self.times) - 1)
        row = self.numbers[places, y][:, None]
        if not (self.times[places] == t).all() or (row < 0).any():
            raise ValueError("a time or label that no row was computed for")
        number = row.float()
        return Condition(number, number, number)


@contextmanager
def looked_up(network: Any, rows: FedRows, tables: Tables) -> Iterator[nn.Module]:
    """`network` with every modulation read from `tables`; it then takes the pairs of `rows` and no others, and no edit of c."""
    layers = modulated_layers(network)
    maps, own = {name: layer.adaLN_modulation for name, layer in layers.items()}, vars(network).get("condition")
    try:
        for name, layer in layers.items():
            layer.adaLN_modulation = TableRow(tables[name])  # type: ignore[assignment]  # called alike
        network.condition = RowNumbers(rows, str(next(iter(tables.values())).device))
        yield network
    finally:
        for name, layer in layers.items():
            layer.adaLN_modulation = maps[name]
        del network.condition  # the instance's, which hides the method
        if own is not None:
            network.condition = own
