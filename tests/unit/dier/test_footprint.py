"""What a training costs, against sums by hand."""

import pytest
import torch

from semantic_bottleneck.dier.footprint import COPIES, footprint
from tests.unit.dier.conftest import new_run


def cost_of(data, batch=16, **changed):
    run = new_run(data, **changed)
    return run, footprint(run.average, run.images[:batch], run.labels[:batch])


def test_the_arithmetic_of_a_supervised_encoder_is_that_of_its_layers(data):
    run, cost = cost_of(data, kind="supervised")
    # 3x3 convolutions 1 -> 8 at 8x8 and 8 -> 16 at 4x4, 256 -> 4, 4 -> 4; backward costs as much for weights and for inputs,
    # but nobody asks for the gradient of the image.
    forward = [2 * 9 * 8 * 64, 2 * 9 * 8 * 16 * 16, 2 * 256 * 4, 2 * 4 * 4]
    assert cost.flops == 16 * (3 * sum(forward) - forward[0])
    assert cost.parameters == sum(weight.numel() for weight in run.network.parameters())
    assert cost.encoder_parameters == cost.parameters - 20


def test_memory_grows_with_the_batch_and_not_with_the_data_set(data):
    small, large = (cost_of(data, batch)[1] for batch in (16, 32))
    weights = COPIES * 4 * small.parameters
    assert large.bytes - weights == pytest.approx(2 * (small.bytes - weights), rel=0.02)
    assert COPIES * 4 * small.encoder_parameters < small.encoder_bytes < small.bytes


def test_a_step_keeps_at_least_every_map_of_the_encoder(data):
    _, cost = cost_of(data, kind="supervised")
    maps = 16 * (8 * 64 + 16 * 16)
    kept = cost.encoder_bytes - COPIES * 4 * cost.encoder_parameters
    assert 4 * 2 * maps < kept < 4 * 5 * maps


def test_a_backbone_has_no_encoder_and_nothing_is_left_behind(data):
    run, cost = cost_of(data, kind="backbone")
    assert (cost.encoder_parameters, cost.encoder_bytes) == (0, 0)
    assert all(weight.grad is None for weight in run.average.parameters())
    assert isinstance(run.average, torch.nn.Module)
