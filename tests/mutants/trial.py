"""Trying out a changed module: pytest in a fork of a process that has imported all that the change does not touch.

Starting an interpreter and importing numpy, torch and the library takes ten times as long as most of the tests.
"""

import ast
import gc
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import redirect_stdout, suppress
from importlib.util import cache_from_source
from io import StringIO
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "semantic_bottleneck"
COPIED = ("workflow_scripts", "tests", "config", "docs", "pyproject.toml", "Snakefile", "rules", "envs", "report")
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider")
EXAMPLES = 50


def copy_project(folder: Path) -> Path:
    """A copy in which modules may be changed; the working directory and the imports of this process are from now on there."""
    project = folder / "project"
    project.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, project / name)
    os.chdir(project)
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != ROOT]
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    # Half as many examples tell a fault as well, and nobody reads the smallest one.
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutants", max_examples=EXAMPLES, phases=phases, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    return project


def gather(path: Path, tests: list[str]) -> None:
    """Import what the tests need; then forget the module in `path`, all that imports it, and the tests."""
    forget(_ours())
    sys.dont_write_bytecode = False
    with redirect_stdout(StringIO()):
        pytest.main([*OPTIONS, "--collect-only", *tests])
    # A mutant of the same size in the same second would be taken for its predecessor's compiled file.
    sys.dont_write_bytecode = True
    for compiled in Path(cache_from_source(str(path))).parent.glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
    forget([*importers(_name(path)), *(name for name in _ours() if name.split(".")[0] != PACKAGE)])
    gc.collect()
    gc.freeze()  # so that a child does not copy what it never changes


def importers(name: str) -> set[str]:
    """`name` and the loaded modules of the library that import it, directly or not."""
    arrows = {loaded: _imports(loaded) for loaded in sys.modules if loaded.split(".")[0] == PACKAGE}
    found, size = {name}, 0
    while len(found) > size:
        size = len(found)
        found |= {loaded for loaded, imported in arrows.items() if imported & found}
    return found


def forget(names: Iterable[str]) -> None:
    """Let modules be imported anew."""
    for name in list(names):
        module = sys.modules.pop(name, None)
        parent, _, own = name.rpartition(".")
        if module is not None and getattr(sys.modules.get(parent), own, None) is module:
            delattr(sys.modules[parent], own)


def is_noticed(tests: list[str], seconds: float) -> bool:
    """Whether the tests fail, or take longer, on the modules as they are now; whatever they started ends with them."""
    child = os.fork()
    if child == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        code = 1
        try:
            code = int(pytest.main([*OPTIONS, *tests]))
        finally:
            os._exit(min(code, 1))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # Left as it is until its group is gone: so long nobody else can have the number.
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.01)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] != 0


def _ours() -> list[str]:
    """Loaded modules of the library and of its tests, of which some have no package."""
    files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    homes = tuple(str(home / folder) for home in (ROOT, Path.cwd()) for folder in ("tests/", "workflow_scripts/"))
    return [name for name, file in files.items() if name != "__main__" and file.startswith(homes)]


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[len(parts) - 1 - parts[::-1].index(PACKAGE) :])


def _imports(name: str) -> set[str]:
    """Dotted names in the import statements of a loaded module, of which some may be functions."""
    file = getattr(sys.modules[name], "__file__", None)
    found: set[str] = set()
    if file is None or not file.endswith(".py") or PACKAGE not in file:
        return found
    for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found
