"""Classifier-free guidance as the official pipelines apply it, around one network call per evaluation."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import Guidance

Edit = Callable[[Any, Sequence[int], float], Callable[[Tensor], Tensor] | None]


def scale_at(guidance: Guidance | None, t: float) -> float:
    """The guidance scale in force at network time `t`; 1.0 means that no unconditional rows are evaluated.

    Fields: `scale`; `interval` [low, high], both ends inclusive (REPA); `start`, below which, compared in float32, nothing is
    guided (LightningDiT); `schedule` constant or power-cosine with `power`: 1 + (s - 1)(1 - cos(pi (1 - t/1000)^power))/2
    (MDTv2, X-MDPT, MDSGen).
    """
    if guidance is None or guidance.scale <= 1:
        return 1.0
    scale, start = float(guidance.scale), guidance.start
    low, high = guidance.interval or (-math.inf, math.inf)
    if not low <= t <= high or (start is not None and np.float32(t) < np.float32(start)):
        return 1.0
    if guidance.schedule == "constant":
        return scale
    ramp = (1 - math.cos(math.pi * (1 - t / 1000) ** float(guidance.power))) / 2
    return 1 + (scale - 1) * ramp


def combine(
    conditional: Float[Tensor, "samples channels height width"],
    unconditional: Float[Tensor, "samples channels height width"],
    scale: float,
    channels: int | None,
) -> Float[Tensor, "samples channels height width"]:
    """unconditional + scale * (conditional - unconditional) on the first `channels` of (n, C, H, W), None meaning all.

    The other channels stay the conditional ones, as in DiT, SiT, MDTv2 and LightningDiT (three guided channels).
    """
    guided = unconditional[:, :channels] + scale * (conditional[:, :channels] - unconditional[:, :channels])
    return guided if channels is None else torch.cat([guided, conditional[:, channels:]], dim=1)


def with_null(labels: Any, null_label: int | None) -> Any:
    """`labels` followed by as many unconditional rows: null labels for a tensor, else the condition's own `with_null()`."""
    if not isinstance(labels, Tensor):
        return labels.with_null()
    if null_label is None:
        raise UserError("guidance.scale above 1 needs a network with a null label; set guidance.scale to 1 in the model card.")
    return torch.cat([labels, torch.full_like(labels, null_label)])


class Predictor:
    """`predict(x, t)`: the guided network output for one batch of samples, in the dtype of `x`.

    The network always sees float32 inputs; the guided difference is taken in the dtype of `x` (float64 in REPA's samplers).
    `evaluations` counts the rows given to the network. A call that does not fit in the device's memory is halved until it
    fits, and later calls start at that size. The random numbers do not change with it, but on a GPU the last bits of matrix
    products may, because kernels are chosen by batch size.
    """

    def __init__(
        self, network: Any, labels: Any, guidance: Guidance | None, edit: Edit | None = None, samples: Sequence[int] = ()
    ):
        self.network, self.labels, self.guidance, self.edit, self.samples = network, labels, guidance, edit, samples
        self.channels = guidance.channels if guidance else None
        self.evaluations = 0
        self.samples_per_call: int | None = None

    def __call__(
        self, x: Float[Tensor, "samples channels height width"], t: float, guided_at: float | None = None
    ) -> Float[Tensor, "samples outputs height width"]:
        """Output rows for samples x (n, C, H, W) at time t; `guided_at` decides about guidance where it is not t itself."""
        scale = scale_at(self.guidance, t if guided_at is None else guided_at)
        conditional, unconditional = self._rows(x, t, scale > 1)
        if unconditional is None:
            return conditional
        return combine(conditional, unconditional, scale, self.channels)

    def is_guided(self, t: float) -> bool:
        """Whether unconditional rows are evaluated at time t."""
        return scale_at(self.guidance, t) > 1

    def both(self, x: Float[Tensor, "samples channels height width"], t: float) -> Float[Tensor, "rows outputs height width"]:
        """As a call, but with guidance (2n, C, H, W): the official second half (unguided channels unconditional) as well."""
        scale = scale_at(self.guidance, t)
        conditional, unconditional = self._rows(x, t, scale > 1)
        if unconditional is None:
            return conditional
        first, own = combine(conditional, unconditional, scale, self.channels), self.channels
        second = first if own is None else torch.cat([first[:, :own], unconditional[:, own:]], dim=1)
        return torch.cat([first, second])

    def _rows(self, x: Tensor, t: float, guided: bool) -> tuple[Tensor, Tensor | None]:
        while True:
            size = self.samples_per_call or len(x)
            try:
                pieces = [slice(i, i + size) for i in range(0, len(x), size)]
                parts = [self._call(x[piece], t, self.labels[piece], self.samples[piece], guided) for piece in pieces]
                self.evaluations += len(x) * (2 if guided else 1)
                rest = [part[1] for part in parts if part[1] is not None]
                return torch.cat([part[0] for part in parts]), torch.cat(rest) if guided else None
            except torch.OutOfMemoryError:
                if size == 1:
                    raise UserError("one sample does not fit in the device's memory; use a device with more.") from None
            # Outside the handler, so that the failed call's tensors are no longer held by the traceback.
            self.samples_per_call = (size + 1) // 2
            torch.cuda.empty_cache()

    def _call(self, x: Tensor, t: float, labels: Any, samples: Sequence[int], guided: bool) -> tuple[Tensor, Tensor | None]:
        rows = torch.cat([x, x]) if guided else x
        if guided:
            labels = with_null(labels, getattr(self.network, "null_label", None))
        edit = self.edit(labels, samples, t) if self.edit else None
        times = torch.full((len(rows),), t, dtype=torch.float32, device=x.device)
        output = self.network(rows.to(torch.float32), times, labels, edit=edit).to(x.dtype)
        return (output[: len(x)], output[len(x) :]) if guided else (output, None)


def guided(
    network: Any, labels: Any, guidance: Guidance | None, edit: Edit | None = None, samples: Sequence[int] = ()
) -> Predictor:
    """The predictor of a batch: `labels` is an int64 tensor (n,) or a condition with slicing and `with_null()`.

    `edit(labels, samples, t)` returns the change of c, or None, for exactly the rows of one network call: labels with the null
    rows behind them where the call is guided, and the numbers of the samples (n,), which only edits that draw ask for.

    Raises:
        UserError: a sample that does not fit; guidance without a null label.
    """
    return Predictor(network, labels, guidance, edit, samples)
