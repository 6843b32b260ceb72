"""AdaLN off the device for a diffusers pipeline: each trajectory's modulations are computed once, on the host, exactly.

The module that makes the conditional vector c is known by its class; it takes the timestep first, and whatever else it takes (a
pooled prompt, a label, a guidance) stays the same along a trajectory. So its first call tells all the vectors that will come.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from semantic_bottleneck.errors import UserError

SOURCES = (
    "CombinedTimestepLabelEmbeddings",
    "CombinedTimestepTextProjEmbeddings",
    "CombinedTimestepGuidanceTextProjEmbeddings",
)
"""Classes of diffusers whose modules make c: of DiT (one in each block), SD3 and SD3.5, Flux."""
KEPT = 4
"""Trajectories whose tables are kept at one time: pipelines that call once for the prompt and once without need two."""


@contextmanager
def offloaded_modulations(pipeline: Any) -> Iterator[Any]:
    """`pipeline` (a diffusers one of DiT, SD3 or Flux) with the AdaLN maps of its transformer on the host.

    Move the pipeline to its device inside the `with`: the maps then never enter it. At the first call of a trajectory they are
    applied on the host to the vectors of all of the scheduler's timesteps, and the results, one row for each timestep and
    condition, go to the device. Samples change by the rounding between the two devices alone; what is gained is memory, not
    time. On leaving, the maps return to where the rest of the transformer is.

    Raises:
        UserError: the transformer has no AdaLN maps of its own in each block, so there is nothing to gain.
    """
    transformer = pipeline.transformer
    trajectories = {source: _Trajectories(source, pipeline.scheduler) for source in _sources(transformer)}
    if not trajectories:
        raise UserError(
            f"{type(transformer).__name__} has no conditional vector with AdaLN maps in each block that is known here; take "
            "a DiT, SD3 or Flux pipeline."
        )
    owners = list(_owners(transformer, list(trajectories)))
    hooks = []
    try:
        for owner, name, source in owners:
            stand_in = _Looked(getattr(owner, name).to("cpu"), trajectories[source])
            trajectories[source].maps.append(stand_in)
            setattr(owner, name, stand_in)
        hooks = [
            source.register_forward_hook(each.announce, with_kwargs=True, prepend=True) for source, each in trajectories.items()
        ]
        yield pipeline
    finally:
        for hook in hooks:
            hook.remove()
        device = next(transformer.parameters()).device
        for owner, name, _ in owners:
            stand_in = getattr(owner, name)
            if isinstance(stand_in, _Looked):
                setattr(owner, name, stand_in.linear.to(device))


def _sources(transformer: nn.Module) -> list[nn.Module]:
    """The modules that make c, in the order of the blocks."""
    return [module for module in transformer.modules() if type(module).__name__ in SOURCES]


def _owners(transformer: nn.Module, sources: Sequence[nn.Module]) -> Iterator[tuple[nn.Module, str, nn.Module]]:
    """Every module with an AdaLN map, the map's name there, and the source of the c that it is given."""
    for module in transformer.modules():
        if isinstance(getattr(module, "silu", None), nn.SiLU) and isinstance(getattr(module, "linear", None), nn.Linear):
            yield module, "linear", getattr(module, "emb", None) or sources[0]
    if isinstance(getattr(transformer, "proj_out_1", None), nn.Linear):
        yield transformer, "proj_out_1", sources[0]


@dataclass(frozen=True)
class _Rows:
    """Distinct vectors c (R, D) of one trajectory, and the modulations of each map (R, outputs)."""

    c: Tensor
    tables: Sequence[Tensor]

    def find(self, c: Tensor) -> Tensor | None:
        """The row of each of c (N, D); None where one is not among them."""
        if c.dtype != self.c.dtype or c.device != self.c.device:
            return None
        same = (c[:, None] == self.c[None]).all(dim=-1)
        return same.int().argmax(dim=1) if bool(same.any(dim=1).all()) else None


class _Trajectories:
    """What one source makes, the maps that take it, and which rows its latest c are."""

    def __init__(self, source: nn.Module, scheduler: Any) -> None:
        self.source, self.scheduler = source, scheduler
        self.maps: list[_Looked] = []
        self.kept: list[_Rows] = []
        self.rows: Tensor | None = None

    def announce(self, source: nn.Module, arguments: tuple, options: dict[str, Any], c: Tensor) -> None:
        """After a call of the source: find its vectors, or compute the trajectory that begins with them."""
        for rows in self.kept:
            self.rows = rows.find(c)
            if self.rows is not None:
                self.kept = [rows, *(other for other in self.kept if other is not rows)]
                return
        coming = torch.cat([c, *self._along(arguments, options)]).unique(dim=0)
        made = _Rows(coming, [each.on_host(coming) for each in self.maps])
        self.kept, self.rows = [made, *self.kept][:KEPT], made.find(c)

    def _along(self, arguments: tuple, options: dict[str, Any]) -> Iterator[Tensor]:
        """c at all timesteps of the scheduler; none where the call's own is not among them, as with other times."""
        given = options["timestep"] if "timestep" in options else arguments[0]
        times = self.scheduler.timesteps.to(given)
        # Flux's pipeline divides them by 1,000, and its transformer multiplies them again.
        for series in (times, times / 1000 * 1000):
            if (series[:, None] == given[None]).any(dim=0).all():
                for time in series:
                    every = time.expand(len(given))
                    if "timestep" in options:
                        yield self.source.forward(*arguments, **{**options, "timestep": every})
                    else:
                        yield self.source.forward(every, *arguments[1:], **options)
                return


class _Looked(nn.Module):
    """Stands in for an AdaLN map: gives the rows of its table that the latest c have."""

    def __init__(self, linear: nn.Linear, trajectories: _Trajectories) -> None:
        super().__init__()
        # Hidden from nn.Module, which would move it to the device with everything else.
        self._hidden = (linear, trajectories, len(trajectories.maps))

    @property
    def linear(self) -> nn.Linear:
        return self._hidden[0]

    def on_host(self, c: Tensor) -> Tensor:
        """Modulations (R, outputs) of vectors c (R, D), on the device of c."""
        host = F.silu(c.to("cpu")).to(self.linear.weight.dtype)
        return self.linear(host).to(c.device)

    def forward(self, activated: Tensor) -> Tensor:
        """SiLU(c) (N, D), which is not read -> modulations (N, outputs)."""
        _, trajectories, number = self._hidden
        assert trajectories.rows is not None
        return trajectories.kept[0].tables[number][trajectories.rows].to(activated.dtype)
