"""`snakemake vectors` packs c, y and t; a study that names the pack has the same geometry without checkpoint and network."""

import shutil
from dataclasses import astuple

import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
import yaml

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.files.hashing import file_sha256
from tests.contracts import complaints
from tests.workflow.offline import Offline
from tests.workflow.own import CONFIG, own_project, weights
from tests.workflow.project import Project

RESULTS = "results/own"
TABLES = ("table1", "initialisation")
FIGURES = ("figure1", "figure3")
MADE = (*(f"{RESULTS}/tables/{name}.parquet" for name in TABLES), *(f"{RESULTS}/figures/{name}.png" for name in FIGURES))
PACK = "data/pack"


def edit_study(project: Project, **changed) -> None:
    study = yaml.safe_load((project.folder / CONFIG).read_text())
    (project.folder / CONFIG).write_text(yaml.safe_dump(study | changed))


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Project:
    """Two models whose tables are made from their checkpoints, and a pack of their vectors."""
    models = {name: {"files": [{"url": f"data/{name}.pt"}], "container": "pt"} for name in ("own", "other")}
    project = own_project(tmp_path_factory.mktemp("packed") / "project", **models)
    for seed, name in enumerate(models):
        torch.save(weights(seed), project.folder / f"data/{name}.pt")
    study = yaml.safe_load((project.folder / CONFIG).read_text())
    tables = study["tables"] | {"initialisation": {"models": list(models)}}
    edit_study(project, tables=tables, localisation={"head": 0.125, "top": 0.25, "shoulder": 0.5})
    project.run("--cores", "2", "vectors", *MADE, "--quiet", "rules", config=CONFIG)
    return project


@pytest.fixture
def unpacked(packed, tmp_path) -> Project:
    """The study in a place that has the pack, and neither checkpoints nor results."""
    project = Project.copy_of(packed.folder, tmp_path / "project")
    shutil.copytree(packed.folder / RESULTS / "vectors", project.folder / PACK)
    edit_study(project, vectors=PACK)
    return project


def refused(project: Project, *arguments: str) -> str:
    """The one sentence that a run ends with."""
    result = project.run("--cores", "1", *arguments, "table1", "--quiet", "rules", config=CONFIG, check=False)
    assert result.returncode != 0
    assert "Traceback" not in result.stdout
    (sentence,) = {line for line in result.stdout.splitlines() if "Error: " in line}
    return sentence


def test_a_pack_lists_its_models_and_explains_itself(packed):
    results = packed.folder / RESULTS
    assert complaints(results) == []
    rows = pq.read_table(results / "vectors/models.parquet").to_pylist()
    assert [row["model"] for row in rows] == ["own", "other"]
    for row in rows:
        path = results / "vectors" / row["file"]
        assert (row["sha256"], row["bytes"]) == (file_sha256(path), path.stat().st_size)
        assert row["checkpoint_source"] == f"data/{row['model']}.pt"
        assert row["timesteps"] == [0.0, 0.8]
    page = (results / "vectors/datasheet.md").read_text()
    assert "| `other` | Other | 10 (class) | 16 | 2 | data/other.pt |" in page
    assert all(f"| `{name}` |" in page for name in rows[0])
    assert "the study's grid of timesteps (`conditions.timesteps` of them" in page
    assert packed.planned("vectors", config=CONFIG) == {}


def test_the_pack_gives_the_same_tables_and_figures_without_checkpoint_and_network(packed, unpacked, tmp_path):
    offline = Offline(tmp_path / "offline")
    planned = unpacked.planned(*MADE, config=CONFIG)
    assert not planned.keys() & {"read_conditioner", "extract_conditions", "fetch_checkpoint"}
    unpacked.run("--cores", "2", *MADE, "--quiet", "rules", config=CONFIG, environment=offline.environment)
    assert offline.attempts() == []
    assert complaints(unpacked.folder / RESULTS) == []
    for name in TABLES:
        theirs, ours = (
            pd.DataFrame(parquet.read(project.folder / f"{RESULTS}/tables/{name}.parquet")) for project in (packed, unpacked)
        )
        named = ours.pop("checkpoint_url")
        pd.testing.assert_frame_equal(ours, theirs.drop(columns="checkpoint_url"), check_exact=True)
        assert set(named) - {""} == {f"data/{model}.pt by way of {PACK}/{model}.safetensors" for model in ("own", "other")}
        markdown = f"{RESULTS}/tables/{name}.md"
        assert (packed.folder / markdown).read_bytes() == (unpacked.folder / markdown).read_bytes()
    for name in FIGURES:
        picture = f"{RESULTS}/figures/{name}.png"
        assert (packed.folder / picture).read_bytes() == (unpacked.folder / picture).read_bytes()
    for model in ("own", "other"):
        vectors = f"{RESULTS}/conditions/{model}/final.parquet"
        theirs, ours = (astuple(conditions_file.read(project.folder / vectors)) for project in (packed, unpacked))
        assert [array.tobytes() for array in ours] == [array.tobytes() for array in theirs]
        held = parquet.read_metadata(unpacked.folder / vectors)
        assert held["vectors_sha256"] == file_sha256(unpacked.folder / f"{PACK}/{model}.safetensors")


def test_what_a_pack_lacks_is_one_sentence(unpacked):
    (unpacked.folder / PACK / "other.safetensors").unlink()
    assert f"vectors: {PACK} holds no other, only own" in refused(unpacked)
    edit_study(unpacked, vectors="data/nowhere")
    assert "vectors: data/nowhere is no folder of vectors" in refused(unpacked)


def test_a_timestep_that_a_pack_lacks_is_one_sentence(unpacked):
    edit_study(unpacked, conditions={"timesteps": 3})
    assert "has no vectors at timestep 0.4, only at 0, 0.8; set conditions.timesteps to 1" in refused(unpacked)


def test_a_damaged_file_of_a_pack_is_named(unpacked):
    path = unpacked.folder / PACK / "other.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    assert f"{PACK}/other.safetensors is damaged (its checksum does not hold); copy the pack" in refused(unpacked)
