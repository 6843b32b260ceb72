"""Guided trajectories of a published XL/2 model: ours in every precision, the official loop and diffusers' pipeline.

A slice of the 250 steps is timed, with and without guidance where the guidance interval ends, and the whole trajectory's
images per second follow from how many steps are guided. All sides run in one process, in one order, on the same weights.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
from torch import nn

from benchmarks import yardsticks
from benchmarks.device_parts.ceilings import data_sheet, matmul_rate
from benchmarks.device_parts.clock import Memory, median_seconds, step_seconds
from benchmarks.device_parts.networks import recipe_network, run_slice
from benchmarks.device_parts.scale import Scale
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.planning.calibration import flops_per_evaluation
from semantic_bottleneck.planning.evaluations import step_evaluations
from semantic_bottleneck.sampling.precision import compile_blocks, make_deterministic, set_precision
from semantic_bottleneck.study.typed import required

Runs = dict[bool, Callable[[int], object]]
"""guided? -> the function that does k such steps."""
PRECISIONS = ("fp32", "tf32", "bf16")


def measure_dit(scale: Scale) -> dict:
    """DiT-XL/2."""
    return Comparison("dit", scale).measure()


def measure_repa(scale: Scale) -> dict:
    """REPA-XL/2."""
    return Comparison("repa", scale).measure()


class Comparison:
    """All sides of one model."""

    def __init__(self, model: str, scale: Scale):
        self.model, self.scale, self.card = model, scale, scale.card(model)
        counts = step_evaluations(required(self.card.sampler), self.card.guidance)
        self.steps = {True: counts.count(2), False: counts.count(1)}
        self.evaluations = sum(counts)
        self.flops = flops_per_evaluation(self.card)
        self.first = {guided: counts.index(2 if guided else 1) for guided, number in self.steps.items() if number}
        self.weights = recipe_network(self.card, scale.device).state_dict()

    def measure(self) -> dict:
        """One row for each side, precision and micro-batch, and what the network alone reaches."""
        rows, small = [], self.scale.micro_batches[0]
        for precision in PRECISIONS:
            rows += self._official(precision, small)
            if self.model == "dit":
                rows += self._diffusers(precision, small)
            rows += self._ours(precision, False, [small])
        rows += self._ours("bf16", True, self.scale.micro_batches)
        for precision in ("bf16", "tf32"):  # fp32 is at its limit with the smallest already
            rows += self._ours(precision, False, self.scale.micro_batches[-1:])
        left_out = {} if self.scale.yardsticks else {"official": "no folder of yardsticks was given"}
        return {
            "steps": {"guided": self.steps[True], "unguided": self.steps[False]},
            "flops_per_evaluation": self.flops,
            "evaluations_per_image": self.evaluations,
            "data_sheet_bf16": data_sheet(self.scale),
            "matmul_bf16": matmul_rate("bf16", self.scale),
            "left_out": left_out,
            "rows": rows,
        }

    def _row(self, side: str, precision: str, runs: Runs, micro_batch: int, own: int, **more: Any) -> dict:
        """Times every kind of step; `own` is the memory that the side's weights take, in bytes."""
        found = {}
        with Memory(self.scale) as memory:
            for guided in self.first:
                found[guided] = step_seconds(runs[guided], self.scale)
        trajectory = sum(self.steps[guided] * times["step"] for guided, times in found.items())
        return {
            "side": side,
            "precision": precision,
            "micro_batch": micro_batch,
            "images_per_second": micro_batch / trajectory,
            "operations_per_second": self.flops * self.evaluations * micro_batch / trajectory,
            "step_seconds": {"guided" if guided else "unguided": times["step"] for guided, times in found.items()},
            "first_steps_seconds": sum(times["first"] for times in found.values()),
            "steps_timed": {"guided" if guided else "unguided": times["steps"] for guided, times in found.items()},
            "peak_mib": memory.peak + round(own / 2**20),
            **more,
        }

    def _ours(self, precision: str, compiled: bool, micro_batches: Any) -> Iterator[dict]:
        make_deterministic(self.scale.device)  # as every job does
        network = set_precision(self._network(), precision, self.scale.device)
        if compiled:
            compile_blocks(network, self.scale.backend)
        for micro_batch in micro_batches:
            runs: Runs = {
                guided: lambda k, first=first, n=micro_batch: run_slice(network, self.card, first, k, n, self.scale)
                for guided, first in self.first.items()
            }
            side = "ours, compiled" if compiled else "ours"
            row = self._row(side, precision, runs, micro_batch, _bytes(network))
            yield row | {"network": self._network_alone(network, micro_batch)}

    def _network(self) -> nn.Module:
        network = build_network(self.card.family, self.card.architecture, device="meta")
        network.load_state_dict({name: tensor.clone() for name, tensor in self.weights.items()}, assign=True)
        return network.eval()

    def _network_alone(self, network: nn.Module, micro_batch: int) -> dict[str, float]:
        """Operations per second inside the network, on the rows of a guided call."""
        rows, shape = 2 * micro_batch, self.card.architecture
        x = torch.randn(rows, shape["in_channels"], shape["input_size"], shape["input_size"], device=self.scale.device)
        t, y = torch.full((rows,), 0.5, device=self.scale.device), torch.arange(rows, device=self.scale.device) % 1000
        with torch.inference_mode():
            took = median_seconds(lambda: network(x, t, y), self.scale, 5)
        return {"seconds": took, "operations_per_second": self.flops * rows / took}

    @torch.no_grad()
    def _official(self, precision: str, micro_batch: int) -> Iterator[dict]:
        if self.scale.yardsticks is None:
            return
        network = self._official_network
        x, y = self._batch(micro_batch)
        if self.model == "dit":
            runs: Runs = {True: yardsticks.run_dit(network, x, y, sum(self.steps.values()))}
        else:
            runs = {guided: yardsticks.run_repa(network, x, y, float(guided)) for guided in (True, False)}
        with _numerics(precision, self.scale.device):
            yield self._row("official", precision, runs, micro_batch, _bytes(network))

    @cached_property
    def _official_network(self) -> nn.Module:
        folder = self.scale.yardsticks / {"dit": "DiT", "repa": "REPA"}[self.model]
        build = {"dit": yardsticks.official_dit, "repa": yardsticks.official_repa}[self.model]
        network = build(folder, self.card.architecture, self.scale.device)
        network.load_state_dict(self.weights)
        return network

    def _diffusers(self, precision: str, micro_batch: int) -> Iterator[dict]:
        kind = torch.bfloat16 if precision == "bf16" else torch.float32
        transformer = yardsticks.diffusers_dit(self.card.architecture, self.scale.device).to(kind)
        pipeline = yardsticks.diffusers_pipeline(transformer)
        classes = [sample % 1000 for sample in range(micro_batch)]
        with _numerics("fp32" if precision == "bf16" else precision, self.scale.device):
            yield self._row("diffusers", precision, {True: lambda k: pipeline(classes, k)}, micro_batch, _bytes(transformer))

    def _batch(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        shape, device = self.card.architecture, self.scale.device
        x = torch.randn(count, shape["in_channels"], shape["input_size"], shape["input_size"], device=device)
        return x, torch.arange(count, device=device) % 1000


@contextmanager
def _numerics(precision: str, device: str) -> Iterator[None]:
    """A yardstick's precision: torch's switches as its scripts set them, no demand for the same bits, autocast for bfloat16."""
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.deterministic = False
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    try:
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


def _bytes(network: nn.Module) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())
