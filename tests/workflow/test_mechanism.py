"""The mechanism target at nano size: an arm is trained, sampled, pruned and scored by the rules of every model."""

import pandas as pd
import pytest
import yaml

from semantic_bottleneck.files import conditions_file, parquet
from tests.accessibility import faults
from tests.contracts import complaints
from tests.workflow.project import Project


@pytest.fixture(scope="module")
def mechanism(nano, tmp_path_factory):
    project = Project.copy_of(nano.folder, tmp_path_factory.mktemp("mechanism") / "project", "results", ".snakemake")
    project.run("--cores", "2", "mechanism", "--quiet", "rules")
    return project


def test_an_arm_takes_the_way_of_every_model(mechanism):
    folder = mechanism.folder / "results/nano"
    c, t = (conditions_file.vectors(folder / "conditions/t-in-4/final.parquet", kind, 0.0) for kind in ("c", "t"))
    assert c.shape == (6, 24)
    assert (t[:, :4] != 0).all()
    assert (t[:, 4:] == 0).all()
    scores = pd.DataFrame(parquet.read(folder / "scores/t-in-4/tail-39-last.parquet"))
    assert {"value", "difference"} == set(scores["quantity"])
    assert set(parquet.read(folder / "latents/t-in-4/baseline/000.parquet")["label"]) == set(range(6))
    assert complaints(folder) == []


def test_the_page_shows_it_and_names_what_it_cannot_ask(mechanism):
    page = (mechanism.folder / "results/nano/mechanism.html").read_text()
    for said in ("t in 4 dimensions", "Not asked here", "The paper&#39;s whole pattern appears with t confined."):
        assert said in page, said
    assert page.count("data:image/png;base64,") == 2
    table = pd.DataFrame(parquet.read(mechanism.folder / "results/nano/mechanism/tables/mechanism_pruning.parquet"))
    assert set(table["variant"]) == {"baseline", "tail-39-last"}
    assert table["value"].notna().all()


@pytest.mark.parametrize("name", ["mechanism", "mechanism_pair", "mechanism_continuous", "mechanism_ways"])
def test_every_study_of_it_plans_a_page_of_all_its_arms(mechanism, name):
    config = f"config/{name}.yaml"
    jobs = mechanism.planned("mechanism", config=config)
    section = yaml.safe_load((mechanism.folder / config).read_text())["mechanism"]
    runs = sum(arm.get("seeds", section["seeds"]) for arm in section["arms"].values())
    assert jobs["train_model"] == runs
    assert jobs["score_variant"] == runs * len(section["variants"])


def test_everybody_can_use_the_page(each_browser, mechanism):
    assert faults(each_browser, mechanism.folder / "results/nano/mechanism.html") == []


def test_the_report_knows_nothing_of_arms_and_a_study_without_them_says_so(mechanism):
    assert not mechanism.planned("mechanism")
    assert not mechanism.planned("all")
    told = mechanism.run("mechanism", "-n", config="config/miniature.yaml", check=False)
    assert "The study 'miniature' has no section `mechanism`" in told.stdout
