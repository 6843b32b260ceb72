"""What another machine's clock dated later than now."""

import os
import time

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.job.clocks import bring_back, require_past


def test_results_from_the_future_come_back_in_their_order(tmp_path):
    (tmp_path / "deep").mkdir()
    hours = {"old": -1, "input": 3, "deep/output": 5, "deep/with-output": 5}
    for name, hour in hours.items():
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (time.time() + 3600 * hour,) * 2)
    times = {name: (tmp_path / name).stat().st_mtime_ns for name in hours}
    assert bring_back(tmp_path) == 3
    after = {name: (tmp_path / name).stat().st_mtime_ns for name in hours}
    assert after["old"] == times["old"] < after["input"] < after["deep/output"]
    assert max(after.values()) <= time.time_ns()
    assert bring_back(tmp_path) == 0
    assert bring_back(tmp_path / "absent") == 0


def test_an_input_from_the_future_is_named(tmp_path):
    (tmp_path / "data.npz").write_text("")
    require_past([tmp_path / "data.npz", tmp_path / "absent"])
    os.utime(tmp_path / "data.npz", (time.time() + 3600,) * 2)
    with pytest.raises(UserError, match=r"data\.npz is dated .*yet to come.*`touch .*data\.npz`"):
        require_past([tmp_path / "data.npz"])
