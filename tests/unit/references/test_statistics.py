"""What is accepted as mean and covariance."""

import numpy as np
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.statistics import Statistics, checked, load_statistics, save_statistics

MU = np.zeros(4)
SIGMA = np.diag([1.0, 2.0, 3.0, 0.0])


def changed(row: int, column: int, value: float) -> np.ndarray:
    sigma = SIGMA.copy()
    sigma[row, column] = value
    return sigma


@pytest.mark.parametrize(
    ("mean", "covariance", "sentence"),
    [
        (MU[:3], SIGMA, r"mean of shape \[3\] and a covariance of shape \[4, 4\] do not belong together"),
        (SIGMA, SIGMA, "do not belong together"),
        (np.array([0, np.nan, 0, 0]), SIGMA, "the mean holds a value that is not finite"),
        (MU, changed(1, 1, np.inf), "the covariance holds a value that is not finite"),
        (MU, changed(0, 1, 0.1), "the covariance is not symmetric"),
        (MU, changed(3, 3, -0.1), "negative eigenvalue -0.1"),
        (np.array(["a"] * 4), SIGMA, "are not numbers"),
    ],
)
def test_what_is_no_covariance_is_named(mean, covariance, sentence):
    with pytest.raises(UserError, match=f"file.npz: .*{sentence}"):
        checked(mean, covariance, "file.npz")


def test_single_precision_is_good_enough():
    rows = np.random.default_rng(0).standard_normal((20, 40))
    sigma = np.cov(rows, rowvar=False).astype(np.float32)  # singular, and rounded
    found = checked(np.zeros(40, dtype=np.float32), sigma, "x")
    assert found.covariance.dtype == np.float64
    assert np.array_equal(found.covariance, found.covariance.T)


def test_statistics_come_back(tmp_path):
    path = tmp_path / "statistics.npz"
    save_statistics(path, {"features": Statistics(MU, SIGMA), "dinov2": Statistics(MU[:1], SIGMA[:1, :1])})
    found = load_statistics(path)
    assert set(found) == {"features", "dinov2"}
    assert np.array_equal(found["features"].covariance, SIGMA)
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"statistics\.npz is damaged or absent .*repair"):
        load_statistics(path)
