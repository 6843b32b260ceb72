"""What a named file holds decides whether its users run again; its times, and where it lies, do not."""

import json
import os
import shutil

import pytest
import torch
from safetensors.torch import save_file

from semantic_bottleneck.checkpoints.lock import LOCK
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.official import torch_bytes
from tests.workflow.own import CONFIG, own_project, weights

CONDITIONERS = [f"results/own/conditioners/{model}/final.safetensors" for model in ("plain", "sharded", "served")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Conditioners read from a file, from shards in a linked folder, and from a server."""
    folder = tmp_path_factory.mktemp("named")
    with FileServer({"served.pt": Served(torch_bytes(weights(2)))}) as server:
        index = {"files": [{"url": "data/linked/m.safetensors.index.json"}], "container": "safetensors-index"}
        project = own_project(
            folder / "project",
            plain={"files": [{"url": "data/plain.pt"}], "container": "pt"},
            sharded=index,
            served={"files": [{"url": server.url("served.pt")}], "container": "pt"},
        )
        torch.save(weights(), project.folder / "data/plain.pt")
        (folder / "disk").mkdir()
        (project.folder / "data/linked").symlink_to(folder / "disk")
        whole = {name: tensor.contiguous() for name, tensor in weights(1).items()}
        shards = {name: f"m-{1 + name.startswith('t_embedder')}.safetensors" for name in whole}
        for shard in sorted(set(shards.values())):
            part = {name: tensor for name, tensor in whole.items() if shards[name] == shard}
            save_file(part, project.folder / "data/linked" / shard)
        (folder / "disk/m.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
        project.run("--cores", "2", *CONDITIONERS, "--quiet", "rules", config=CONFIG)
        yield project, folder / "disk"


def rerun(project) -> set[str]:
    """Models whose conditioner would be read again."""
    output = project.run("-n", *CONDITIONERS, config=CONFIG).stdout
    return {model for model in ("plain", "sharded", "served") if f"output: results/own/conditioners/{model}/" in output}


def test_unchanged_inputs_rerun_nothing_whatever_happens_to_their_times(made):
    project, disk = made
    assert rerun(project) == set()
    for path in (project.folder / "data", project.folder / "data/plain.pt", *disk.iterdir()):
        path.touch()
    assert rerun(project) == set()
    shutil.copy(project.folder / "data/plain.pt", disk / "elsewhere.pt")
    (project.folder / "data/plain.pt").unlink()
    (project.folder / "data/plain.pt").symlink_to(disk / "elsewhere.pt")
    assert rerun(project) == set()


def test_a_file_that_is_rewritten_in_place_reruns_its_users(made):
    project, disk = made
    shard, plain = disk / "m-2.safetensors", project.folder / "data/plain.pt"
    before, status = shard.read_bytes(), shard.stat()
    shard.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    os.utime(shard, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert rerun(project) == {"sharded"}
    shard.write_bytes(before)
    assert rerun(project) == set()
    content = plain.read_bytes()
    torch.save(weights(5), plain)
    assert rerun(project) == {"plain"}
    plain.write_bytes(content)
    assert rerun(project) == set()


def test_a_remote_file_reruns_when_its_record_is_replaced_or_taken_away(made):
    project, _ = made
    lock = project.folder / LOCK
    before = lock.read_text()
    recorded = json.loads(before)
    (address,) = recorded
    recorded[address]["tensors"] = dict.fromkeys(recorded[address]["tensors"], "0" * 64)
    versions = project.folder / ".snakemake/named-files/recorded.json"
    remembered = versions.read_text()
    for text in (json.dumps(recorded), "{}"):
        lock.write_text(text)
        assert rerun(project) == {"served"}
        lock.write_text(before)
        versions.write_text(remembered)
    assert rerun(project) == set()


def test_a_source_that_is_removed_after_use_reruns_nothing(made):
    project, _ = made
    path = project.folder / "data/plain.pt"
    path.rename(project.folder / "data/away.pt")
    assert rerun(project) == set()
    (project.folder / "data/away.pt").rename(path)
