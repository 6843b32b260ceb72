"""Where variants prune, and where they leave the baseline. Steps of a trajectory: tests/unit/sampling/test_steps.py."""

from semantic_bottleneck.study.windows import fork, last_steps, snapshot_steps, window_steps


def test_windows():
    tail = {"side": "tail", "window": "every"}
    assert window_steps({}, 50, 0.1) == range(0)
    assert window_steps(tail, 50, 0.1) == range(50)
    assert window_steps(tail | {"window": "first"}, 50, 0.1) == range(1)
    assert window_steps(tail | {"window": "last"}, 50, 0.1) == range(45, 50)
    assert window_steps(tail | {"window": "last", "last_steps": 3}, 50, 0.1) == range(47, 50)
    assert window_steps(tail | {"window": "last", "last_steps": 60}, 50, 0.1) == range(50)
    assert last_steps(4, 0.1) == 1
    assert last_steps(50, 0.3) == 15


def test_a_late_variant_forks_from_the_latest_usable_snapshot():
    last = {"side": "tail", "window": "last"}
    assert snapshot_steps(50, [0.5, 0.9]) == [25, 45]
    assert fork(last, 50, 0.1, [0.5, 0.9]) == 1
    assert fork(last | {"last_steps": 10}, 50, 0.1, [0.5, 0.9]) == 0
    assert fork(last | {"last_steps": 30}, 50, 0.1, [0.5, 0.9]) is None
    assert fork(last | {"window": "every"}, 50, 0.1, [0.5, 0.9]) is None
    assert fork(last, 1, 0.1, [0.9]) is None
    assert fork(last | {"window": "every"}, 50, 0.1, [0.001]) is None  # before the first step there is only noise
    assert fork(last, 50, 0.1, [0.9, 0.5]) == 0
    assert fork(last | {"last_steps": 9}, 10, 0.1, [0.1]) == 0
