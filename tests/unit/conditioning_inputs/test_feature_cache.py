"""Features on disk: computed once, resumed after a kill, shared."""

import numpy as np
import pytest

from semantic_bottleneck.conditioning.feature_cache import cached_rows


def values(rows: range) -> dict[str, np.ndarray]:
    first = np.asarray(rows, dtype=np.float32)
    return {"a": first[:, None] * np.ones(3, dtype=np.float32), "b": first[:, None, None] + np.zeros((2, 2), dtype=np.float32)}


def test_rows_are_computed_once_in_batches(tmp_path):
    calls = []

    def compute(rows):
        calls.append((rows.start, rows.stop))
        return values(rows)

    for _ in range(2):
        arrays = cached_rows(tmp_path / "key", 7, 3, compute)
        assert {name: array.shape for name, array in arrays.items()} == {"a": (7, 3), "b": (7, 2, 2)}
        assert (arrays["b"][:, 1, 1] == np.arange(7)).all()
    assert calls == [(0, 3), (3, 6), (6, 7)]


def test_a_killed_job_goes_on_where_it_stopped(tmp_path):
    def killed(rows):
        if rows.start == 3:
            raise KeyboardInterrupt
        return values(rows)

    with pytest.raises(KeyboardInterrupt):
        cached_rows(tmp_path / "key", 7, 3, killed)
    seen = []
    arrays = cached_rows(tmp_path / "key", 7, 3, lambda rows: seen.append(rows.start) or values(rows))
    assert seen == [3, 6]
    assert (arrays["a"][:, 0] == np.arange(7)).all()


def test_the_arrays_are_private_copies(tmp_path):
    arrays = cached_rows(tmp_path / "key", 2, 2, values)
    arrays["a"][:] = 9
    assert (cached_rows(tmp_path / "key", 2, 2, values)["a"][:, 0] == [0, 1]).all()
