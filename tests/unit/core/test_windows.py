"""Where variants prune, and where they leave the baseline. Steps of a trajectory: tests/unit/sampling/test_steps.py."""

from semantic_bottleneck.study.windows import Window, fork, last_steps, snapshot_steps


def test_windows():
    assert Window("every", None).steps(50, 0.1) == range(50)
    assert Window("first", None).steps(50, 0.1) == range(1)
    assert Window("early", None).steps(50, 0.1) == range(5)
    assert Window("early", None).steps(3, 0.1) == range(1)
    assert Window("last", None).steps(50, 0.1) == range(45, 50)
    assert Window("last", 3).steps(50, 0.1) == range(47, 50)
    assert Window("last", 60).steps(50, 0.1) == range(50)
    assert last_steps(4, 0.1) == 1
    assert last_steps(50, 0.3) == 15


def test_a_late_variant_forks_from_the_latest_usable_snapshot():
    assert snapshot_steps(50, [0.5, 0.9]) == [25, 45]
    assert fork(45, 50, [0.5, 0.9]) == fork(49, 50, [0.5, 0.9]) == 1
    assert fork(40, 50, [0.5, 0.9]) == fork(25, 50, [0.5, 0.9]) == 0
    assert fork(20, 50, [0.5, 0.9]) is None
    assert fork(0, 50, [0.5, 0.9]) is None
    assert fork(0, 1, [0.9]) is None  # one step is entered at its beginning or not at all
    assert fork(0, 50, [0.001]) is None  # before the first step there is only noise
    assert fork(45, 50, [0.9, 0.5]) == 0
    assert fork(1, 10, [0.1]) == 0
