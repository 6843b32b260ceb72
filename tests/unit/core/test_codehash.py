"""The hash follows imports, and nothing else."""

from pathlib import Path

import pytest

from semantic_bottleneck.codehash import _imports, closure, code_hash, registered
from semantic_bottleneck.errors import UserError

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"


def names(*arguments):
    return {path.relative_to(SCRIPTS).as_posix().removeprefix("semantic_bottleneck/") for path in closure(SCRIPTS, *arguments)}


def test_closure_holds_what_a_script_uses_and_nothing_it_does_not():
    found = names("measure_geometry.py")
    assert {
        "geometry.py",
        "geometry_rows.py",
        "stages/geometry.py",
        "scores/jackknife.py",
        "parquet.py",
        "__init__.py",
    } <= found
    assert not {name for name in found if name.startswith(("models/", "sampling/", "reporting/"))}


def test_modules_loaded_by_name_count_only_when_named():
    assert "models/mdt.py" not in names("extract_conditions.py")
    assert "models/mdt.py" in names("extract_conditions.py", "semantic_bottleneck.models.mdt")


def test_an_edit_changes_the_hash_only_of_its_users(tmp_path):
    package = tmp_path / "semantic_bottleneck"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "used.py").write_text("VALUE = 1\n")
    (package / "unused.py").write_text("VALUE = 1\n")
    (tmp_path / "script.py").write_text("from semantic_bottleneck.used import VALUE\n")
    before = code_hash(tmp_path, "script.py")
    (package / "unused.py").write_text("VALUE = 2\n")
    _imports.cache_clear()
    assert code_hash(tmp_path, "script.py") == before
    (package / "used.py").write_text("VALUE = 2\n")
    _imports.cache_clear()
    assert code_hash(tmp_path, "script.py") != before


def test_a_registry_is_read_without_importing_it():
    assert registered(SCRIPTS, "semantic_bottleneck.models.registry", "FAMILIES", "dit") == "semantic_bottleneck.models.dit"
    with pytest.raises(UserError, match="unknown"):
        registered(SCRIPTS, "semantic_bottleneck.models.registry", "FAMILIES", "ditt")
