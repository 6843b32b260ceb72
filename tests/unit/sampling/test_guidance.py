"""Guidance scales, combination and the one call per evaluation."""

import math

import numpy as np
import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.sampling.guidance import combine, guided, scale_at
from tests.sections import guidance_of

SCALE = {"scale": 3.0}


class Recorder(torch.nn.Module):
    """Output = x + label; keeps the rows of every call and can run out of memory."""

    null_label = 10

    def __init__(self, fits: int = 10**9):
        super().__init__()
        self.fits, self.calls, self.asked = fits, [], []

    def forward(self, x, t, y, edit=None):
        self.asked.append(len(x))
        if len(x) > self.fits:
            raise torch.OutOfMemoryError("does not fit")
        self.calls.append((len(x), t.dtype, x.dtype, y))
        c = y[:, None].float()
        return x + (c if edit is None else edit(c))[:, :, None, None]


def test_the_interval_includes_both_ends():
    guidance = SCALE | {"interval": [0.25, 0.7]}
    assert [scale_at(guidance_of(guidance), t) for t in (0.2499, 0.25, 0.7, 0.7001)] == [1, 3, 3, 1]


def test_a_scale_of_at_most_one_is_no_guidance():
    assert [scale_at(guidance, 0.1) for guidance in (None, *map(guidance_of, ({"scale": 0.5}, {"scale": 1.0})))] == [1.0] * 3
    assert scale_at(guidance_of({"scale": 1.5}), 0.1) == 1.5


def test_the_power_is_four_unless_the_card_says_so():
    assert scale_at(guidance_of({"scale": 2.0, "schedule": "power-cosine"}), 500) == 1 + (1 - math.cos(math.pi / 16)) / 2


def test_start_is_compared_in_float32():
    guidance = SCALE | {"start": 0.1}
    below = float(np.nextafter(np.float32(0.1), np.float32(0)))
    assert [scale_at(guidance_of(guidance), t) for t in (0.0, below, float(np.float32(0.1)), 1.0)] == [1, 1, 3, 3]


def test_the_power_cosine_schedule_has_the_published_values():
    values = [scale_at(guidance_of({"scale": 3.8, "schedule": "power-cosine", "power": 4}), t) for t in (999, 750, 500, 250, 0)]
    assert np.allclose(values, [1.0, 1.0001, 1.027, 1.64, 3.8], atol=5e-3)
    assert math.isclose(
        scale_at(guidance_of({"scale": 5.0, "schedule": "power-cosine", "power": 0.01}), 999), 4.9562, abs_tol=1e-4
    )


def test_three_channels_leave_the_others_conditional():
    k, u = torch.ones(2, 5, 1, 1), torch.zeros(2, 5, 1, 1)
    assert combine(k, u, 2.0, 3)[0].flatten().tolist() == [2, 2, 2, 1, 1]
    assert combine(k, u, 2.0, None)[0].flatten().tolist() == [2] * 5


@pytest.mark.parametrize("guidance", [None, {"scale": 0.0}, {"scale": 1.0}, {"scale": 0.5}, SCALE | {"interval": [0.5, 1.0]}])
def test_without_guidance_one_plain_call(guidance):
    network = Recorder()
    predict = guided(network, torch.tensor([1, 2]), guidance_of(guidance))
    x = torch.zeros(2, 1, 1, 1)
    assert predict(x, 0.1).flatten().tolist() == [1, 2]
    assert torch.equal(predict.both(x, 0.1), predict(x, 0.1))
    assert not predict.is_guided(0.1)
    assert [call[0] for call in network.calls] == [2, 2, 2]
    assert predict.evaluations == 6


def test_guidance_is_one_call_of_twice_the_rows():
    network = Recorder()
    predict = guided(network, torch.tensor([1, 2]), guidance_of(SCALE))
    out = predict(torch.zeros(2, 1, 1, 1, dtype=torch.float64), 0.1)
    assert out.dtype == torch.float64
    assert out.flatten().tolist() == [10 + 3 * (1 - 10), 10 + 3 * (2 - 10)]
    rows, t_type, x_type, labels = network.calls[0]
    assert (rows, t_type, x_type, labels.tolist()) == (4, torch.float32, torch.float32, [1, 2, 10, 10])


def test_any_scale_above_one_guides():
    network = Recorder()
    predict = guided(network, torch.tensor([1, 2]), guidance_of({"scale": 1.5}))
    x = torch.zeros(2, 1, 1, 1)
    assert predict.is_guided(0.1)
    assert predict(x, 0.1).flatten().tolist() == [10 + 1.5 * (1 - 10), 10 + 1.5 * (2 - 10)]
    assert predict.both(x, 0.1).flatten().tolist() == 2 * predict(x, 0.1).flatten().tolist()
    assert predict.evaluations == 12


def test_another_time_may_decide_about_guidance():
    network = Recorder()
    predict = guided(network, torch.tensor([1]), guidance_of(SCALE | {"interval": [0.0, 0.5]}))
    predict(torch.zeros(1, 1, 1, 1), 0.5, guided_at=0.6)
    predict(torch.zeros(1, 1, 1, 1), 0.6, guided_at=0.5)
    assert [call[0] for call in network.calls] == [1, 2]


def test_the_second_half_keeps_unconditional_channels():
    both = guided(Recorder(), torch.tensor([1]), guidance_of(SCALE | {"channels": 1})).both(torch.zeros(1, 2, 1, 1), 0.0)
    assert both.flatten(1).tolist() == [[-17, 1], [-17, 10]]


def test_the_edit_sees_the_rows_of_the_call():
    seen = []

    def edit(labels, samples, t):
        seen.append((labels.tolist(), samples, t))
        return lambda c: torch.zeros_like(c)

    out = guided(Recorder(), torch.tensor([1, 2]), guidance_of(SCALE), edit, range(5, 7))(torch.zeros(2, 1, 1, 1), 0.25)
    assert seen == [([1, 2, 10, 10], range(5, 7), 0.25)]
    assert not out.any()


def test_a_call_that_does_not_fit_is_halved():
    labels = torch.arange(7)
    x = torch.randn(7, 1, 1, 1, generator=torch.Generator().manual_seed(0))
    network = Recorder(fits=4)
    seen = []

    def edit(labels, samples, t):
        seen.append(samples)
        return lambda c: c + labels[:, None]

    predict = guided(network, labels, guidance_of(SCALE), edit, range(20, 27))
    whole = guided(Recorder(), labels, guidance_of(SCALE), edit, range(20, 27))
    assert torch.equal(predict(x, 0.0), whole(x, 0.0))
    assert seen[-5:] == [range(20, 22), range(22, 24), range(24, 26), range(26, 27), range(20, 27)]
    assert network.asked == [14, 8, 4, 4, 4, 2]
    assert predict.evaluations == 14


def test_a_single_sample_that_does_not_fit_is_an_error():
    with pytest.raises(UserError, match="does not fit"):
        guided(Recorder(fits=1), torch.tensor([1]), guidance_of(SCALE))(torch.zeros(1, 1, 1, 1), 0.0)


def test_condition_rows_bring_their_own_null():
    class Rows(torch.nn.Module):
        def forward(self, x, t, y, edit=None):
            return x + (y["pose"] * y.get("present", torch.ones(len(x))))[:, None, None, None]

    predict = guided(Rows(), ConditionRows(pose=torch.tensor([1.0, 2.0])), guidance_of(SCALE))
    assert predict(torch.zeros(2, 1, 1, 1), 0.0).flatten().tolist() == [3, 6]


def test_a_network_without_a_null_label_cannot_be_guided():
    network = Recorder()
    network.null_label = None
    with pytest.raises(UserError, match="null label"):
        guided(network, torch.tensor([1]), guidance_of(SCALE))(torch.zeros(1, 1, 1, 1), 0.0)
