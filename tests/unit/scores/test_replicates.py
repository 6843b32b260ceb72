"""The baseline is scored once: what it leaves behind gives the same paired differences as scoring it again."""

import numpy as np
import pandas as pd
import pytest

from score_variant import score_variant
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.parquet import gather
from semantic_bottleneck.files.score_columns import WHOLE
from semantic_bottleneck.references.statistics import save_statistics
from semantic_bottleneck.scores.measure import Settings
from semantic_bottleneck.scores.moments import moments
from semantic_bottleneck.scores.replicates import from_columns, to_columns
from semantic_bottleneck.scores.variant_scores import first_samples, score_rows, variant_scores

CLASSES, WIDTH = 4, 5


def samples_of(seed, n, shift=0.0):
    rng = np.random.default_rng(seed)
    features = (rng.normal(size=(n, WIDTH)) + shift).astype(np.float32)
    logits = rng.normal(size=(n, CLASSES)).astype(np.float32)
    return {"sample": np.arange(n), "label": np.arange(n) % CLASSES, "features": features, "logits": logits}


def scored(samples):
    return variant_scores(samples, samples_of(9, 100)["features"], name="v", settings=Settings(classes=CLASSES))


@pytest.mark.parametrize("n", [240, 20])
def test_replicates_come_back_from_a_file_unchanged(tmp_path, n):
    """With 20 samples the groups lie in strata."""
    baseline, variant = scored(samples_of(1, n)), scored(samples_of(1, n, 0.1))
    parquet.write(tmp_path / "r.parquet", to_columns({WHOLE: baseline}))
    again = from_columns(parquet.read(tmp_path / "r.parquet"), baseline.samples)
    expected, found = (pd.DataFrame(score_rows("m", "v", variant, other)) for other in (baseline, again))
    pd.testing.assert_frame_equal(found, expected)
    assert set(found["quantity"]) == {"value", "difference"}


def test_the_rule_reads_shards_and_writes_both_files(tmp_path):
    n, files = 160, {}
    weights = {"checkpoint_source": "final.pt", "checkpoint_sha256": "ab"}
    for name, shift in (("baseline", 0.0), ("tail", 0.1)):
        samples = samples_of(2, n, shift)
        files[name] = [str(tmp_path / f"{name}{shard}.parquet") for shard in range(3)]
        for path, rows in zip(files[name], np.array_split(np.arange(n), 3), strict=True):
            parquet.write(path, {key: values[rows] for key, values in samples.items()}, weights | {"evaluations": path[-9]})
    reference, texts = tmp_path / "reference.parquet", tmp_path / "texts.parquet"
    parquet.write(reference, {"features": samples_of(9, 100)["features"]})
    parquet.write(texts, {"features": np.eye(CLASSES)})
    sums = moments(samples_of(9, 100)["features"])
    save_statistics(tmp_path / "statistics.npz", {"features": (sums.mean(), sums.covariance())})
    for name, baseline in (("baseline", []), ("tail", [str(tmp_path / "baseline.replicates")])):
        score_variant(
            "m", name, files[name], baseline, reference, tmp_path / "statistics.npz", texts, CLASSES, 20, "torch-fidelity",
            tmp_path / f"{name}.scores", tmp_path / f"{name}.replicates", subsets=[80, 500],
        )  # fmt: skip
    found = pd.DataFrame(parquet.read(tmp_path / "tail.scores"))
    expected = pd.DataFrame(score_rows("m", "tail", scored(samples_of(2, n, 0.1)), scored(samples_of(2, n))))
    pd.testing.assert_frame_equal(found[found["subset"] == WHOLE], expected, rtol=1e-6)
    halves = {name: first_samples(samples_of(2, n, shift), 80) for name, shift in (("baseline", 0.0), ("tail", 0.1))}
    nested = score_rows("m", "tail", scored(halves["tail"]), scored(halves["baseline"]), subset=80)
    pd.testing.assert_frame_equal(found[found["subset"] == 80].reset_index(drop=True), pd.DataFrame(nested), rtol=1e-6)
    assert set(found["subset"]) == {WHOLE, 80}
    assert parquet.read_metadata(tmp_path / "tail.scores") == {"model": "m", "variant": "tail"} | weights
    np.testing.assert_array_equal(gather(files["tail"])["features"], samples_of(2, n, 0.1)["features"])


def test_what_does_not_fit_is_named():
    variant = scored(samples_of(3, 160))
    with pytest.raises(UserError, match="different samples"):
        score_rows("m", "v", variant, scored(samples_of(3, 80)))
    columns = {key: np.array(values) for key, values in to_columns({WHOLE: variant}).items()}
    kept = columns["metric"] != "kid"
    less = from_columns({key: values[kept] for key, values in columns.items()}, variant.samples)
    with pytest.raises(UserError, match="no kid to compare"):
        score_rows("m", "v", variant, less)
    with pytest.raises(UserError, match="lack the column"):
        from_columns({"metric": np.array(["fid"])}, "")
    with pytest.raises(UserError, match="lack its first 5,000 samples"):
        from_columns(columns, variant.samples, 5000)


def test_metrics_that_could_not_be_taken_say_why():
    rows = pd.DataFrame(score_rows("m", "v", scored(samples_of(4, 160)), None, {"clip_score": "no texts"}))
    absent = rows[rows["metric"] == "clip_score"].iloc[0]
    assert absent["note"] == "no texts"
    assert np.isnan(absent["value"])
