"""From the name of a page or an exhibit to the code that makes it, which is imported only then: tables need no matplotlib."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from semantic_bottleneck.reporting.core.evidence import Evidence
from semantic_bottleneck.study.exhibits import EXHIBITS

PACKAGE = "semantic_bottleneck"


def read_evidence(page: str, files: Mapping[str, Sequence[str]], facts: Mapping[str, Any]) -> Evidence:
    """What the page's tables and figures are made from.

    Args:
        files: result files by kind (`Exhibit.needs`).
        facts: plain values about the study, as the page's own `read_evidence` lists them.
    """
    return import_module(f"{PACKAGE}.reporting.{page}.evidence").read_evidence(files, facts)


def builder(page: str, name: str) -> Callable:
    """The function of an exhibit: evidence -> Table, or evidence and paths -> alt text of the figure it writes there."""
    exhibit = EXHIBITS[page][name]
    return getattr(import_module(f"{PACKAGE}.{exhibit.module}"), exhibit.function)


def page_builder(page: str) -> Callable:
    """The function of a page with the common layout: evidence, tables, figures and the files of all -> `core.page.Page`."""
    return import_module(f"{PACKAGE}.reporting.{page}.page").build_page
