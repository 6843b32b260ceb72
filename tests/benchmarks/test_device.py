"""The benchmark of a GPU, at toy size on this machine: every part runs, nothing runs twice, and its tables are the README's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.device_parts import PARTS
from benchmarks.device_tables import page

ROOT = Path(__file__).resolve().parents[2]
MEASURED = sorted((ROOT / "benchmarks/measured").glob("h*.json"))


def run(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "benchmarks/device.py", *map(str, arguments)]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """A file in which one part was measured by an earlier run and the rest by a second one."""
    path = tmp_path_factory.mktemp("device") / "numbers.json"
    first = run(path, "--tiny", "--parts", "ceilings", "--note", "toy size")
    assert first.returncode == 0, first.stderr
    known = path.read_text()
    second = run(path, "--tiny", "--budget", 1500)
    assert second.returncode == 0, second.stdout + second.stderr
    assert json.loads(path.read_text())["parts"]["ceilings"] == json.loads(known)["parts"]["ceilings"]
    assert "ceilings" not in second.stdout
    return path


@pytest.fixture(scope="module")
def parts(output):
    return json.loads(output.read_text())["parts"]


def test_every_part_is_measured(parts):
    assert list(parts) == list(PARTS)
    assert not [part for part, found in parts.items() if "failed" in found]


@pytest.mark.parametrize("model", ["dit", "repa"])
def test_every_side_and_precision_has_a_row(parts, model):
    rows = {(row["side"], row["precision"], row["micro_batch"]) for row in parts[model]["rows"]}
    assert {("ours", precision, 2) for precision in ("fp32", "tf32", "bf16")} < rows
    assert {("ours, compiled", "bf16", size) for size in (2, 4)} < rows
    assert (model == "dit") == (("diffusers", "fp32", 2) in rows)
    assert all(row["images_per_second"] > 0 for row in parts[model]["rows"])


def test_what_is_left_out_is_named(parts):
    assert "official" in parts["dit"]["left_out"]


def test_a_trajectory_counts_its_unguided_steps_once(parts):
    steps = parts["repa"]["steps"]
    assert steps["guided"] + steps["unguided"] == 8
    assert parts["repa"]["evaluations_per_image"] == 8 + steps["guided"]


def test_the_bytes_are_the_same_in_every_way(parts):
    for case in (case for case in parts["same_bytes"].values() if isinstance(case, dict)):
        assert all(case[way] for way in ("seven", "reversed", "branch", "after a kill"))


def test_a_job_pays_for_its_phases(parts):
    for job in parts["start"]["jobs"].values():
        assert job["whole job"] > job["load_weights"] + job["first micro-batch"]


def test_its_tables_show_every_part(output):
    text = page(json.loads(output.read_text()))
    assert "Not run" not in text
    assert "toy size." in text
    assert all(title.split(",")[0][1:] in text for title in PARTS.values())


@pytest.mark.parametrize("path", MEASURED, ids=lambda path: path.stem)
def test_the_tables_of_the_readme_are_those_of_the_numbers(path):
    assert page(json.loads(path.read_text())) in (ROOT / "benchmarks/README.md").read_text()


def test_a_part_that_fails_leaves_its_reason_and_the_next_run_tries_again(tmp_path):
    path = tmp_path / "numbers.json"
    failed = run(path, "--tiny", "--parts", "dit", "ceilings", "--yardsticks", tmp_path / "nothing")
    assert failed.returncode == 1
    assert "Not measured: dit" in failed.stdout
    assert "No module named" in json.loads(path.read_text())["parts"]["dit"]["failed"]
    assert "failed" not in json.loads(path.read_text())["parts"]["ceilings"]
    again = run(path, "--tiny", "--parts", "dit")
    assert (again.returncode, "dit: done" in again.stdout) == (0, True)


def test_without_a_gpu_only_the_toy_size_runs(tmp_path):
    refused = run(tmp_path / "numbers.json")
    assert refused.returncode == 2
    assert "add --tiny" in refused.stderr
    assert not list(tmp_path.iterdir())


def test_numbers_of_two_devices_are_not_mixed(output, tmp_path):
    path = tmp_path / "numbers.json"
    known = json.loads(output.read_text()) | {"device": "another card"}
    del known["parts"]["slicing"]
    path.write_text(json.dumps(known))
    mixed = run(path, "--tiny", "--parts", "slicing")
    assert mixed.returncode == 2
    assert "was measured on another card" in mixed.stderr
    assert json.loads(path.read_text()) == known


def test_a_file_that_is_no_json_is_named_and_kept(tmp_path):
    path = tmp_path / "numbers.json"
    path.write_text('{"device":')
    assert f"{path} is not JSON" in run(path, "--tiny", "--parts", "ceilings").stderr
    assert path.read_text() == '{"device":'
    command = [sys.executable, "benchmarks/device_tables.py", str(path)]
    tables = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tables.returncode == 1
    assert tables.stderr.startswith(f"{path} cannot be read as JSON")
