"""What the nano study leaves: contents, not just files."""

import hashlib
import json
import math

import numpy as np
import pandas as pd
import pyarrow.parquet
import pyarrow.types

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.geometry import measures as geometry

VARIANTS = ("baseline", "tail-39-every", "tail-39-last", "head-10-every")


def results(nano):
    return nano.folder / "results/nano"


def test_conditions_hold_every_class_and_timestep_and_never_the_null_row(nano):
    path = results(nano) / "conditions/sit-nano/final.parquet"
    table = parquet.read(path)
    assert (table["kind"] == "c").sum() == 3 * 10
    assert (table["kind"] == "y").sum() == 10
    assert (table["kind"] == "t").sum() == 3
    assert set(table["condition"]) == {-1, *range(10)}
    timesteps = conditions_file.timesteps(path)
    assert timesteps[0] == 0.0
    y, t = conditions_file.vectors(path, "y"), conditions_file.vectors(path, "t", timesteps[1])
    np.testing.assert_allclose(conditions_file.vectors(path, "c", timesteps[1]), y + t, atol=1e-6)


def where_it_was_made(nano):
    """The absolute path of the temporary folders in one of which the study was made, before its folder was renamed."""
    return str(nano.folder.parents[1])


def texts(path):
    """What a file says, as bytes; of Parquet, which is compressed, the metadata and the columns of texts."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        schema = pyarrow.parquet.read_schema(path)
        columns = [field.name for field in schema if pyarrow.types.is_string(field.type)]
        yield repr((schema.metadata, pyarrow.parquet.read_table(path, columns=columns).to_pydict())).encode()


def test_no_result_says_where_the_project_lay(nano):
    files = [path for path in results(nano).rglob("*") if path.is_file() and path.suffix not in (".log", ".tsv")]
    assert len(files) > 100
    place = where_it_was_made(nano).encode()
    assert [str(path) for path in files if any(place in text for text in texts(path))] == []


def test_training_checkpoints_go_from_untrained_to_final(nano):
    folder = results(nano) / "conditions/sit-nano"
    first, last, final = (
        conditions_file.vectors(folder / f"{name}.parquet", "y") for name in ("step-000000", "step-000040", "final")
    )
    assert np.array_equal(last, final)
    assert np.abs(first - last).max() > 1e-4
    steps = parquet.read(results(nano) / "geometry/sit-nano/training.parquet")["training_step"]
    assert set(steps) == {0, 20, 40}


def test_geometry_equals_the_functions_on_the_vectors(nano):
    table = pd.DataFrame(parquet.read(results(nano) / "geometry/sit-nano/final.parquet"))
    c = conditions_file.vectors(results(nano) / "conditions/sit-nano/final.parquet", "c")
    rows = table[(table["kind"] == "c") & (table["timestep"] == 0.0)].set_index("metric")
    assert rows.loc["participation_ratio", "value"] == geometry.participation_ratio(c).mean()
    assert rows.loc["cosine_similarity", "value"] == geometry.pairwise(geometry.cosine_matrix(c)).mean()
    silu = table[(table["kind"] == "silu_c") & (table["timestep"] == 0.0)].set_index("metric")
    assert silu.loc["participation_ratio", "value"] == geometry.participation_ratio(geometry.silu(c)).mean()


def test_variants_remove_the_share_that_they_say(nano):
    table = pd.DataFrame(parquet.read(results(nano) / "variants/sit-nano.parquet")).set_index("variant")
    assert set(table.index) == set(VARIANTS)
    assert math.isclose(table.loc["tail-39-every", "removed_percent"], 39, abs_tol=1)
    assert math.isclose(table.loc["head-10-every", "removed_percent"], 10, abs_tol=1)
    head = table.loc["head-10-every"]
    assert math.isclose(head["head_positive"] + head["head_negative"], head["removed_dimensions"])
    assert table["model_evaluations"].to_dict() == {"baseline": 6, "tail-39-every": 6, "tail-39-last": 2, "head-10-every": 6}


def test_late_variants_share_the_baselines_trajectory_and_differ_at_its_end(nano):
    folder = results(nano) / "latents/sit-nano"
    latents = {name: parquet.read(folder / name / "000.parquet") for name in VARIANTS}
    metadata = {name: parquet.read_metadata(folder / name / "000.parquet") for name in VARIANTS}
    for table in latents.values():
        assert np.array_equal(table["sample"], np.arange(60))
        assert np.array_equal(table["label"], np.arange(60) % 10)
        assert table["latent"].shape == (60, 1, 8, 8)
    # Guided everywhere: two rows per sample and step; the branch runs only the last two of six steps.
    assert metadata["baseline"]["evaluations"] == str(60 * 2 * 6)
    assert metadata["tail-39-last"]["evaluations"] == str(60 * 2 * 2)
    moved = {name: np.abs(latents[name]["latent"] - latents["baseline"]["latent"]).max() for name in VARIANTS[1:]}
    assert all(distance > 0 for distance in moved.values())


def test_scores_have_an_interval_for_every_value_and_a_paired_difference_for_every_variant(nano):
    for variant in VARIANTS:
        table = pd.DataFrame(parquet.read(results(nano) / f"scores/sit-nano/{variant}.parquet"))
        assert set(zip(table["subset"], table["n"], strict=True)) == {(0, 60), (30, 30)}
        table = table[table["subset"] == 0]
        values = table[table["quantity"] == "value"].set_index("metric")
        assert {"fid", "inception_score", "kid", "precision", "recall", "clip_score", "class_agreement"} <= set(values.index)
        assert (values["low"] <= values["value"]).all()
        assert (values["value"] <= values["high"]).all()
        differences = set(table.loc[table["quantity"] == "difference", "metric"])
        assert differences == (set() if variant == "baseline" else set(values.index))


def test_tables_stand_in_four_forms_with_the_scores_numbers(nano):
    folder = results(nano) / "tables"
    for name in ("table1", "table2", "table4", "table6", "audit"):
        for form in ("parquet", "md", "csv", "tex"):
            assert (folder / f"{name}.{form}").stat().st_size > 200
    table = pd.DataFrame(parquet.read(folder / "table2.parquet")).set_index(["variant", "column"])
    scores = pd.DataFrame(parquet.read(results(nano) / "scores/sit-nano/head-10-every.parquet"))
    fid = scores[(scores["metric"] == "fid") & (scores["subset"] == 0)].set_index("quantity")
    assert table.loc[("head-10-every", "fid"), "value"] == fid.loc["value", "value"]
    assert table.loc[("head-10-every", "fid"), "difference"] == fid.loc["difference", "value"]


def test_a_cell_is_walked_back_to_the_weights_that_made_it(nano):
    """The cell, its file, the latents behind it, the checkpoint: one address and one hash all the way, and it is the file's."""
    folder = results(nano) / "tables"
    for name, column, file in (
        ("table2", "fid", "scores/sit-nano/head-10-every.parquet"),
        ("table2", "removed_percent", "variants/sit-nano.parquet"),
        ("table1", "cosine_similarity", "geometry/sit-nano/final.parquet"),
    ):
        table = pd.DataFrame(parquet.read(folder / f"{name}.parquet"))
        variant = "y+t" if name == "table1" else "head-10-every"
        chosen = (table["model"] == "sit-nano") & (table["variant"] == variant) & (table["column"] == column)
        cell = table[chosen].iloc[0]
        assert cell["result_file"] == f"results/nano/{file}"
        checkpoint = nano.folder / cell["checkpoint_url"]
        assert checkpoint == results(nano) / "checkpoints/sit-nano/final.pt"
        assert cell["checkpoint_sha256"] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
        way = [cell["result_file"]]
        way += ["results/nano/latents/sit-nano/head-10-every/000.parquet"] if column == "fid" else []
        for path in way:
            metadata = parquet.read_metadata(nano.folder / path)
            assert metadata["checkpoint_source"] == cell["checkpoint_url"]
            assert metadata["checkpoint_sha256"] == cell["checkpoint_sha256"]
        page = (folder / f"{name}.html").read_text()
        assert cell["checkpoint_sha256"] in page
        assert f'title="{cell["result_file"]}"' in page
    assert parquet.read(folder / "audit.parquet")["published_file"][0].startswith("config/published/hidden_semantic")


def test_the_report_is_one_file_with_its_numbers_and_origins(nano):
    page = (results(nano) / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert 'src="http' not in page
    fid = parquet.read(results(nano) / "scores/sit-nano/baseline.parquet")
    value = float(fid["value"][list(fid["metric"]).index("fid")])
    assert f'data-value="{value!r}"' in page
    origin = json.loads((results(nano) / "provenance.json").read_text())
    assert origin["config"]["seed"] == 0
    assert all(len(row["sha256"]) == 64 for row in origin["files"])


def test_every_job_left_a_log_and_a_benchmark(nano):
    logs = {path.parent.name for path in (results(nano) / "logs").rglob("*.log")}
    assert {"train_model", "read_trained_conditioner", "render_table"} <= logs
    assert list((results(nano) / "benchmarks").rglob("*.tsv"))
    assert (
        "it/s" in (results(nano) / "logs/train_model/sit-nano.log").read_text()
        or "step" in (results(nano) / "logs/train_model/sit-nano.log").read_text()
    )
