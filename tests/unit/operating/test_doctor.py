"""What stands in the way of a run is named, each target judged by itself, and no login shown."""

import json
import re

import pytest
import torch

from semantic_bottleneck.operating import doctor
from semantic_bottleneck.operating.doctor import examine, faults, logins, planned_disk
from semantic_bottleneck.operating.doctor_page import doctor_page, verdict
from semantic_bottleneck.operating.readiness import shortcomings, source_states
from tests.sections import completed
from tests.unit.checkpoints.server import FileServer, Served

READY = {
    "torch": {"cuda": "13.2", "gpus": [], "error": None},
    "driver": [],
    "uses_gpu": True,
    "places": [{"folder": "results", "free": 1000, "fault": None}],
    "disk_planned": None,
    "packages": {"pins": {"torch": "2.15.0"}, "absent": [], "other": {}},
}


def checkpoint(url):
    return completed("checkpoint", {"files": [{"url": url}], "container": "pt"})


def part(absent=None, **sources):
    return {"absent": absent, "sources": {file: ("decoder vae: ", checkpoint(url)) for file, url in sources.items()}}


@pytest.fixture
def quick(monkeypatch):
    """Without a torch in a process of its own."""
    monkeypatch.setattr(doctor, "torch_devices", lambda: READY["torch"])


def test_a_machine_without_a_gpu_is_no_fault():
    assert faults(READY) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"packages": {"pins": {}, "absent": ["lmdb"], "other": {}}}, "absent: lmdb"),
        ({"torch": {"cuda": None, "gpus": [], "error": "no libc"}}, "no libc"),
        ({"driver": ["H100, 550"]}, "H100, 550.*CUDA 13.2"),
        ({"driver": ["H100, 550"], "torch": {"cuda": None, "gpus": [], "error": None}}, "the CPU alone"),
        ({"places": [{"folder": "results", "free": 9, "fault": "locks exclude nobody"}]}, "results: locks exclude nobody"),
        ({"disk_planned": 2000}, "1,000 bytes free and the plan needs 2,000"),
    ],
)
def test_a_fault_is_one_sentence(change, said):
    (sentence,) = faults(READY | change)
    assert re.search(said, sentence)


@pytest.mark.parametrize("change", [{"driver": ["H100"], "uses_gpu": False}, {"disk_planned": 1000}])
def test_what_does_not_matter_is_no_fault(change):
    assert faults(READY | change) == []


def test_a_target_lacks_what_its_models_lack_and_each_reason_once():
    shared = part(a="a.pt", b="b.pt")
    needs = {"table1": {"dit": shared, "own": part()}, "table7": {"pose": part("no photographs", a="a.pt")}, "table4": {}}
    found = shortcomings(needs, {"a": "gone", "b": "gone"})
    assert found == {"table1": {"dit": ["gone"]}, "table7": {"pose": ["no photographs"]}, "table4": {}}
    assert shortcomings(needs, {})["table1"] == {}


def test_sources_are_asked_for_their_first_bytes_only(tmp_path):
    with FileServer({"here.pt": Served(b"x" * 100_000)}) as server:
        needs = {"table1": {"dit": part(one=server.url("here.pt"), two=server.url("gone.pt?token=s3cret"))}}
        states = {state["file"]: state for state in source_states(needs, tmp_path)}
        assert all(headers.get("Range") for _, headers in server.requests)
    assert states["one"]["missing"] is None
    assert "gone.pt" in states["two"]["missing"]
    assert "s3cret" not in json.dumps(states)


def test_all_of_it_is_plain_data_and_a_page(tmp_path, quick, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_" + "a" * 30)
    needs = {"table1": {"dit": part("no data: put it there.")}, "table4": {"dit": part()}}
    pins = {"torch": torch.__version__.partition("+")[0]}
    found = examine("own", needs, pins, [tmp_path], tmp_path / "plan.json", gpu=False)
    assert not found["ready"]
    assert found["logins"]["hub"] == "HF_TOKEN"
    text = doctor_page(found)
    assert "- table1: lacks dit (1)\n- table4: ready\n" in text
    assert "\n1. no data: put it there.\n" in text
    assert "a" * 30 not in json.dumps(found) + text
    assert "1 of 2 targets lack something (table1)" in verdict(found)
    assert examine("own", {"table4": {}}, pins, [tmp_path], tmp_path / "plan.json", gpu=False)["ready"]


def test_the_plan_knows_the_disk(tmp_path):
    plan = tmp_path / "plan.json"
    assert planned_disk(plan) is None
    plan.write_text(json.dumps({"disk": {"latents": 3, "features": 4}}))
    assert planned_disk(plan) == 7


def test_logins_are_where_they_lie(tmp_path, monkeypatch):
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HOME", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert logins() == {"hub": None, "netrc": None}
    (tmp_path / "netrc").write_text("machine a login b password c\n")
    monkeypatch.setenv("HF_TOKEN", "two words")
    found = logins()
    assert found["netrc"] == str(tmp_path / "netrc")
    assert "two words" not in found["hub"]
