"""Damaged and hostile files: the right bytes or one sentence, nothing executed, nothing left behind."""

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.checkpoints.judgement import IN_MEMORY, TRIED, attempt, draw


@settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(min_value=0, max_value=2**64 - 1))
def test_any_file_is_read_rightly_or_refused(seed):
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        sentinel = Path(folder) / "executed"
        inside = Path(folder) / "work"
        inside.mkdir()
        TRIED[attempt(draw(random.Random(seed), sentinel), inside, sentinel)] += 1
