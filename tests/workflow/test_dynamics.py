"""The dynamics target at nano size, and what it plans where data is absent."""

import pandas as pd
import pytest
from PIL import Image

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.geometry import measures as geometry
from tests.accessibility import faults
from tests.contracts import complaints
from tests.workflow.project import ROOT, Project

RUNS = [f"{variant}.s{seed}" for variant in ("base", "frozen-t", "timesteps-50") for seed in (0, 1)]


@pytest.fixture(scope="module")
def dynamics(tmp_path_factory):
    return Project.finished(tmp_path_factory.mktemp("dynamics"), "dynamics")


def test_every_run_leaves_geometry_conditions_and_metrics(dynamics):
    folder = dynamics.folder / "results/nano/dynamics/runs"
    assert sorted(path.name for path in folder.iterdir()) == sorted(RUNS)
    for run in RUNS:
        assert not (folder / run / ".training").exists()
        table = pd.DataFrame(parquet.read(folder / run / "geometry.parquet"))
        assert set(table["model"]) == {run}
        assert set(table["training_step"]) == {0, 4, 12}
        assert {"c", "silu_c", "t", "y", "batch_c", "batch_silu_c", "batch_t"} == set(table["kind"])
        assert parquet.read(folder / run / "metrics.parquet")["step"].tolist() == list(range(1, 13))
    path = folder / "base.s1/conditions/step-000012.parquet"
    c = conditions_file.vectors(path, "c")
    table = pd.DataFrame(parquet.read(folder / "base.s1/geometry.parquet"))
    rows = table[(table["kind"] == "c") & (table["timestep"] == 0.0) & (table["training_step"] == 12)].set_index("metric")
    assert rows.loc["participation_ratio", "value"] == geometry.participation_ratio(c).mean()
    assert rows.loc["silu_dead_percent", "value"] == 100 * geometry.dead_share(c).mean()
    assert (table["metric"] == "silu_dead_percent").sum() == 3 * 3  # timesteps and checkpoints


def test_every_file_keeps_its_contract(dynamics):
    assert complaints(dynamics.folder / "results/nano") == []


def test_replicates_share_their_start_and_a_frozen_embedder_stays(dynamics):
    folder = dynamics.folder / "results/nano/dynamics/runs"

    def t(run, step):
        return conditions_file.vectors(folder / run / f"conditions/step-{step:06d}.parquet", "t")

    assert (t("base.s0", 0) == t("frozen-t.s0", 0)).all()
    assert (t("base.s0", 0) != t("base.s1", 0)).any()
    assert (t("frozen-t.s0", 12) == t("frozen-t.s0", 0)).all()
    assert (t("base.s0", 12) != t("base.s0", 0)).any()


def test_the_page_is_one_file_with_claims_tables_and_figures(dynamics):
    page = (dynamics.folder / "results/nano/dynamics.html").read_text()
    for said in ("The fall needs the timestep embedder.", "Figure 12", "Where each variant ends", "2 seeds each"):
        assert said in page, said
    assert page.count("data:image/png;base64,") == 2
    assert 'src="http' not in page
    table = pd.DataFrame(parquet.read(dynamics.folder / "results/nano/dynamics/tables/ablations.parquet"))
    assert set(table["variant"]) == {"base", "frozen-t", "timesteps-50"}
    assert table["value"].notna().all()
    for file in set("; ".join(table["result_file"]).split("; ")):
        assert (dynamics.folder / file).name in ("geometry.parquet", "metrics.parquet")
        assert (dynamics.folder / file).is_file()


def test_everybody_can_use_the_page(each_browser, dynamics):
    assert faults(each_browser, dynamics.folder / "results/nano/dynamics.html") == []


def test_nothing_runs_twice_and_a_changed_variant_alone_runs_again(dynamics):
    assert not dynamics.planned("dynamics")
    config = dynamics.configured("longer", k=("training.objective.timesteps: 50", "training.objective.timesteps: 40"))
    planned = dynamics.planned("dynamics", config=config)
    assert planned["train_dynamics"] == 2
    (dynamics.folder / config).unlink()
    dynamics.edit("reporting/dynamics/claims.py")
    assert set(dynamics.planned("dynamics")) == {"render_page", "dynamics"}


def test_the_paper_study_says_what_is_absent_and_encodes_what_is_there(tmp_path):
    project = Project.copy_of(ROOT, tmp_path / "project")
    assert project.planned("dynamics", config="") == {"render_page": 1, "dynamics": 1}
    (project.folder / "data/imagenet/train/n01440764").mkdir(parents=True)
    Image.new("RGB", (300, 300)).save(project.folder / "data/imagenet/train/n01440764/a.png")
    planned = project.planned("dynamics", config="")
    assert (planned["fetch_encoder"], planned["encode_images"], planned["train_dynamics"]) == (1, 1, 5)


def test_a_study_without_the_section_says_so(tmp_path):
    project = Project.copy_of(ROOT, tmp_path / "project")
    path = project.folder / "config/nano.yaml"
    path.write_text(path.read_text().partition("\ndynamics:")[0])
    result = project.run("-n", "dynamics", check=False)
    assert "The study 'nano' has no section `dynamics`; add one." in result.stdout
    assert project.run("-n", "table1").returncode == 0
