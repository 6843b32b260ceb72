"""The paper study on checkpoints of the official shapes, served by a local server, through the real Snakefile."""

import argparse
import io
import re

import numpy as np
import pandas as pd
import pytest
import torch

from semantic_bottleneck.checkpoints.layout import digest, digest_all
from semantic_bottleneck.files import parquet
from semantic_bottleneck.geometry.measures import cosine_matrix, pairwise, participation_ratio
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.models.registry import build_conditioner
from semantic_bottleneck.study.cards import load_card
from tests.golden.recipe import fill_state_dict
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.project import ROOT, Project

MODELS = ("dit", "mg", "lightningdit", "uvit", "mdsgen-b")
UNUSED = 5_000_000
"""Numbers in a tensor that no table needs."""
CONFIG = """
study: paper
samples: 50
models: [dit, mg, lightningdit, uvit, mdsgen-b, xmdpt-l, sd3-2b]
conditions: {timesteps: 1}
generation: {micro_batch: 50}
evaluation: {extractor: inception, clip: openai-vit-b-32}
pruning: {variants: {baseline: {}}}
tables: {table1: {}, table4: {}, table5: {}}
figures: {figure3: {models: [mg]}}
"""


def tensors_of(model: str) -> dict[str, torch.Tensor]:
    card = load_card(ROOT / f"config/models/{model}.yaml")
    state = fill_state_dict(build_conditioner(card["family"], card["architecture"]).state_dict())
    return state | {"blocks.0.unused.weight": torch.zeros(UNUSED)}


def container(model: str, tensors: dict) -> bytes:
    """As the official releases wrap it: MG and LightningDiT under `ema`, the others plain."""
    content = {"ema": tensors, "args": argparse.Namespace(steps=1)} if model in ("mg", "lightningdit") else tensors
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The study run to its report; yields the project, the server and the size of each file."""
    project = Project.copy_of(ROOT, tmp_path_factory.mktemp("paper") / "project")
    (project.folder / "config/nano.yaml").write_text(CONFIG)
    files, sizes = {}, {}
    for model in MODELS:
        content = container(model, tensors_of(model))
        sizes[model] = len(content)
        count = 6 if model == "mg" else 1
        for part in range(count):
            files[f"{model}-{part}"] = Served(content[part * len(content) // count : (part + 1) * len(content) // count])
    with FileServer(files) as server:
        for model in MODELS:
            path = project.folder / f"config/models/{model}.yaml"
            parts = iter(range(6))
            text = re.sub(r'url: "[^"]+"', lambda match: f'url: "{server.address}/{model}-{next(parts)}"', path.read_text())  # noqa: B023
            path.write_text(text.replace("count: 1000", "count: 6"))
        clips = project.folder / "data/vggsound-cavp"
        clips.mkdir(parents=True)
        rng = np.random.default_rng(0)
        for clip in range(6):
            features = rng.standard_normal((40, 512), dtype=np.float32)
            np.savez(clips / f"clip{clip}_{clip:06d}.npz", features / np.linalg.norm(features, axis=1, keepdims=True))
        project.run("--cores", "2", "all", "--quiet", "rules")
        yield project, server, sizes


def table(project: Project, name: str) -> pd.DataFrame:
    frame = pd.DataFrame(parquet.read(project.folder / f"results/paper/tables/{name}.parquet"))
    return frame.set_index(["model", "variant", "column"])


def files_of(project: Project, model: str) -> list[dict]:
    return load_card(project.folder / f"config/models/{model}.yaml")["checkpoint"]["files"]


@pytest.mark.parametrize("model", ["dit", "mg", "lightningdit"])
def test_table1_holds_the_geometry_of_the_served_tensors(study, model):
    card = load_card(ROOT / f"config/models/{model}.yaml")
    tensors = {name: tensor for name, tensor in tensors_of(model).items() if not name.startswith("blocks")}
    conditioner = load_conditioner(card["family"], card["architecture"], tensors, file="served", card=model)
    with torch.inference_mode():
        timesteps = torch.full((1000,), float(card["conditioning"]["initial_timestep"]))
        c = conditioner.condition(timesteps, torch.arange(1000)).c.numpy()
    found = table(study[0], "table1")["value"]
    assert found[model, "y+t", "participation_ratio"] == pytest.approx(participation_ratio(c).mean(), rel=1e-6)
    assert found[model, "y+t", "cosine_similarity"] == pytest.approx(pairwise(cosine_matrix(c)).mean(), rel=1e-6)
    assert found[model, "y+t", "dimension"] == 1152
    origin = table(study[0], "table1").loc[(model, "y+t", "participation_ratio")]
    assert origin["checkpoint_url"].split() == [file["url"] for file in files_of(study[0], model)]
    assert origin["checkpoint_sha256"] == ""  # only parts of the file were read
    digests = {name: digest(tensor) for name, tensor in tensors.items()}
    assert origin["tensors_sha256"] == digest_all(digests)


def test_only_the_needed_bytes_were_read(study):
    _, server, sizes = study
    needed = sum(sizes[model] - 4 * UNUSED for model in MODELS)
    assert server.sent < 1.1 * needed
    assert len(server.requests) < 20 * (len(MODELS) + 5)


def test_published_numbers_get_a_verdict(study):
    row = table(study[0], "table1").loc[("dit", "y+t", "cosine_similarity")]
    assert row["published"] == 0.9001
    assert row["verdict"] == "differs"


def test_models_without_their_data_leave_cells_that_say_why(study):
    frame = table(study[0], "table5")
    assert frame.loc[("mdsgen-b", "y+t", "cosine_similarity"), "value"] <= 1
    assert "DeepFashion" in frame.loc[("xmdpt-l", "y+t", "cosine_similarity"), "note"]
    assert "HF_TOKEN" in frame.loc[("sd3-2b", "y", "cosine_similarity"), "note"]
    assert "not run" in (study[0].folder / "results/paper/tables/table5.md").read_text().lower()


def test_asking_for_such_a_model_stops_with_what_to_download(study):
    result = study[0].run("-n", "results/paper/conditions/xmdpt-l/final.parquet", check=False)
    assert result.returncode != 0
    assert "data/deepfashion" in result.stdout
    assert "Execute" not in result.stdout


def test_a_changed_file_is_refused_later(study):
    project, server, _ = study
    tensors = tensors_of("dit")
    tensors["t_embedder.mlp.0.bias"] += 1e-6
    server.files["dit-0"] = Served(container("dit", tensors))
    target = "results/paper/conditioners/dit/final.safetensors"
    result = project.run("--cores", "1", "--force", target, check=False)
    assert result.returncode != 0
    sentences = [line for line in result.stdout.splitlines() if line.startswith("Error: ")]
    assert "t_embedder.mlp.0.bias" in sentences[0]
    assert "checkpoints.lock.json" in sentences[0]
    assert not (project.folder / target).exists()
