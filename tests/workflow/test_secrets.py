"""Nothing that a run leaves holds the access token: console, logs, benchmarks, Snakemake's own records, every file."""

import pytest
import torch
import yaml

from semantic_bottleneck.models.registry import build_network
from tests.unit.checkpoints.conftest import pt_bytes
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.project import ROOT, Project

TOKEN = "hf_" + "s" * 34
TARGET = "results/own/conditioners/own/final.safetensors"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    """A copy of the project with a study of one model, whose checkpoint lies on the hub."""
    for name in ("HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "no-login"))
    project = Project.copy_of(ROOT, tmp_path / "project")
    card = yaml.safe_load((project.folder / "config/models/dit-nano.yaml").read_text())
    del card["training"]
    card |= {"name": "own", "paper": {}, "checkpoint": {"files": [{"url": "hf://o/r/own.pt@main"}], "container": "pt"}}
    study = yaml.safe_load((project.folder / "config/nano.yaml").read_text())
    study = {key: study[key] for key in ("seed", "samples", "data", "generation", "evaluation", "pruning")}
    study |= {"study": "own", "models": ["own"], "conditions": {"timesteps": 2}, "figures": {}}
    study["tables"] = {"table1": {"models": ["own"]}}
    (project.folder / "config/models/own.yaml").write_text(yaml.safe_dump(card))
    (project.folder / "config/own.yaml").write_text(yaml.safe_dump(study))
    return project


def test_no_file_and_no_line_holds_the_token(project, monkeypatch):
    card = yaml.safe_load((project.folder / "config/models/own.yaml").read_text())
    network = build_network(card["family"], card["architecture"])
    weights = pt_bytes({name: torch.full_like(tensor, 0.1) for name, tensor in network.state_dict().items()})
    hub = Served(weights, token=TOKEN)
    expected = [
        (f"{TOKEN[:20]}\n{TOKEN[20:]}", "The access token in HF_TOKEN holds a space, a line break"),
        (f"{TOKEN}x", "the token in HF_TOKEN was not accepted"),
        (f" {TOKEN}\r\n", None),
    ]
    with FileServer({"o/r/resolve/main/own.pt": hub}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        for token, sentence in expected:
            monkeypatch.setenv("HF_TOKEN", token)
            result = project.run("--cores", "1", TARGET, config="config/own.yaml", check=False)
            assert (result.returncode == 0) is (sentence is None), result.stdout
            assert sentence is None or sentence in result.stdout
            assert "Traceback" not in result.stdout
            left = [path for path in project.folder.rglob("*") if path.is_file()]
            assert any(path.name == "own.log" for path in left)
            for secret in (TOKEN[:20], TOKEN[20:]):
                assert secret not in result.stdout
                assert not [path for path in left if secret.encode() in path.read_bytes()]
    assert (project.folder / TARGET).exists()
