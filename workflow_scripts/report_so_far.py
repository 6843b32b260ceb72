"""Rule report_so_far: the report of what exists, the rest marked as pending, and how far the run is."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.operating.progress import run_progress
from semantic_bottleneck.operating.progress_page import HEADS, progress_cells, progress_line
from semantic_bottleneck.reporting.core.elements import read_captions, templates_of
from semantic_bottleneck.reporting.paper.claims.judge import judge_claims
from semantic_bottleneck.reporting.paper.evidence import read_evidence
from semantic_bottleneck.reporting.paper.report import report_page
from semantic_bottleneck.reporting.paper.so_far import SoFar, exhibits_so_far, existing


def report_so_far(
    exhibits: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Any],
    planned: Mapping[str, Mapping[str, Mapping[str, Any]]],
    published: Sequence[str],
    template: str | Path,
    page: str | Path,
) -> None:
    """Write the page, whatever of the study is there.

    Args:
        exhibits: every table and figure of the study, as `so_far.exhibits_so_far` reads them.
        facts: `config`, `cards` and `not_run`, as `paper.evidence.read_evidence` reads them.
        planned: as `operating.progress.run_progress` reads it.
        template: any file of the folder that holds the page's templates and captions.
    """
    folder, now = templates_of(template), time.time()
    tables, figures, pending = exhibits_so_far(exhibits, facts, published)
    files = existing(exhibits, ("geometry", "history", "scores", "variants"))
    evidence = read_evidence({**files, "published": published}, facts)
    progress = run_progress(planned, now)
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    so_far = SoFar(moment, pending, progress_line(progress["total"]), HEADS, progress_cells(progress["rows"]))
    captions, claims = read_captions(folder / "captions"), judge_claims(evidence)
    write_text(page, report_page(evidence.facts, tables, figures, claims, {}, captions, folder, so_far=so_far))
    print(f"{page}: {len(tables)} tables, {len(figures)} figures; {len(pending)} pending.")


if __name__ == "__main__":
    report_so_far(
        exhibits=snakemake.params.exhibits,
        facts=snakemake.params.facts,
        planned=snakemake.params.planned,
        published=list(snakemake.input.published),
        template=snakemake.input.templates[0],
        page=snakemake.params.page,
    )
