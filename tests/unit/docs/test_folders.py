"""The library's folders are those that docs/design.md lists, and imports between them go one way only."""

import ast
import re
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "semantic_bottleneck"
LIBRARY = ROOT / "workflow_scripts" / PACKAGE


def imported(path):
    """Dotted names, below the package, of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            base = node.module.split(".")[1:]
            for alias in node.names:
                whole = LIBRARY.joinpath(*base, alias.name)
                yield ".".join([*base, alias.name] if whole.with_suffix(".py").is_file() or whole.is_dir() else base)


def graph(depth):
    """Name of a module, or of its folder at a depth -> the names it imports."""
    arrows = defaultdict(set)
    for path in LIBRARY.rglob("*.py"):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        if parts[-1] != "__init__":
            own = ".".join(parts[:depth])
            arrows[own] |= {".".join(name.split(".")[:depth]) for name in imported(path)} - {own, ""}
    return arrows


def test_no_import_is_a_circle():
    assert len(list(TopologicalSorter(graph(9)).static_order())) > 250


def test_no_import_between_folders_goes_up():
    assert len(list(TopologicalSorter(graph(1)).static_order())) > 20


def test_the_pages_of_the_report_use_their_core_and_not_each_other():
    pages = {"reporting.paper", "reporting.dier", "reporting.dynamics", "reporting.comparison"}
    for page in pages:
        assert graph(2)[page] & pages == set()
    assert graph(2)["reporting.core"] & pages == set()


def test_what_the_snakefile_knows_stands_on_the_ground():
    below = {"errors", "redaction", "files", "image_files", "schemas"}
    assert graph(1)["study"] <= below
    assert graph(1)["schemas"] <= below


def test_the_design_page_lists_every_folder():
    text = (ROOT / "docs/design.md").read_text()
    rows = re.findall(r"^\| (`\w+/`(?:, `\w+/`)*) \|", text, flags=re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)/`", row)}
    folders = {path.parent.name for path in LIBRARY.glob("*/__init__.py")}
    assert folders <= listed
    assert len(listed) < len(folders) + 8  # the page's other tables name the repository's own folders
