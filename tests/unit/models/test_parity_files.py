"""Every open parity file of networks, conditioners and decoders, and the command line that runs them."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.parity.__main__ import gather_kinds, kind_of, main, run_file

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
ENDINGS = ("_model", "_condition", "_decoder", "_rope", "_units")
FILES = sorted(path for path in GOLDEN.glob("*.npz") if path.stem.endswith(ENDINGS))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_official_arrays(path: Path) -> None:
    failed = [c for c in run_file(path, gather_kinds()) if not c.passed]
    assert not failed


def test_all_open_files_are_here() -> None:
    assert len(FILES) == 16


def test_longest_kind_wins() -> None:
    assert kind_of("mdt_model_two", {"mdt": None, "mdt_model": None}) == "mdt_model"
    assert kind_of("other", {"mdt": None}) is None


def write_changed(path: Path, source: Path, name: str, value: np.ndarray) -> Path:
    with np.load(source) as stored:
        arrays = {key: stored[key] for key in stored.files}
    np.savez(path, **(arrays | {name: value}))
    return path


def test_a_wrong_value_fails(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    source = GOLDEN / "lightningdit_units.npz"
    with np.load(source) as stored:
        wrong = stored["swiglu"] + np.float32(1e-3)
    path = write_changed(tmp_path / "lightningdit_units-wrong.npz", source, "swiglu", wrong)
    assert main([str(source), str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "PASS" in lines[0]
    assert "FAIL" in lines[1]
    assert "swiglu" in lines[1]


def test_unknown_kind_and_unreadable_file_fail(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "lightningdit_units-broken.npz").write_bytes(b"not a zip")
    np.savez(tmp_path / "nonsense.npz", config=np.array(json.dumps({})))
    assert main([str(tmp_path / "nonsense.npz")]) == 1
    assert main([str(tmp_path / "lightningdit_units-broken.npz")]) == 1
    assert capsys.readouterr().out.count("FAIL") == 2
