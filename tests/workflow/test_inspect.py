"""A newcomer's path: a file of weights -> `inspect` -> its tables, with no key edited."""

import io
import json
import subprocess
import time

import pandas as pd
import pytest
import torch

from semantic_bottleneck.files import parquet
from tests import pipelines
from tests.field._lib.own import state
from tests.workflow.project import ROOT, Project, clean_environment

GIVEN = ("checkpoint=weights/model-a.pt", "heads=2", "convention=sit", "steps=6")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with a file of weights that nothing describes."""
    project = Project.copy_of(ROOT, tmp_path_factory.mktemp("inspect") / "project")
    (project.folder / "weights").mkdir()
    torch.save(state(), project.folder / "weights/model-a.pt")
    return project


def test_from_a_file_to_its_tables(project):
    begun = time.monotonic()
    asked = project.run("--cores", "1", "inspect", "--config", GIVEN[0], config="", check=False)
    assert asked.returncode == 1
    assert "Error: weights/model-a.pt does not tell everything that its card needs; add --config heads=N" in asked.stdout
    page = project.run("--cores", "1", "inspect", "--config", *GIVEN, config="").stdout
    assert "# model-a: a DiT, SiT, REPA or MG" in page
    assert "snakemake --cores 2 --configfile=config/model-a.yaml table1 table2" in page
    study = "config/model-a.yaml"
    project.run("-n", "table1", "table2", "table3", "table4", "table6", config=study)
    project.run("--cores", "2", "table1", "table2", "--quiet", "rules", "--config", "samples=60", config=study)
    tables = project.folder / "results/model-a/tables"
    first, second = (pd.DataFrame(parquet.read(tables / f"{name}.parquet")) for name in ("table1", "table2"))
    cosine = first[first["column"] == "cosine_similarity"]["value"].item()
    assert f"| cosine similarity of two classes | {cosine:.4f} (" in page
    assert set(second["variant"]) == {"baseline", "tail-39-every", "tail-39-last", "head-10-every", "random-39-every"}
    assert second[second["column"] == "fid"]["value"].notna().all()
    print(f"from the file to Tables 1 and 2: {time.monotonic() - begun:.0f} s")


def test_from_a_pipeline_of_diffusers_to_its_tables(project):
    """A folder that the library saved: transformer, scheduler, text encoders and an autoencoder that shifts its latents."""
    pipelines.save("sd3", project.folder / "weights/model-b")
    given = ("checkpoint=weights/model-b", "prompts=weights/model-b/prompts.txt", "reference=mnist16", "pixels=16", "steps=4")
    page = project.run("--cores", "1", "inspect", "--config", *given, config="").stdout
    assert "# model-b: SD3Transformer2DModel (of diffusers)" in page
    assert "config/assets/model-b-vae.yaml: the card of its decoder" in page
    assert "snakemake --cores 2 --configfile=config/model-b.yaml table1 table2" in page
    study = "config/model-b.yaml"
    project.run("--cores", "2", "table1", "table2", "--quiet", "rules", "--config", "samples=60", config=study)
    tables = project.folder / "results/model-b/tables"
    first, second = (pd.DataFrame(parquet.read(tables / f"{name}.parquet")) for name in ("table1", "table2"))
    assert 0 < first[first["column"] == "cosine_similarity"]["value"].item() < 1
    assert second[second["column"] == "fid"]["value"].notna().all()


def test_the_answer_as_json_goes_to_stdout(project):
    torch.save(state(1), project.folder / "weights/other.pt")
    given = ("checkpoint=weights/other.pt", "heads=2", "convention=dit", "form=json")
    command = project.command("--cores", "1", "inspect", "--quiet", "all", "--config", *given)
    done = subprocess.run(command, cwd=project.folder, env=clean_environment(), capture_output=True, text=True, check=True)
    found = json.load(io.StringIO(done.stdout))
    assert (found["card"], found["geometry"]["timesteps"]) == ("config/models/other.yaml", [999.0, 0.0])
