"""The report of a study in progress: what can be shown from the files that exist, and what is pending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.elements import display_name
from semantic_bottleneck.reporting.core.style import Drawing, read_drawing
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.pages import builder, read_evidence
from semantic_bottleneck.study.exhibits import TABLES

PAGE = "paper"


@dataclass(frozen=True)
class SoFar:
    """What the page says of the run.

    Attributes:
        time: when the files were looked at.
        pending: what is not on the page yet -> what it waits for.
        line: how far the sampling is, in a sentence.
        heads: of the columns of `rows`.
        rows: how far each model and variant is.
    """

    time: str
    pending: Mapping[str, str]
    line: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def exhibits_so_far(
    exhibits: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any], published: Sequence[str]
) -> tuple[list[Table], list[Drawing], dict[str, str]]:
    """Tables of the models whose result files are all there, figures that are drawn, and what is pending.

    Args:
        exhibits: name -> `kind`, `asked` and `not_run` (as `paper.evidence.read_evidence` reads them), `files` (model -> kind
            of file -> result files) and `drawn`, the figure's PNG.
        facts: `config` and `cards`, as `read_evidence` reads them.
        published: the CSV files of printed numbers.

    Returns:
        Tables, figures, and the label of an exhibit -> a sentence on what it waits for; one that waits for some models alone
        is among the tables too, where those models' rows say the same.
    """
    tables, figures, pending = [], [], {}
    for name, exhibit in exhibits.items():
        waiting = _waiting(exhibit["files"])
        drawn = exhibit["kind"] != TABLES and Path(exhibit["drawn"]).exists()
        if drawn:
            figures.append(read_drawing(exhibit["drawn"]))
        elif waiting:
            pending[_label(name)] = "; ".join(f"{model} {reason}" for model, reason in waiting.items())
        elif exhibit["kind"] != TABLES:
            pending[_label(name)] = "its result files are there; it is not drawn yet"
        there = {model: kinds for model, kinds in exhibit["files"].items() if model not in waiting}
        if exhibit["kind"] == TABLES and (there or not exhibit["files"]):
            not_run = {**exhibit["not_run"], **{model: f"pending, {reason}" for model, reason in waiting.items()}}
            known = {**facts, "exhibit": name, "asked": exhibit["asked"], "not_run": not_run}
            tables.append(builder(PAGE, name)(read_evidence(PAGE, {**_joined(there), "published": published}, known)))
    return tables, figures, pending


def existing(exhibits: Mapping[str, Mapping[str, Any]], kinds: Sequence[str]) -> dict[str, list[str]]:
    """Kind of file -> the result files of all exhibits that exist."""
    every = _joined({(name, model): files for name, exhibit in exhibits.items() for model, files in exhibit["files"].items()})
    return {kind: sorted({path for path in every.get(kind, []) if Path(path).exists()}) for kind in kinds}


def _waiting(files: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, str]:
    """Models that lack result files, and how many."""
    reasons = {}
    for model, kinds in files.items():
        paths = [path for paths in kinds.values() for path in paths]
        absent = sum(not Path(path).exists() for path in paths)
        if absent:
            reasons[model] = f"{len(paths) - absent} of {len(paths)} result files are there"
    return reasons


def _joined(files: Mapping[Any, Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    joined: dict[str, list[str]] = {}
    for kinds in files.values():
        for kind, paths in kinds.items():
            joined.setdefault(kind, []).extend(paths)
    return joined


def _label(name: str) -> str:
    label = display_name(name)
    return label if label not in ("Table", "Figure") else f"{label} “{name.removeprefix('figure_')}”"
