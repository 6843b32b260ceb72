"""Samplers against closed-form solutions, and their options."""

import numpy as np
import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.sampling.dpm_solver import log_alphas
from semantic_bottleneck.sampling.guidance import guided
from semantic_bottleneck.sampling.registry import SAMPLERS, build_sampler
from semantic_bottleneck.sampling.schedules import RespacedSchedule
from tests.sections import completed, sampler_of

TARGET = 0.3
SHAPE = (3, 2, 4, 4)


class PointMass(torch.nn.Module):
    """The exact network of data that is TARGET everywhere."""

    null_label = 0

    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind
        self.alphas = torch.from_numpy(RespacedSchedule.linear(1000).alphas_cumprod)

    def forward(self, x, t, y, edit=None):
        time = float(t[0])
        if self.kind == "noise at 0":
            return (TARGET - x) / (1 - time)
        if self.kind == "noise at 1":
            return (x - TARGET) / time
        alpha = self.alphas[round(time)].item()
        return (x - alpha**0.5 * TARGET) / (1 - alpha) ** 0.5


def noise(number: int = 0) -> torch.Tensor:
    return torch.randn(SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(number))


def sample(config: dict, network: torch.nn.Module) -> torch.Tensor:
    sampler = build_sampler(sampler_of(config))
    predict = guided(network, torch.zeros(SHAPE[0], dtype=torch.int64), None)
    state = sampler.start(noise())
    for k in range(sampler.steps):
        state = sampler.advance(k, state, predict, lambda k=k: noise(k + 1))
    latent = sampler.finish(state)
    assert latent.dtype == torch.float32
    assert latent.shape == SHAPE
    return latent


@pytest.mark.parametrize(
    ("config", "kind", "tolerance"),
    [
        ({"name": "ddpm", "steps": 20}, "chain", 1e-2),
        ({"name": "ddpm", "steps": 20, "variance": "large", "clip": True}, "chain", 1e-2),
        ({"name": "ddim", "steps": 20}, "chain", 1e-4),
        ({"name": "sit-ode", "steps": 9}, "noise at 0", 1e-5),
        ({"name": "lightningdit-euler", "steps": 9}, "noise at 0", 1e-5),
        ({"name": "repa-ode", "steps": 9}, "noise at 1", 1e-6),
        ({"name": "sit-sde", "steps": 400, "last_step_size": 0.001, "last_step": "tweedie"}, "noise at 0", 0.1),
        ({"name": "repa-sde", "steps": 400, "end": 0.001}, "noise at 1", 0.1),
    ],
)
def test_a_point_mass_is_found(config, kind, tolerance):
    assert (sample(config, PointMass(kind)) - TARGET).abs().max() < tolerance


class Rotation(torch.nn.Module):
    """v = x cos(3 t), solved by x exp(sin(3 t) / 3)."""

    null_label = 0

    def forward(self, x, t, y, edit=None):
        return x * torch.cos(3 * t)[:, None, None, None]


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("midpoint", 2), ("heun2", 2), ("rk4", 4)])
def test_fixed_step_methods_have_their_order(method, order):
    exact = noise().float() * torch.exp(torch.sin(torch.tensor(3.0)) / 3)
    coarse, fine = (
        (sample({"name": "sit-ode", "method": method, "steps": steps + 1}, Rotation()) - exact).abs().max() for steps in (4, 8)
    )
    assert coarse / fine > 2**order * 0.7


def test_dopri5_solves_within_its_tolerance():
    exact = noise().float() * torch.exp(torch.sin(torch.tensor(3.0)) / 3)
    assert torch.allclose(sample({"name": "sit-dopri5"}, Rotation()), exact, rtol=1e-2)


class Gaussian(torch.nn.Module):
    """The exact noise prediction of standard normal data, whose probability flow leaves x unchanged."""

    def forward(self, x, t, y, edit=None):
        log_alphas = torch.from_numpy(RespacedSchedule.linear(1000).alphas_cumprod).log()
        low = min(int(t[0]), 998)
        mixed = torch.lerp(log_alphas[low], log_alphas[low + 1], float(t[0]) - low).exp()
        return x * (1 - mixed.item()) ** 0.5


def test_dpm_solver_is_of_second_order():
    start = noise().to(torch.bfloat16).float()
    coarse, fine = ((sample({"name": "dpm-solver++", "steps": steps}, Gaussian()) - start).abs().max() for steps in (50, 100))
    assert fine < 0.02
    assert coarse / fine > 3


def test_log_alphas_are_those_of_the_chain_and_linear_in_between():
    chain = RespacedSchedule.linear(1000).alphas_cumprod
    knots = torch.linspace(0, 1, 1001)[1:]
    at_knots = log_alphas(knots)
    np.testing.assert_allclose(at_knots, 0.5 * np.log(chain), atol=1e-6)
    between = log_alphas((knots[1:] + knots[:-1]) / 2)
    torch.testing.assert_close(between, (at_knots[1:] + at_knots[:-1]) / 2, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("steps", "order"), [(9, 1), (10, 2)])
def test_fewer_than_ten_steps_end_with_one_of_first_order(steps, order):
    """Which does not look at the prediction of the step before."""
    sampler = build_sampler(sampler_of({"name": "dpm-solver++", "steps": steps}))
    predict = guided(WithVariance(None), torch.zeros(SHAPE[0], dtype=torch.int64), None)
    states = [torch.stack([noise().float(), noise(number).float()], dim=1) for number in (1, 2)]
    for k, used in ((0, False), (1, True), (steps - 2, True), (steps - 1, order == 2)):
        one, two = (sampler.finish(sampler.advance(k, state, predict, noise)) for state in states)
        assert torch.equal(one, two) is not used


class WithVariance(torch.nn.Module):
    """Zero noise prediction and a constant variance channel."""

    def __init__(self, value: float | None):
        super().__init__()
        self.value = value

    def forward(self, x, t, y, edit=None):
        if self.value is None:
            return torch.zeros_like(x)
        return torch.cat([torch.zeros_like(x), torch.full_like(x, self.value)], dim=1)


@pytest.mark.parametrize(("variance", "value"), [("small", -1.0), ("large", 1.0)])
def test_learned_variance_interpolates_between_the_fixed_ones(variance, value):
    fixed = sample({"name": "ddpm", "steps": 6, "variance": variance}, WithVariance(None))
    learned = sample({"name": "ddpm", "steps": 6}, WithVariance(value))
    assert torch.allclose(fixed, learned, rtol=1e-5, atol=1e-5 * float(fixed.abs().max()))


@pytest.mark.parametrize("name", ["ddpm", "ddim"])
def test_clipping_keeps_the_estimate_between_minus_one_and_one(name):
    sampler = build_sampler(sampler_of({"name": name, "steps": 5, "clip": True}))
    predict = guided(WithVariance(None), torch.zeros(3, dtype=torch.int64), None)
    state = torch.tensor([-50.0, 50.0, 0.5]).view(3, 1, 1, 1)
    below, above, inside = sampler.advance(4, state, predict, noise).flatten().tolist()
    assert (below, above) == pytest.approx((-1, 1))
    assert 0.5 < inside < 0.6


def test_two_steps_are_the_fewest_of_repas_stochastic_sampler():
    assert build_sampler(sampler_of({"name": "repa-sde", "steps": 2})).steps == 2


def test_heun_costs_two_calls_but_the_last_step():
    sampler = build_sampler(sampler_of({"name": "repa-ode", "steps": 5, "heun": True}))
    predict = guided(Rotation(), torch.zeros(3, dtype=torch.int64), None)
    state = sampler.start(noise())
    for k in range(sampler.steps):
        state = sampler.advance(k, state, predict, noise)
    assert predict.evaluations == 3 * 9


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in ("sit-dopri5", "diffusers")])
def test_trajectories_begin_and_end_as_officially(name):
    points = {"ddim": 50, "dpm-solver++": 50, "repa-ode": 50}.get(name, 250)
    sampler = build_sampler(sampler_of({"name": name, "steps": points}))
    first = {"ddpm": 999, "ddim": 999, "dpm-solver++": 999, "repa-sde": 1, "repa-ode": 1}.get(name, 0)
    calls = {"ddim": 50, "dpm-solver++": 50, "repa-ode": 50, "sit-ode": 249, "lightningdit-euler": 249}.get(name, 250)
    assert sampler.times[0] == pytest.approx(first, abs=1e-3)
    assert sampler.steps == len(sampler.times) == calls


OPTIONS = {
    "ddpm": {"steps": 250, "variance": "small", "clip": False},
    "ddim": {"steps": 50, "clip": False},
    "sit-ode": {"steps": 250, "method": "euler"},
    "sit-dopri5": {"atol": 1e-6, "rtol": 1e-3},
    "sit-sde": {
        "steps": 250,
        "method": "euler",
        "diffusion": "sigma",
        "norm": 1.0,
        "last_step": "mean",
        "last_step_size": 0.04,
    },
    "repa-ode": {"steps": 50, "heun": False},
    "repa-sde": {"steps": 250, "end": 0.04},
    "lightningdit-euler": {"steps": 250, "shift": 0.3},
    "dpm-solver++": {"steps": 50, "start": "bfloat16"},
    "diffusers": {
        "scheduler": "DDIMScheduler",
        "steps": 50,
        "settings": {},
        "mu": None,
        "even_sigmas": False,
        "time_divisor": 1,
    },
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_options_that_a_card_leaves_out_are_the_official_ones(name):
    given = {"name": name} | {key: OPTIONS[name][key] for key in ("steps", "scheduler") if key in OPTIONS[name]}
    assert completed("sampler", given) == {"name": name} | OPTIONS[name]


@pytest.mark.parametrize("variance", ["small", "large"])
def test_a_chain_of_one_step_ends_at_the_estimate(variance):
    sampler = build_sampler(sampler_of({"name": "ddpm", "steps": 1, "variance": variance}))
    predict = guided(PointMass("chain"), torch.zeros(SHAPE[0], dtype=torch.int64), None)
    assert torch.allclose(sampler.advance(0, sampler.start(noise()), predict, noise), torch.tensor(TARGET), atol=1e-2)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "name"),
        ({"name": "euler"}, "'euler'"),
        ({"name": "ddpm", "steps": 5, "eta": 0}, "eta"),
        ({"name": "ddpm", "steps": "many"}, "steps"),
        ({"name": "ddpm", "steps": 5, "variance": "medium"}, "variance"),
        ({"name": "sit-ode", "steps": 1}, "steps"),
        ({"name": "sit-ode", "steps": 2.5}, "steps"),
        ({"name": "sit-ode", "steps": 5, "method": "rk5"}, "method"),
        ({"name": "sit-sde", "steps": 5, "diffusion": "SBDM"}, "diffusion"),
        ({"name": "sit-sde", "steps": 5, "last_step": "last"}, "last_step"),
        ({"name": "sit-sde", "steps": 5, "last_step_size": 0}, "last_step_size"),
        ({"name": "repa-sde", "steps": 5, "end": 0}, "end"),
        ({"name": "repa-sde", "steps": 5, "end": 1}, "end"),
        ({"name": "repa-ode", "steps": 5, "heun": "often"}, "heun"),
        ({"name": "dpm-solver++", "steps": 5, "start": "float16"}, "start"),
    ],
)
def test_wrong_options_are_named(config, words):
    with pytest.raises(UserError) as error:
        build_sampler(sampler_of(config))
    assert words in str(error.value)
