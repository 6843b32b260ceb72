"""The list of tables and figures that the Snakefile reads, and the functions that make them, tell the same."""

import ast
from pathlib import Path

import pytest

from semantic_bottleneck.reporting.pages import builder
from semantic_bottleneck.study.exhibits import EXHIBITS, FIGURES, TABLES, names_of
from semantic_bottleneck.study.factors import FACTORS
from semantic_bottleneck.study.validation import load_schema

ROOT = Path(__file__).resolve().parents[3]
REPORTING = ROOT / "workflow_scripts/semantic_bottleneck/reporting"
EVERY = [exhibit for exhibits in EXHIBITS.values() for exhibit in exhibits.values()]
OF_A_PAGE_ITSELF = {("paper", "build_controls")}
"""Made with the report, which alone shows it."""
SHARED = {"draw_factors", "draw_samples", "draw_spectrograms"}
"""What several figures, or a figure and its tests, are drawn by."""


def defined(page):
    """`build_*` and `draw_*` of a page's modules of tables and figures."""
    for path in sorted(REPORTING.glob(f"{page}/**/*.py")):
        module = ".".join(path.relative_to(REPORTING / page).with_suffix("").parts)
        if module.split(".")[0] in ("tables", "figures"):
            names = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
            yield from (f"{module}:{name}" for name in names if name.startswith(("build_", "draw_")))


@pytest.mark.parametrize("exhibit", EVERY, ids=lambda exhibit: f"{exhibit.page}-{exhibit.name}")
def test_every_exhibit_is_made_by_a_function_of_its_page(exhibit):
    function = builder(exhibit.page, exhibit.name)
    assert (function.__module__, function.__name__) == (f"semantic_bottleneck.{exhibit.module}", exhibit.function)
    takes = list(function.__annotations__)[:-1]
    assert takes[0] == "evidence"
    if exhibit.kind == TABLES:
        assert takes == ["evidence"]
    else:
        assert takes[1] == "paths"


@pytest.mark.parametrize("page", EXHIBITS)
def test_every_function_that_makes_one_is_listed(page):
    listed = {exhibit.build for exhibit in EXHIBITS[page].values()}
    own = {
        build
        for build in defined(page)
        if build.split(":")[1] not in SHARED and (page, build.split(":")[1]) not in OF_A_PAGE_ITSELF
    }
    assert own == listed


def test_a_study_can_ask_for_each_and_for_no_other():
    schema = load_schema(ROOT / "config/schemas/study.schema.yaml")["properties"]
    assert set(schema["tables"]["properties"]) == set(names_of("paper", TABLES)) - {
        *("audit", "given", "trainings", "localisation_trainings")
    }
    assert set(schema["figures"]["properties"]) == set(names_of("paper", FIGURES)) - {"figure_localisation_trainings"}
    assert schema["dynamics"]["properties"]["figures"]["items"]["enum"] == names_of("dynamics", FIGURES)
    assert FACTORS.keys() < set(names_of("dynamics", FIGURES))


def test_names_say_what_they_are():
    """The Snakefile tells tables from figures by their names, also those that no study defines."""
    assert all((exhibit.kind == FIGURES) == exhibit.name.startswith("figure") for exhibit in EVERY)
