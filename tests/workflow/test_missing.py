"""A source that is gone leaves cells that say why; the rest is made, the run ends with an error, a later run fills it in."""

import io

import pytest
import torch

from semantic_bottleneck.files import parquet
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.own import CONFIG, own_project, weights

TABLE, FIGURE = "results/own/tables/table1.md", "results/own/figures/figure3.png"


@pytest.fixture
def project(tmp_path):
    """`own` has its weights on disk; those of `gone` are on a server that no longer holds them."""
    server = FileServer({})
    project = own_project(
        tmp_path / "project",
        own={"files": [{"url": "data/own.pt"}], "container": "pt"},
        gone={"files": [{"url": server.url("gone.pt")}], "container": "pt"},
    )
    torch.save(weights(), project.folder / "data/own.pt")
    with server:
        yield project, server


def test_a_gone_source_leaves_reasons_and_is_filled_in_later(project):
    project, server = project
    options = ("table1", FIGURE)

    def make(*more):
        return project.run("--cores", "2", *options, "--quiet", "rules", *more, config=CONFIG, check=False)

    stopped = make("--config", "missing=stop")
    assert stopped.returncode != 0
    assert not (project.folder / TABLE).exists()

    first = make()
    assert first.returncode != 0
    assert "Traceback" not in first.stdout
    (sentence,) = {line for line in first.stdout.splitlines() if line.startswith("Error: ")}
    assert "gone.pt" in sentence
    text = (project.folder / TABLE).read_text()
    rows = {line.split("|")[1].strip().split(" ")[0]: line for line in text.splitlines() if line.startswith("| ")}
    assert "not run" in rows["Gone"]
    assert "gone.pt" in rows["Gone"]
    assert "not run" not in rows["Own"]
    own = parquet.read(project.folder / "results/own/tables/table1.parquet")
    assert b"gone.pt" in (project.folder / FIGURE).read_bytes()  # the alt text

    again = make()
    assert again.returncode != 0
    assert "Rule: render_table" in first.stdout
    assert "Rule: render_table" not in again.stdout

    stream = io.BytesIO()
    torch.save(weights(1), stream)
    server.files["gone.pt"] = Served(stream.getvalue())
    later = make()
    assert later.returncode == 0, later.stdout
    filled = parquet.read(project.folder / "results/own/tables/table1.parquet")
    assert "not run" not in (project.folder / TABLE).read_text()
    mine = own["model"] == "own"
    assert own["value"][mine].tolist() == filled["value"][filled["model"] == "own"].tolist()

    del server.files["gone.pt"]  # what was made once needs no source
    assert make().returncode == 0


def test_a_dry_run_asks_no_server_and_plans_everything(project):
    project, server = project
    assert project.planned("table1", config=CONFIG)["read_conditioner"] == 2
    assert not server.requests
