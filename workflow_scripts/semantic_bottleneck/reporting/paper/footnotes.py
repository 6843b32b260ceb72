"""Footnotes that every table of the report needs: whose the published numbers are, and what was not run."""

from collections.abc import Mapping, Sequence

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.published import TITLES as PAPER_TITLES
from semantic_bottleneck.reporting.core.verdicts import OTHER_MODEL


def common_footnotes(cells: Sequence[Mapping], facts: ReportFacts) -> list[str]:
    """Sentences about the models in these cells (of `CellMaker.cell`)."""
    footnotes = []
    others = (cell for cell in cells if cell["verdict"] == OTHER_MODEL)
    pairs = dict.fromkeys((cell["model"], cell["published_model"]) for cell in others)
    if pairs:
        named = ", ".join(f"{facts.title(ours)} beside {PAPER_TITLES.get(theirs, theirs)}" for ours, theirs in pairs)
        footnotes.append(
            f"The paper's numbers belong to other, far larger models ({named}): "
            "they stand beside for orientation, without a verdict."
        )
    models = {cell["model"] for cell in cells}
    absent = {model: reason for model, reason in facts.not_run.items() if model in models}
    return footnotes + [f"{facts.title(model)} was not run: {reason.rstrip('.')}." for model, reason in absent.items()]
