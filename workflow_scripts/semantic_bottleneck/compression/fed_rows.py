"""Every (timestep, condition) that a sampler feeds to a class-conditional network: the distribution that AdaLN is fitted on.

For a fixed sampler the set is complete, so a fit on all of it leaves nothing out.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from semantic_bottleneck.arrays import Bool, Float32, Float64, Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.low_rank import modulated_layers
from semantic_bottleneck.sampling.calls import network_calls
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required


@dataclass(frozen=True)
class FedRows:
    """One row for each pair, ordered by time and then by label.

    Attributes:
        times: as the network takes them.
        labels: of the label table; the null row among them where a time is guided.
    """

    times: Float32[Tensor, " rows"]
    labels: Int64[Tensor, " rows"]

    def __len__(self) -> int:
        return len(self.times)

    def where(self, rows: Bool[Tensor, " rows"]) -> "FedRows":
        """Some of the rows."""
        return FedRows(self.times[rows], self.labels[rows])


def fed_rows(card: Card) -> FedRows:
    """All rows of a card's sampler, its classes and, where a step is guided, the null label.

    Raises:
        UserError: the conditions are no classes, or the sampler chooses its times as it goes.
    """
    if card.classes is None:
        raise UserError(f"compress.models names '{card.name}', whose conditions are no classes; take it out.")
    steps = network_calls(required(card.sampler), card.guidance)
    if steps is None:
        raise UserError(
            f"compress.models names '{card.name}', whose sampler {required(card.sampler).name} chooses its times for each "
            "sample, so there is no set of rows to fit on; extend the card with a sampler of fixed steps."
        )
    guided: dict[float, bool] = {}
    for t, is_guided in (call for calls in steps for call in calls):
        time = float(torch.tensor(t, dtype=torch.float32))
        guided[time] = guided.get(time, False) or is_guided
    rows = [(time, label) for time in sorted(guided) for label in range(card.classes + guided[time])]
    times, labels = zip(*rows, strict=True)
    return FedRows(torch.tensor(times, dtype=torch.float32), torch.tensor(labels))


@torch.inference_mode()
def modulation_inputs(network: Any, rows: FedRows) -> Float64[Tensor, "rows dimensions"]:
    """What every AdaLN's linear map is given for these rows, SiLU(c), in float64."""
    c = network.condition(rows.times, rows.labels).c
    return next(iter(modulated_layers(network).values())).adaLN_modulation[0](c).double()
