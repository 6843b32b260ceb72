"""The target compress at nano size: checkpoints that are models like any other, samples, scores and the page."""

import pandas as pd
import pytest
import yaml

from semantic_bottleneck.files import parquet
from tests.accessibility import faults
from tests.contracts import complaints
from tests.workflow.project import Project

FACTORISED = ["optimal-4", "optimal-16", "pca-4", "columns-4", "random-4"]
FORMS = [*FACTORISED, "precomputed", "additive"]


@pytest.fixture(scope="module")
def compressed(tmp_path_factory):
    return Project.finished(tmp_path_factory.mktemp("compress"), "compress")


def table(compressed, name):
    return pd.DataFrame(parquet.read(compressed.folder / "results/nano" / name))


def test_every_file_keeps_its_contract(compressed):
    assert complaints(compressed.folder / "results/nano") == []


def test_the_exact_table_and_the_full_rank_change_rounding_alone(compressed):
    found = table(compressed, "compress/sit-nano/differences.parquet").set_index(["variant", "quantity"])["value"]
    assert {variant for variant, _ in found.index} == set(FORMS)
    for form in ("precomputed", "optimal-16"):  # c has 16 dimensions
        assert found[form, "largest_difference"] <= 1e-5
        assert found[form, "classes_changed"] == 0
    assert found["columns-4", "rms_difference"] > found["optimal-4", "rms_difference"] > found["optimal-16", "rms_difference"]


def test_scores_are_paired_with_the_full_models(compressed):
    for form in FORMS:
        rows = table(compressed, f"scores/sit-nano/{form}.parquet")
        assert {"value", "difference"} == set(rows["quantity"])
    metadata = parquet.read_metadata(compressed.folder / "results/nano/scores/sit-nano/optimal-4.parquet")
    assert metadata["checkpoint_source"] == "results/nano/compress/sit-nano/sit-nano-optimal-4.safetensors"


def test_memory_is_what_is_saved(compressed):
    found = table(compressed, "compress/sit-nano/footprint.parquet").set_index(["variant", "batch"])
    forms = ("baseline", "precomputed", "optimal-4", "optimal-16")
    assert set(found.index) == {(form, batch) for form in forms for batch in (1, 10)}
    for batch in (1, 10):
        assert found.loc[("optimal-4", batch), "peak_bytes"] < found.loc[("baseline", batch), "peak_bytes"]


def test_the_page_judges_and_shows(compressed):
    page = (compressed.folder / "results/nano/compress.html").read_text()
    for said in ("Modulations computed beforehand change rounding alone.", "How far the modulations are off", "What is saved"):
        assert said in page, said
    assert 'src="http' not in page
    assert not compressed.planned("compress")


def test_everybody_can_use_the_page(each_browser, compressed):
    assert faults(each_browser, compressed.folder / "results/nano/compress.html") == []


def test_a_written_checkpoint_is_a_model_of_any_study(compressed):
    """Its card, copied beside the others, loads, plans and samples to the latents of the form that it is."""
    folder = compressed.folder
    text = (folder / "results/nano/compress/sit-nano/sit-nano-optimal-4.yaml").read_text()
    assert yaml.safe_load(text)["architecture"]["condition_rank"] == 4
    (folder / "config/models/sit-nano-optimal-4.yaml").write_text(text)
    latents = "results/nano/latents/sit-nano-optimal-4/baseline/000.parquet"
    config = compressed.configured(
        "own", models=("sit-nano.s1, repa-nano, mg-nano]", "sit-nano.s1, repa-nano, mg-nano, sit-nano-optimal-4]")
    )
    assert compressed.planned(latents, config=config)["run_trunk"] == 1
    compressed.run("--cores", "2", latents, config=config)
    own, form = (parquet.read(folder / path) for path in (latents, "results/nano/latents/sit-nano/optimal-4/000.parquet"))
    assert (own["latent"] == form["latent"]).all()
