"""The target `localisation` from a trained model to the table and the claims, on the nano study."""

import json

import pyarrow.parquet as pq
import pytest
import yaml

from semantic_bottleneck.reporting.core.style import read_drawing
from tests.contracts import complaints

SECTION = {"samples": 20, "head": 0.125, "top": 0.25, "shoulder": 0.5, "noise": [0.5], "guidance": [1], "late": True}


@pytest.fixture(scope="module")
def localised(nano, tmp_path_factory):
    """A finished nano study that is then asked where the class is."""
    project = type(nano).copy_of(nano.folder, tmp_path_factory.mktemp("localised") / "project", "results", ".snakemake")
    study = yaml.safe_load((project.folder / "config/nano.yaml").read_text())
    study["localisation"] = SECTION
    study["tables"] |= {"localisation": {"models": ["dit-nano", "sit-nano"]}, "initialisation": {"models": ["dit-nano"]}}
    study["figures"] |= {name: {"models": ["dit-nano", "sit-nano"]} for name in ("figure_localisation", "figure_noise")}
    (project.folder / "config/localised.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    made = ("localisation", "results/nano/tables/initialisation.parquet", "results/nano/report.html", "trainings")
    project.run("--cores", "2", *made, "--quiet", "rules", config="config/localised.yaml")
    return project


def test_all_variants_of_a_model_take_two_jobs_and_keep_their_contracts(localised):
    results = localised.folder / "results/nano"
    assert complaints(results) == []
    rows = pq.read_table(results / "localisation/dit-nano.parquet").to_pandas()
    assert rows.groupby("setting")["variant"].nunique().to_dict() == {"own": 25, "guidance-1": 6, "late": 25}
    unpruned = rows[(rows["variant"] == "baseline") & (rows["metric"] == "fid")].set_index("setting")["value"]
    assert unpruned["own"] == unpruned["late"] != unpruned["guidance-1"]
    assert set(rows["n"]) == {20}
    assert set(rows[rows["quantity"] == "difference"]["against"]) >= {"baseline", "head-mean", "shoulder-mean"}


def test_the_table_and_the_report_show_it(localised):
    results = localised.folder / "results/nano"
    cells = pq.read_table(results / "tables/localisation.parquet").to_pandas()
    assert {"class_agreement", "other_class_agreement", "clip_margin", "fid"} == set(cells["column"])
    assert cells["value"].notna().all()
    parts = pq.read_table(results / "tables/initialisation.parquet").to_pandas()
    assert {"head", "shoulder", "tail", "y"} < set(parts["row"])
    (start,) = parts[(parts["row"] == "y") & (parts["column"] == "part_start_correlation")].to_dict("records")
    assert 0.5 < start["value"] < 1  # 40 updates
    assert "conditions/dit-nano/step-000000.parquet" in start["result_file"]
    page = (results / "report.html").read_text()
    assert "The class is in the head" in page
    assert "Where in c the class is" in page
    for name in ("figure_localisation", "figure_noise"):
        drawn = read_drawing(results / f"figures/{name}.png").alt
        assert drawn.startswith("DiT (nano), points of class agreement lost")
        assert drawn in page


def test_the_target_trainings_judges_where_the_class_is_over_trainings(localised):
    results = localised.folder / "results/nano"
    made = {path.name for path in (results / "localisation").glob("*.parquet")}
    assert made == {"dit-nano.parquet", "sit-nano.parquet", "sit-nano.s1.parquet"}
    cells = pq.read_table(results / "tables/localisation_trainings.parquet").to_pandas()
    assert set(cells["model"]) == {"sit-nano"}
    assert set(cells[cells["column"] == "fid"]["n"]) == {2}
    drawn = read_drawing(results / "figures/figure_localisation_trainings.png").alt
    assert drawn.startswith("SiT (nano), 2 trainings, points of class agreement lost")
    assert drawn in (results / "trainings/report.html").read_text()
    over, alone = (
        {claim["name"]: claim for claim in json.loads((results / path).read_text())["claims"]}
        for path in ("trainings/metrics.json", "metrics.json")
    )
    assert over["tail_is_noise"]["verdict"] != "not run"
    assert "mean of 2 trainings" in over["tail_is_noise"]["sentence"]
    assert all("this checkpoint" in finding["sentence"] for finding in ran(alone["tail_is_noise"]))


def ran(claim):
    return [finding for finding in claim["findings"] if finding["verdict"] != "not run"]


def test_a_finished_table_leaves_nothing_to_do(localised):
    assert localised.planned("localisation", config="config/localised.yaml") == {}
