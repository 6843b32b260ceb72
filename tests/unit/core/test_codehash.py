"""The hash follows imports, and nothing else."""

import ast
import re
import shutil
from pathlib import Path

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study import codehash
from semantic_bottleneck.study.codehash import closure, code_hash, registered

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"


def names(*arguments):
    return {path.relative_to(SCRIPTS).as_posix().removeprefix("semantic_bottleneck/") for path in closure(SCRIPTS, *arguments)}


def test_closure_holds_what_a_script_uses_and_nothing_it_does_not():
    found = names("measure_geometry.py")
    assert {
        "geometry/measures.py",
        "geometry/rows.py",
        "geometry/sets.py",
        "uncertainty/jackknife.py",
        "files/parquet.py",
        "__init__.py",
    } <= found
    assert not {name for name in found if name.startswith(("models/", "sampling/", "reporting/"))}


def test_modules_loaded_by_name_count_only_when_named():
    assert "models/mdt.py" not in names("extract_conditions.py")
    assert "models/mdt.py" in names("extract_conditions.py", "semantic_bottleneck.models.mdt")


@pytest.fixture
def hashed(tmp_path):
    """Files of a small library -> the hash of script.py, which is given among them."""

    def hash_of(files):
        shutil.rmtree(tmp_path / "scripts", ignore_errors=True)
        for name, text in {"semantic_bottleneck/__init__.py": "", **files}.items():
            path = tmp_path / "scripts" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for function in vars(codehash).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()
        return code_hash(tmp_path / "scripts", "job/start.py")

    return hash_of


SCRIPT = "from semantic_bottleneck.used import value\n"
MODULE = '''"""What it is."""

from semantic_bottleneck.constants import SCALE


def value(x):
    """Twice x."""
    # because
    return SCALE * x
'''
LIBRARY = {
    "job/start.py": SCRIPT,
    "semantic_bottleneck/used.py": MODULE,
    "semantic_bottleneck/constants.py": "SCALE = 2\n",
    "semantic_bottleneck/unused.py": "SCALE = 2\n",
}


@pytest.mark.parametrize(
    "change",
    [
        {"semantic_bottleneck/unused.py": "SCALE = 3\n"},
        {"semantic_bottleneck/used.py": MODULE.replace("What it is", "Reworded").replace("Twice x", "x, twice")},
        {"semantic_bottleneck/used.py": MODULE.replace("    # because\n", "").replace("SCALE * x", "(SCALE\n        * x)")},
        {"semantic_bottleneck/constants.py": '"""Numbers."""\n\nSCALE = 2\n"""The only one."""\n'},
    ],
)
def test_what_nobody_uses_and_what_only_people_read_changes_no_hash(hashed, change):
    assert hashed(LIBRARY | change) == hashed(LIBRARY)


@pytest.mark.parametrize(
    "change",
    [
        {"semantic_bottleneck/constants.py": "SCALE = 3\n"},
        {"semantic_bottleneck/constants.py": "SCALE = 2.0\n"},
        {"semantic_bottleneck/constants.py": "SCALE = '2'\n"},
        {"semantic_bottleneck/constants.py": "SCALE: int = 2\n"},
        {"semantic_bottleneck/used.py": MODULE.replace("SCALE * x", "x * SCALE")},
        {"semantic_bottleneck/used.py": MODULE.replace("def value(x)", "def value(x, y=None)")},
        {"semantic_bottleneck/used.py": MODULE.replace("return SCALE * x", "return lambda: SCALE * x")},
        {"semantic_bottleneck/used.py": MODULE.replace("    # because", "    print(x)")},
        {"semantic_bottleneck/used.py": MODULE.replace("import SCALE", "import SCALE as SIZE")},
    ],
)
def test_every_change_of_what_is_computed_changes_the_hash(hashed, change):
    assert hashed(LIBRARY | change) != hashed(LIBRARY)


def test_a_hash_has_sixteen_digits(hashed):
    assert re.fullmatch("[0-9a-f]{16}", hashed(LIBRARY))


def test_a_module_that_moves_keeps_the_hash(hashed):
    moved = {
        "job/start.py": "from semantic_bottleneck.rooms.used import value\n",
        "semantic_bottleneck/rooms/__init__.py": '"""Rooms."""\n',
        "semantic_bottleneck/rooms/used.py": MODULE.replace("constants", "rooms.constants"),
        "semantic_bottleneck/rooms/constants.py": LIBRARY["semantic_bottleneck/constants.py"],
    }
    assert hashed(LIBRARY) == hashed({**moved, "semantic_bottleneck/rooms/__init__.py": ""}) == hashed(moved)


def test_a_module_taken_whole_may_move_too(hashed):
    whole = MODULE.replace("from semantic_bottleneck.constants import SCALE", "from semantic_bottleneck import constants")
    whole = whole.replace("SCALE * x", "constants.SCALE * x")
    moved = LIBRARY | {"semantic_bottleneck/used.py": whole.replace("import constants", "import numbers as constants")}
    moved["semantic_bottleneck/numbers.py"] = moved.pop("semantic_bottleneck/constants.py")
    assert hashed(LIBRARY | {"semantic_bottleneck/used.py": whole}) == hashed(moved)


def test_a_function_of_the_same_name_from_elsewhere_is_another(hashed):
    both = {
        "job/start.py": "from semantic_bottleneck.a import f\nfrom semantic_bottleneck.b import g\n",
        "semantic_bottleneck/a.py": "def f():\n    return 1\n\ndef g():\n    return 3\n",
        "semantic_bottleneck/b.py": "def f():\n    return 2\n\ndef g():\n    return 4\n",
        "semantic_bottleneck/c.py": "from semantic_bottleneck.a import f\n\nVALUE = f()\n",
    }
    both["job/start.py"] += "from semantic_bottleneck.c import VALUE\n"
    swapped = both | {"semantic_bottleneck/c.py": both["semantic_bottleneck/c.py"].replace(".a ", ".b ")}
    assert hashed(both) != hashed(swapped)


def test_fields_that_are_empty_or_absent_on_other_versions_count_for_nothing():
    tree = ast.parse("def f(x, *, y=None):\n    return x\n")
    before = list(codehash._syntax(tree))
    tree.body[0].type_params = []  # Python 3.12 and later give every function this field
    tree.body[0]._fields = (*ast.FunctionDef._fields, "type_params")
    assert list(codehash._syntax(tree)) == before


def test_a_registry_is_read_without_importing_it():
    assert registered(SCRIPTS, "semantic_bottleneck.models.registry", "FAMILIES", "dit") == "semantic_bottleneck.models.dit"
    with pytest.raises(UserError, match="unknown"):
        registered(SCRIPTS, "semantic_bottleneck.models.registry", "FAMILIES", "ditt")


REGISTRY = """
import os

OTHER = {"dit": "elsewhere:DiT"}
os.environ["OTHER"] = "1"
LATER: dict
"""


@pytest.mark.parametrize("table", ["TABLE = ", "TABLE: dict[str, str] = "])
def test_a_registry_is_the_table_of_that_name(tmp_path, table):
    (tmp_path / "registry.py").write_text(f'{REGISTRY}{table}{{"dit": "models.dit:DiT"}}\n')
    assert registered(tmp_path, "registry", "TABLE", "dit") == "models.dit"
    with pytest.raises(LookupError, match="defines no dict LATER"):
        registered(tmp_path, "registry", "LATER", "dit")
