"""Schedulers of diffusers as samplers: a trajectory that is entered anywhere goes on as theirs does from the beginning."""

import diffusers
import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.sampling.registry import build_sampler
from tests import pipelines
from tests.sections import sampler_of

STEPS = 6


def of(scheduler, **options):
    return build_sampler(sampler_of({"name": "diffusers", "scheduler": scheduler, "steps": STEPS} | options))


def velocity(x, t, guided_at=None):
    """A small function of both with a channel that the samplers ignore."""
    return torch.cat([torch.sin(x + t / 700), x[:, :1]], dim=1)


def whole(scheduler, x, times, **given):
    """The library's own loop."""
    scheduler.set_timesteps(**given)
    states = []
    for t, time in zip(scheduler.timesteps, times, strict=True):
        x = scheduler.step(velocity(x, time)[:, :2], t, x).prev_sample
        states.append(x)
    return states


@pytest.mark.parametrize(
    "options",
    [
        {"scheduler": "DDIMScheduler", "settings": {"timestep_spacing": "trailing"}},
        {"scheduler": "FlowMatchEulerDiscreteScheduler", "settings": {"shift": 3.0}},
        {"scheduler": "DPMSolverMultistepScheduler", "settings": {}},
        {"scheduler": "DPMSolverMultistepScheduler", "settings": {"solver_order": 3, "lower_order_final": False}},
    ],
)
def test_every_start_leads_on_as_the_library_does(options):
    sampler = of(**options)
    x = torch.randn(2, 2, 3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = whole(
        getattr(diffusers, options["scheduler"])(**options["settings"]), x.float(), sampler.times, num_inference_steps=STEPS
    )
    states = [sampler.start(x)]
    for k in range(STEPS):
        states.append(sampler.advance(k, states[-1], velocity, None))
        torch.testing.assert_close(sampler.finish(states[-1]), expected[k], atol=0, rtol=0)
    for start in range(1, STEPS):  # another sampler, which did nothing before
        state = of(**options).advance(start, states[start], velocity, None)
        torch.testing.assert_close(state, states[start + 1], atol=0, rtol=0)


def test_flux_shifts_even_sigmas_and_passes_them_on_as_fractions():
    sampler = of(**pipelines.SAMPLERS["flux"])
    assert sampler.times[0] == 1.0
    even = torch.linspace(1, 1 / STEPS, STEPS, dtype=torch.float64)
    shift = torch.exp(torch.tensor(pipelines.SAMPLERS["flux"]["mu"], dtype=torch.float64))
    expected = shift / (shift + (1 / even - 1))
    assert sampler.times == pytest.approx(expected.tolist(), abs=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"scheduler": "DDIMScheduler", "settings": {"shift": 3}},
        {"scheduler": "DDIMScheduler", "even_sigmas": True},
        {"scheduler": "FlowMatchEulerDiscreteScheduler", "settings": {"use_dynamic_shifting": True}},
    ],
)
def test_what_the_scheduler_refuses_is_one_sentence(options):
    with pytest.raises(
        UserError, match=rf"^sampler\.settings: {options['scheduler']} refuses them \(.*\); correct the card\.$"
    ):
        of(**options)
