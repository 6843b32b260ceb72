"""Folders of the library import downwards alone, and those that many jobs load rest on little."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "workflow_scripts/semantic_bottleneck"
BELOW = {
    "study": {"errors", "files", "image_files", "schemas"},
    "uncertainty": {"arrays", "errors", "files"},
    "geometry": {"arrays", "errors", "files", "uncertainty"},
    "scores": {"arrays", "errors", "files", "study", "uncertainty"},
    "reporting": {"errors", "files", "geometry", "job", "redaction", "study", "uncertainty"},
}
"""What a folder may import: the Snakefile loads the study, a table no sampler."""


def imported() -> dict[str, set[str]]:
    """Folder, or module beside the folders -> those that it imports."""
    found: dict[str, set[str]] = {}
    for path in LIBRARY.rglob("*.py"):
        place = path.relative_to(LIBRARY).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("semantic_bottleneck"):
                parts = f"{node.module}.{node.names[0].name}".split(".")
                found.setdefault(place, set()).update({parts[1]} - {place})
    return found


def test_no_folder_is_imported_by_what_it_imports():
    *_, last = TopologicalSorter(imported()).static_order()
    assert last


@pytest.mark.parametrize("folder", BELOW)
def test_a_folder_rests_on_no_more_than_it_may(folder):
    assert imported()[folder] <= BELOW[folder]
