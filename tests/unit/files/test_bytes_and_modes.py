"""Equal inputs give equal bytes, and every file has the mode that the umask asks for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RUNS = {"first": ("1", 0o022), "second": ("2", 0o007)}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, Path]:
    """Every kind of file, made by two processes with other hash seeds and umasks."""
    base = tmp_path_factory.mktemp("kinds")
    for name, (seed, umask) in RUNS.items():
        command = [sys.executable, "-m", "tests.unit.files.every_kind", str(base / name)]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'workflow_scripts'}"}
        done = subprocess.run(command, cwd=ROOT, env=environment, umask=umask, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    return {name: base / name for name in RUNS}


def files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*"))}


def test_every_kind_is_there(written):
    suffixes = {path.suffix for path in files(written["first"]).values() if path.is_file()}
    wanted = "pt safetensors checkpoint parquet npz npy wav png svg pdf csv md tex html json"
    assert suffixes >= {f".{suffix}" for suffix in wanted.split()}


def test_bytes_do_not_depend_on_the_hash_seed(written):
    first, second = (files(folder) for folder in written.values())
    assert list(first) == list(second)
    assert [name for name, path in first.items() if path.is_file() and path.read_bytes() != second[name].read_bytes()] == []


@pytest.mark.parametrize("run", sorted(RUNS))
def test_modes_are_the_umasks(written, run):
    umask = RUNS[run][1]
    wrong = {
        name: oct(path.stat().st_mode & 0o777)
        for name, path in files(written[run]).items()
        if path.stat().st_mode & 0o777 != (0o777 if path.is_dir() else 0o666) & ~umask
    }
    assert wrong == {}
