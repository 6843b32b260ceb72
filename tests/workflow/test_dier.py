"""The target `dier` on the nano study: what it leaves, what it does not run, and what an edit reruns."""

import pandas as pd
import pytest

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.hashing import file_sha256
from tests.accessibility import faults
from tests.contracts import complaints
from tests.workflow.project import Project

RENDERED = {"render_dier_tables": 1, "render_dier_figures": 1, "render_page": 1, "dier": 1}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Project:
    return Project.finished(tmp_path_factory.mktemp("dier"), "dier")


@pytest.fixture
def edited(study, tmp_path) -> Project:
    return Project.copy_of(study.folder, tmp_path / "project", "results", ".snakemake")


def without_dier(project: Project) -> str:
    text = (project.folder / "config/nano.yaml").read_text()
    (project.folder / "config/plain.yaml").write_text(text[: text.index("\ndier:")])
    return "config/plain.yaml"


def test_page_tables_and_figures_are_there_and_say_what_was_not_run(study):
    folder = study.folder / "results/nano"
    page = (folder / "dier.html").read_text()
    assert page.count("data:image/png;base64,") == 5
    assert 'src="http' not in page
    assert "snakemake --cores 2 --configfile=config/nano.yaml dier" in page
    assert "data absent: put cifar-10-binary.tar.gz into data/cifar10/" in page
    for name in ("dier_lpa", "dier_baselines", "dier_ablations", "dier_learning_rate", "dier_timestep", "dier_sparsity"):
        for form in ("parquet", "md", "csv", "tex"):
            assert (folder / f"dier/tables/{name}.{form}").stat().st_size > 100
    table = pd.DataFrame(parquet.read(folder / "dier/tables/dier_lpa.parquet"))
    cells = table[(table["row"].str.startswith("t = 500")) & (table["model"] == "digits")].set_index("column")
    rows = [pd.DataFrame(parquet.read(folder / f"dier/measures/digits/dier-4.s{k}.parquet")) for k in (0, 1)]
    measured = pd.concat(rows)
    found = measured[(measured["quantity"] == "lpa") & (measured["timestep"] == 500)]["value"]
    assert cells.loc["lpa", "value"] == pytest.approx(found.mean())
    assert cells.loc["lpa", "result_file"].split("; ") == [
        f"results/nano/dier/measures/digits/dier-4.s{k}.parquet" for k in (0, 1)
    ]
    for path, digest in zip(*(cells.loc["lpa", f"checkpoint_{part}"].split("; ") for part in ("url", "sha256")), strict=True):
        assert digest == file_sha256(study.folder / path)
    assert cells[["value"]].loc[["lpa_untrained", "lpa_pixels", "knn"]].notna().all(axis=None)


def test_everybody_can_use_the_page(each_browser, study):
    assert faults(each_browser, study.folder / "results/nano/dier.html") == []


def test_self_supervised_baselines_stand_beside_with_what_each_costs(study):
    table = pd.DataFrame(parquet.read(study.folder / "results/nano/dier/tables/dier_baselines.parquet"))
    table = table[table["model"] == "digits"].set_index(["row", "column"])["value"].unstack()
    costs = table.loc[
        ["VICReg", "masked autoencoder"], ["lpa", "encoder_parameters", "encoder_megabytes", "training_teraflops"]
    ]
    assert (costs > 0).all(axis=None)
    assert costs["encoder_parameters"].nunique() == 1


def test_every_file_keeps_its_contract(study):
    assert complaints(study.folder / "results/nano") == []


def test_replicates_hold_out_their_own_images(study):
    folder = study.folder / "results/nano/dier/embeddings/digits"
    tables = [parquet.read(folder / f"dier-4.s{k}.parquet") for k in (0, 1)]
    rows = [set(table["row"]) for table in tables]
    assert not rows[0] & rows[1]
    for table, held in zip(tables, rows, strict=True):
        assert set(table["timestep"]) == {0, 500, 999}
        assert table["vector"].shape == (3 * len(held), 4)


def test_an_edit_reruns_its_users_and_nothing_is_left_to_do_without_one(edited):
    assert not edited.planned("dier")
    edited.edit("reporting/dier/claims.py")
    assert edited.planned("dier") == {rule: count for rule, count in RENDERED.items() if rule != "render_dier_tables"}
    edited.edit("reporting/dier/evidence.py")
    assert edited.planned("dier") == RENDERED
    edited.edit("dier/probes.py")
    assert edited.planned("dier") == {"probe_dier": 5, "probe_inputs": 2, **RENDERED}
    edited.edit("dier/run.py")
    assert edited.planned("dier")["train_dier"] == 5


def test_it_is_no_part_of_all(study):
    assert not {"train_dier", "probe_dier"} & study.planned("all").keys()


def test_a_study_without_the_section_says_so(edited):
    result = edited.run("-n", "dier", config=without_dier(edited), check=False)
    assert result.returncode != 0
    assert "The study 'nano' has no dier section; add one to its configuration or choose another study." in result.stdout


def test_downloads_are_planned_where_they_are_allowed(edited):
    config = edited.configured(
        "online", text=("  device: cpu\n  training: {size: nano", "  download: true\n  training: {size: nano")
    )
    planned = edited.planned("dier", config=config)
    assert planned["fetch_dataset"] == 1
    assert planned["train_dier"] >= 1
