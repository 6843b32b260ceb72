"""What is found out about a machine, at its edges: container limits, folders that cannot be locked, a torch that is broken."""

import fcntl
import os
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from semantic_bottleneck.operating import machine
from semantic_bottleneck.operating.packages import deviations


def test_memory_is_the_containers_limit_where_that_is_less(tmp_path):
    whole = machine.memory([])
    assert whole == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    (tmp_path / "max").write_text("max\n")
    (tmp_path / "limit").write_text("1048576\n")
    (tmp_path / "unlimited").write_text(f"{2**63}\n")
    assert machine.memory([tmp_path / "max", tmp_path / "unlimited", tmp_path / "absent"]) == whole
    assert machine.memory([tmp_path / "limit"]) == 1 << 20


def test_a_place_is_judged_by_the_folder_that_will_hold_it_and_left_as_it_was(tmp_path):
    found = machine.place(tmp_path / "not/yet/made")
    assert found["fault"] is None
    assert found["free"] > 0
    assert list(tmp_path.iterdir()) == []


def test_locks_that_exclude_nobody_are_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", lambda stream, kind: None)
    assert "exclude nobody" in machine.place(tmp_path)["fault"]


def test_a_file_system_without_locks_is_a_fault_with_its_reason(tmp_path, monkeypatch):
    def refuse(stream, kind):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert "Function not implemented" in machine.place(tmp_path)["fault"]


def test_torch_is_asked_with_every_gpu_visible(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    shown = "import json, os; print(json.dumps({'cuda': os.environ.get('CUDA_VISIBLE_DEVICES'), 'gpus': [['H100', 85]]}))"
    monkeypatch.setattr(machine, "TORCH", shown)
    assert machine.torch_devices() == {"cuda": None, "gpus": [{"name": "H100", "bytes": 85}], "error": None}


def test_a_torch_that_does_not_start_says_its_last_line(monkeypatch):
    monkeypatch.setattr(machine, "TORCH", "import sys; print('first', file=sys.stderr); sys.exit('libcuda is gone')")
    assert machine.torch_devices()["error"] == "libcuda is gone"


def test_the_driver_lists_its_gpus(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.driver_gpus() == []
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\nprint('NVIDIA H100, 550.54')\nprint()\n")
    program.chmod(0o755)
    assert machine.driver_gpus() == ["NVIDIA H100, 550.54"]
    assert machine.programs(["nvidia-smi", "sbatch"]) == {"nvidia-smi": str(program), "sbatch": None}


@pytest.mark.parametrize("build", ["", "+cpu"])
def test_packages_are_compared_with_their_pins(monkeypatch, build):
    installed = {"torch": f"2.15.0{build}", "numpy": "1.0"}

    def version(name):
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr("semantic_bottleneck.operating.packages.version", version)
    pins = {"torch": "2.15.0", "numpy": "2.4.6", "lmdb": "3.0.0"}
    assert deviations(pins) == (["lmdb"], {"numpy": "1.0"})
