"""`snakemake downloads` fetches what a target needs and nothing else; afterwards no job opens a connection."""

import json
import re
import subprocess
import sys

import pytest
import yaml
from safetensors.torch import save

from semantic_bottleneck.models.registry import build_conditioner
from tests.golden.recipe import fill_state_dict
from tests.unit.checkpoints.server import FileServer, Served
from tests.unit.conditioning_inputs.text_encoders import save_clap
from tests.workflow.offline import Offline
from tests.workflow.project import ROOT, Project

STUDY = """
study: sounds
samples: 50
models: [audioldm]
conditions: {timesteps: 1}
generation: {micro_batch: 50, device: cpu}
evaluation: {extractor: inception, clip: openai-vit-b-32}
pruning: {variants: {baseline: {}}}
tables: {table5: {models: [audioldm]}}
figures: {figure3: {models: [audioldm]}}
"""
CONFIG = "config/sounds.yaml"
HUB = "cvssp/audioldm-s-full-v2"
RULES = "\n".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """AudioLDM's conditioner and a small CLAP on a hub."""
    folder = tmp_path_factory.mktemp("hub")
    save_clap(folder, width=512)
    card = yaml.safe_load((ROOT / "config/models/audioldm.yaml").read_text())
    state = fill_state_dict(build_conditioner(card["family"], card["architecture"]).state_dict())
    contents = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    contents |= {"unet/diffusion_pytorch_model.safetensors": save(state), "vae/config.json": b"{}"}
    listing = json.dumps({"siblings": [{"rfilename": name} for name in contents]}).encode()
    files = {f"{HUB}/resolve/main/{name}": Served(content) for name, content in contents.items()}
    with FileServer(files | {f"api/models/{HUB}/revision/main": Served(listing)}) as server:
        yield server


@pytest.fixture
def project(tmp_path, hub, monkeypatch) -> Project:
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    hub.requests.clear()
    project = Project.copy_of(ROOT, tmp_path / "project")
    (project.folder / CONFIG).write_text(STUDY)
    return project


def made(project: Project) -> set[str]:
    results = project.folder / "results"
    files = {path.relative_to(results).as_posix() for path in results.rglob("[!.]*") if path.is_file()}
    return {file for file in files if "/logs/" not in file and "/benchmarks/" not in file}


def test_downloads_then_a_run_without_network(project, hub, tmp_path):
    project.run("--cores", "1", "downloads", "--config", "downloads_for=table5", config=CONFIG)
    encoders = f"condition_encoders/audioldm/{HUB.replace('/', '--')}@main"
    fetched = made(project)
    assert "sounds/conditioners/audioldm/final.safetensors" in fetched
    assert {file for file in fetched if not file.startswith(encoders)} == {"sounds/conditioners/audioldm/final.safetensors"}
    assert {file.removeprefix(encoders).split("/")[1] for file in fetched if file.startswith(encoders)} == {
        "tokenizer",
        "text_encoder",
    }
    asked = len(hub.requests)
    assert asked > 0
    assert project.planned("downloads", config=CONFIG, options=("--config", "downloads_for=table5")) == {}
    offline = Offline(tmp_path / "offline")
    project.run("--cores", "1", "table5", config=CONFIG, environment=offline.environment)
    assert offline.attempts() == []
    assert len(hub.requests) == asked
    assert "not run" not in (project.folder / "results/sounds/tables/table5.md").read_text()

    # Another study reads the encoders where the first one's user put them.
    other = Project.copy_of(project.folder, tmp_path / "other")
    (other.folder / "results").mkdir()
    (other.folder / "results/condition_encoders").symlink_to(project.folder / "results/condition_encoders")
    planned = other.planned("table5", config=CONFIG)
    assert planned["read_conditioner"] == 1
    assert "fetch_condition_encoders" not in planned


def test_planning_downloads_asks_no_server(project, hub):
    assert project.planned("downloads", config=CONFIG) == {"read_conditioner": 1, "fetch_condition_encoders": 1, "downloads": 1}
    assert not hub.requests


def test_what_is_gone_is_said_and_the_rest_is_fetched(project, hub):
    study = yaml.safe_load(STUDY)
    study["models"].append("dit")
    study["tables"]["table5"]["models"].append("dit")
    (project.folder / CONFIG).write_text(yaml.safe_dump(study))
    card = project.folder / "config/models/dit.yaml"
    card.write_text(re.sub(r'url: "[^"]+"', f'url: "{hub.url("gone.pt")}"', card.read_text()))
    result = project.run("--cores", "1", "downloads", "--quiet", "rules", config=CONFIG, check=False)
    assert result.returncode != 0
    (sentence,) = {line for line in result.stdout.splitlines() if line.startswith("Error: ")}
    assert "gone.pt" in sentence
    assert "sounds/conditioners/audioldm/final.safetensors" in made(project)


def test_an_unknown_target_is_one_sentence(project):
    result = project.run("-n", "downloads", "--config", "downloads_for=table9", config=CONFIG, check=False)
    assert result.returncode != 0
    assert "Error: --config downloads_for=table9: choose one of all, figures" in result.stdout


def test_every_rule_that_asks_a_server_is_local_and_small():
    bodies = re.split(r"^ *(?=(?:use )?rule \w)", RULES, flags=re.MULTILINE)
    rules = {re.match(r"(?:use rule \w+ as|rule) (\w+)", body)[1]: body for body in bodies if re.match(r"(use )?rule ", body)}
    asking = {name for name, body in rules.items() if "downloads=1" in body or "use rule fetch_checkpoint as" in body}
    assert asking == {name for name in rules if name.startswith("fetch_")} | {"read_conditioner"}
    assert all("localrule: True" in rules[name] for name in asking)
    for name in asking & {name for name, body in rules.items() if "downloads=1" in body}:
        assert "gpu=0" in rules[name]
        assert int(re.search(r"mem_mb=growing\((\d+)\)", rules[name])[1]) <= 4000
    for profile in ("default", "slurm"):
        text = (ROOT / f"profiles/{profile}/profile.yaml").read_text()
        assert re.search(r"^  downloads: \d+$", text, flags=re.MULTILINE)


def test_the_hook_notices_connections(tmp_path, hub):
    offline = Offline(tmp_path / "offline")
    port = hub.address.rpartition(":")[2]
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
    done = subprocess.run([sys.executable, "-c", code], env=offline.environment, check=False, capture_output=True)
    assert done.returncode == 1
    assert len(offline.attempts()) == 1
    assert "getaddrinfo" in offline.attempts()[0]
