"""The scores table of a pose-conditioned model."""

import numpy as np
import pytest

from score_pairs import score_pairs
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.scores.frechet import frechet_distance_of_rows, prepare_reference
from semantic_bottleneck.scores.pair_scores import groups_of_items, pair_scores
from semantic_bottleneck.scores.paired_images import METHODS

WIDTH, N, GARMENTS = 6, 240, 40


@pytest.fixture
def samples():
    rng = np.random.default_rng(1)
    garment = rng.integers(0, GARMENTS, N)
    own = rng.normal(size=GARMENTS)[garment]
    columns = {metric: own + 0.1 * rng.normal(size=N) for metric in METHODS}
    items = np.array([f"img/id_{number:08d}" for number in garment], dtype=object)
    return {"sample": np.arange(N), "item": items, "features": rng.normal(size=(N, WIDTH)).astype(np.float32)} | columns


REFERENCE = np.zeros(WIDTH), np.eye(WIDTH)


def rows_of(columns, metric, quantity="value"):
    where = [m == metric and q == quantity for m, q in zip(columns["metric"], columns["quantity"], strict=True)]
    return {name: np.array(values)[where][0] for name, values in columns.items()}


def test_garments_stay_whole():
    items = ["b", "a", "b", "c", "a", "d"]
    assert groups_of_items(items, 3).tolist() == [0, 1, 0, 2, 1, 0]
    assert groups_of_items(items, 20).tolist() == [0, 1, 0, 2, 1, 3]


def test_values_and_differences(samples):
    pruned = samples | {metric: samples[metric] + 0.5 for metric in METHODS}
    found = pair_scores(pruned, samples, REFERENCE, model="xmdpt", name="tail", groups=20)
    assert set(found["metric"]) == {"fid", *METHODS}
    for metric in METHODS:
        row, difference = rows_of(found, metric), rows_of(found, metric, "difference")
        assert row["value"] == pytest.approx(pruned[metric].mean())
        assert difference["value"] == pytest.approx(0.5)
        assert difference["standard_error"] == pytest.approx(0, abs=1e-9)
        assert row["n"] == N
    distance = rows_of(found, "fid")
    expected = frechet_distance_of_rows(samples["features"], prepare_reference(*REFERENCE))
    assert distance["value"] == pytest.approx(expected, rel=1e-6)
    assert distance["low"] < distance["value"] < distance["high"]
    assert rows_of(found, "fid", "difference")["value"] == pytest.approx(0, abs=1e-9)


def test_the_interval_knows_that_pictures_of_a_garment_are_alike(samples):
    alone = samples | {"item": np.array([f"{number}" for number in range(N)], dtype=object)}
    whole, single = (
        rows_of(pair_scores(each, None, REFERENCE, model="m", name="baseline", groups=20), "ssim")["standard_error"]
        for each in (samples, alone)
    )
    truth = samples["ssim"].std() / np.sqrt(GARMENTS)
    assert single < 0.75 * truth
    assert 0.6 * truth < whole < 1.6 * truth


def test_one_garment_has_no_interval_and_bad_values_are_named(samples):
    one = samples | {"item": np.array(["same"] * N, dtype=object)}
    row = rows_of(pair_scores(one, None, REFERENCE, model="m", name="baseline", groups=20), "lpips")
    assert np.isnan(row["low"])
    assert "too few garments" in row["note"]
    broken = samples | {"psnr": np.full(N, np.inf)}
    with pytest.raises(UserError, match="psnr of variant tail"):
        pair_scores(broken, samples, REFERENCE, model="m", name="tail", groups=20)
    with pytest.raises(UserError, match="different samples"):
        pair_scores(samples | {"sample": np.arange(1, N + 1)}, samples, REFERENCE, model="m", name="tail", groups=20)


def test_the_rule_gathers_shards_and_says_which_weights_made_them(samples, tmp_path):
    weights = {"checkpoint_source": "xmdpt.checkpoint", "checkpoint_sha256": "ab"}
    shards = [str(tmp_path / f"{number}.parquet") for number in range(2)]
    for path, rows in zip(shards, np.array_split(np.arange(N), 2), strict=True):
        parquet.write(path, {name: values[rows] for name, values in samples.items()}, weights | {"evaluations": path[-9:]})
    parquet.write(tmp_path / "reference.parquet", dict(zip(("mean", "covariance"), REFERENCE, strict=True)))
    score_pairs("xmdpt", "baseline", shards, [], tmp_path / "reference.parquet", 20, tmp_path / "scores.parquet")
    assert parquet.read_metadata(tmp_path / "scores.parquet") == {"model": "xmdpt", "variant": "baseline"} | weights
    found, expected = (
        parquet.read(tmp_path / "scores.parquet"),
        pair_scores(samples, None, REFERENCE, model="xmdpt", name="baseline", groups=20),
    )
    assert rows_of(found, "fid")["value"] == pytest.approx(rows_of(expected, "fid")["value"])
