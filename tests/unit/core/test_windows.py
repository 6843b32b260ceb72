"""Steps of a trajectory, and where variants leave the baseline."""

import pytest

from semantic_bottleneck.sampling.registry import SAMPLERS, build_sampler
from semantic_bottleneck.windows import fork, last_steps, snapshot_steps, trajectory_steps, window_steps


def test_windows():
    tail = {"side": "tail", "window": "every"}
    assert window_steps({}, 50, 0.1) == range(0)
    assert window_steps(tail, 50, 0.1) == range(50)
    assert window_steps(tail | {"window": "first"}, 50, 0.1) == range(1)
    assert window_steps(tail | {"window": "last"}, 50, 0.1) == range(45, 50)
    assert window_steps(tail | {"window": "last", "last_steps": 3}, 50, 0.1) == range(47, 50)
    assert last_steps(4, 0.1) == 1


def test_a_late_variant_forks_from_the_latest_usable_snapshot():
    last = {"side": "tail", "window": "last"}
    assert snapshot_steps(50, [0.5, 0.9]) == [25, 45]
    assert fork(last, 50, 0.1, [0.5, 0.9]) == 1
    assert fork(last | {"last_steps": 10}, 50, 0.1, [0.5, 0.9]) == 0
    assert fork(last | {"last_steps": 30}, 50, 0.1, [0.5, 0.9]) is None
    assert fork(last | {"window": "every"}, 50, 0.1, [0.5, 0.9]) is None
    assert fork(last, 1, 0.1, [0.9]) is None


@pytest.mark.parametrize("name", SAMPLERS)
def test_trajectory_steps_agree_with_every_sampler(name):
    config = {"name": name} if name == "sit-dopri5" else {"name": name, "steps": 21}
    assert trajectory_steps(config) == build_sampler(config).steps
