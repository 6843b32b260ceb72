"""Steps of a trajectory come from one place: for all that the cards' schema allows, samplers take as many as are planned."""

import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_bottleneck.planning.evaluations import step_evaluations
from semantic_bottleneck.sampling.registry import SAMPLERS, build_sampler
from semantic_bottleneck.study.cards import SCHEMA, load_card
from semantic_bottleneck.study.windows import Window, fork, last_steps, snapshot_steps
from tests.sections import sampler_of
from tests.unit.studies.from_schema import values
from tests.workflow.project import ROOT

MODELS = yaml.safe_load(SCHEMA.read_text())
OF_DIFFUSERS = "diffusers"
"""The sampler whose `settings` are that library's to refuse: tests/unit/sampling/test_scheduled.py."""
SAMPLER = values(MODELS["$defs"]["sampler"], MODELS).filter(
    lambda sampler: sampler["name"] != OF_DIFFUSERS and sampler.get("steps", 0) <= 1000
)
SHARE = st.integers(1, 99).map(lambda percent: percent / 100)
STEPS = {
    **{"dit": 250, "sit": 250, "mdt": 250, "lightningdit": 249, "mg": 250, "repa": 250},
    **{"xmdpt-s": 50, "xmdpt-b": 50, "xmdpt-l": 50, "mdsgen-b": 50},
    **{"dit-mini": 30, "sit-mini": 25, "sit-mini-sde": 25, "repa-mini": 30, "mg-mini": 30, "repa-b2": 250},
    **{"dit-nano": 6, "sit-nano": 6, "repa-nano": 6, "mg-nano": 6},
    **{"sit-glyph": 20, "sit-glyph-grid": 20},
}


class Walk:
    """Stands in for the network, and notes the times at which it is called."""

    def __init__(self):
        self.times: list[float] = []

    def __call__(self, x, t, guided_at=None):
        self.times.append(t)
        return torch.zeros_like(x)

    def both(self, x, t):
        return self(x, t)

    def is_guided(self, t):
        return False


def calls_until_the_end(sampler) -> int:
    """How often `advance` can be called before the sampler has no time left to go on from."""
    walk, state, calls = Walk(), sampler.start(torch.ones(1, 1, 1, 1, dtype=torch.float64)), 0
    while True:
        seen = len(walk.times)
        try:
            state = sampler.advance(calls, state, walk, lambda: torch.zeros(1, 1, 1, 1, dtype=torch.float64))
        except IndexError:
            assert len(walk.times) == seen  # it stopped before it asked the network
            return calls
        assert walk.times[seen] == sampler.times[calls]
        calls += 1


@given(SAMPLER)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_every_sampler_takes_the_planned_steps(sampler):
    built, planned = build_sampler(sampler_of(sampler)), sampler_of(sampler).trajectory_steps
    assert planned >= 1
    assert built.steps == planned == len(built.times)
    if sampler["name"] != "sit-dopri5":
        assert calls_until_the_end(built) == planned
        assert len(step_evaluations(sampler_of(sampler), None)) == planned


def test_the_last_step_of_the_stochastic_sampler_is_one_more():
    sampler = {"name": "sit-sde", "steps": 21}
    assert sampler_of(sampler).trajectory_steps == sampler_of(sampler | {"last_step": "euler"}).trajectory_steps == 21
    assert sampler_of(sampler | {"last_step": None}).trajectory_steps == 20


def test_every_sampler_of_the_schema_is_drawn():
    assert {part["if"]["properties"]["name"]["const"] for part in MODELS["$defs"]["sampler"]["allOf"]} == set(SAMPLERS)


@given(SAMPLER, SHARE, st.lists(SHARE, max_size=3), st.integers(1, 40))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_windows_and_forks_lie_within_the_trajectory(sampler, share, shares, last):
    steps = sampler_of(sampler).trajectory_steps
    assert list(Window("every", None).steps(steps, share)) == list(range(steps))
    assert list(Window("first", None).steps(steps, share)) == [0]
    late = Window("last", None).steps(steps, share)
    assert list(late) == list(range(steps))[-last_steps(steps, share) :]
    assert list(Window("last", last).steps(steps, share)) == list(range(steps))[-last:]
    snapshots = snapshot_steps(steps, [*shares, round(1 - share, 2)])
    assert all(0 <= step < steps for step in snapshots)
    number, first = fork(late.start, steps, [*shares, round(1 - share, 2)]), late.start
    # The snapshot of the window's own share falls on the window's first step, whatever rounding does to 1 - 0.9.
    assert snapshots[-1] == first
    assert (number is None) == (first == 0)
    assert first == 0 or snapshots[number] == first


@pytest.mark.parametrize("path", sorted((ROOT / "config/models").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_card_of_ours_changes_its_steps(path):
    card = load_card(path)
    assert ("sampler" in card) == (path.stem in STEPS)
    if "sampler" in card:
        assert sampler_of(card["sampler"]).trajectory_steps == STEPS[path.stem]
