"""Objectives against closed forms, with networks whose output is known."""

import numpy as np
import pytest
import torch
from torch import nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.training import objectives
from semantic_bottleneck.training.objectives import Batch, build_objective, cumulative_signal, linear_path
from tests.sections import objective_of


class Answer(nn.Module):
    """Returns `answer(x, t, y)` and remembers what it was asked."""

    null_label = 10

    def __init__(self, answer):
        super().__init__()
        self.answer, self.calls = answer, []

    def forward(self, x, t, y, return_projections=False):
        self.calls.append((x, t, y))
        return self.answer(x, t, y)


def stream():
    return torch.Generator().manual_seed(5)


def batch(n=6, labels=None):
    images = torch.rand(n, 1, 4, 4, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return Batch(images, torch.arange(n) if labels is None else labels)


def test_cumulative_signal_is_the_linear_schedule():
    signal = cumulative_signal()
    assert signal.shape == (1000,)
    assert signal[0] == pytest.approx(1 - 1e-4, rel=1e-12)
    assert signal[1] == pytest.approx((1 - 1e-4) * (1 - 1e-4 - 0.0199 / 999), rel=1e-12)
    assert signal[-1] == pytest.approx(4.0358e-5, rel=1e-3)
    assert (np.diff(signal) < 0).all()


def test_noise_prediction_shows_the_noised_image_and_wants_the_noise():
    network, given = Answer(lambda x, t, y: torch.zeros_like(x)), batch()
    loss = objectives.noise_prediction(network, given, stream())
    noise = torch.randn(given.images.shape, generator=stream())
    x, t, y = network.calls[0]
    signal = torch.from_numpy(cumulative_signal())[t.long()].reshape(-1, 1, 1, 1)
    torch.testing.assert_close(x.double(), signal.sqrt() * given.images + (1 - signal).sqrt() * noise, rtol=0, atol=1e-6)
    assert loss.item() == pytest.approx(noise.square().mean().item(), rel=1e-6)
    assert torch.equal(t, t.round())
    assert torch.equal(y, given.labels)


@pytest.mark.parametrize("noise_time", [0, 1])
def test_path_ends_and_velocity_sign(noise_time):
    images = batch().images
    path = linear_path(images, stream(), noise_time)
    noise = torch.randn(images.shape, generator=stream())
    share = path.times.reshape(-1, 1, 1, 1)
    data_share = share if noise_time == 0 else 1 - share
    torch.testing.assert_close(path.states, data_share * images + (1 - data_share) * noise)
    torch.testing.assert_close(path.velocities, images - noise if noise_time == 0 else noise - images)
    # Following the velocity from x_t reaches the data at its end of time.
    data_time = 1 - noise_time
    torch.testing.assert_close(path.states + (data_time - share) * path.velocities, images, rtol=0, atol=1e-5)


def test_velocity_loss_is_zero_for_the_true_velocity():
    given = batch()
    truth = linear_path(given.images, stream(), 0).velocities
    assert objectives.velocity(Answer(lambda x, t, y: truth), given, stream(), 0).item() == 0
    assert objectives.velocity(Answer(lambda x, t, y: -truth), given, stream(), 0).item() == pytest.approx(
        4 * truth.square().mean().item(), rel=1e-6
    )


def test_alignment_subtracts_the_weighted_cosine():
    given = batch()._replace(targets=torch.randn(6, 4, 8, generator=stream()))
    truth = linear_path(given.images, stream(), 1).velocities
    same = Answer(lambda x, t, y: (truth, [3.0 * given.targets]))
    opposite = Answer(lambda x, t, y: (truth, [-given.targets]))
    assert objectives.aligned_velocity(same, given, stream(), 1, 0.5).item() == pytest.approx(-0.5, abs=1e-6)
    assert objectives.aligned_velocity(opposite, given, stream(), 1, 0.5).item() == pytest.approx(0.5, abs=1e-6)


def test_model_guidance_moves_the_target_of_conditional_rows_below_the_end():
    labels = torch.tensor([0, 10, 2, 3, 10, 5])
    given = batch(labels=labels)
    path = linear_path(given.images, stream(), 1)
    teacher = Answer(lambda x, t, y: y.reshape(-1, 1, 1, 1).float().expand_as(x))
    moved = (path.times < 0.75) & (labels != 10)
    assert 0 < moved.sum() < (labels != 10).sum() + 1
    shift = torch.where(moved, 0.45 * (labels - 10.0), 0.0).reshape(-1, 1, 1, 1)
    student = Answer(lambda x, t, y: path.velocities + shift)
    loss = objectives.guided_velocity(student, teacher, given, stream(), 1, 1.45, 0.75)
    assert loss.item() == pytest.approx(0, abs=1e-10)


def test_model_guidance_without_conditional_rows_is_plain_velocity():
    given = batch(labels=torch.full((6,), 10))
    student, teacher = Answer(lambda x, t, y: 0.5 * x), Answer(lambda x, t, y: x)
    guided = objectives.guided_velocity(student, teacher, given, stream(), 1, 1.45, 0.75)
    assert torch.equal(guided, objectives.velocity(student, given, stream(), 1))
    assert not teacher.calls


def test_model_guidance_reaches_guided_prediction_at_its_fixed_point():
    # True velocity a, unconditional u: the fixed point of p = a + 0.45 (p - u) is guidance by 1 / (2 - 1.45).
    a, u, p = 1.0, 0.4, 0.0
    for _ in range(100):
        p = a + 0.45 * (p - u)
    assert p == pytest.approx(u + (a - u) / (2 - 1.45))


def test_teacher_gets_no_gradient():
    given = batch()
    network = nn.Conv2d(1, 1, 1)
    wrapped = Answer(lambda x, t, y: network(x) * (1 + y.reshape(-1, 1, 1, 1)))
    teacher = Answer(lambda x, t, y: (x * y.reshape(-1, 1, 1, 1)).requires_grad_())
    objectives.guided_velocity(wrapped, teacher, given, stream(), 0, 1.45, 0.75).backward()
    assert network.weight.grad is not None


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"name": "score"}, "score"),
        ({"name": "velocity"}, "noise_time"),
        ({"name": "velocity", "noise_time": 2}, "noise_time"),
        ({"name": "noise", "weight": 1.0}, "weight"),
    ],
)
def test_bad_configuration_is_named(config, named):
    with pytest.raises(UserError, match=named):
        build_objective(objective_of(config))


def test_two_outputs_per_channel_are_refused():
    doubled = Answer(lambda x, t, y: torch.cat([x, x], 1))
    with pytest.raises(UserError, match="learn_sigma"):
        build_objective(objective_of({"name": "noise"}))(doubled, doubled, batch(), stream())


def test_objectives_depend_on_their_stream_only():
    network, given = Answer(lambda x, t, y: 0.5 * x), batch()
    for config in ({"name": "noise"}, {"name": "velocity", "noise_time": 1}):
        objective = build_objective(objective_of(config))
        torch.manual_seed(1)
        first = objective(network, network, given, stream())
        torch.manual_seed(2)
        assert torch.equal(first, objective(network, network, given, stream()))
