"""Rule render_report: all tables and figures, the verdict on every claim, and where the numbers come from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.reporting.core.elements import read_captions, templates_of
from semantic_bottleneck.reporting.core.provenance import file_hashes, git_commit, library_versions
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.core.write import read_table
from semantic_bottleneck.reporting.paper.claims.judge import judge_claims
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence, read_evidence
from semantic_bottleneck.reporting.paper.heatmaps import heatmaps_of
from semantic_bottleneck.reporting.paper.metrics_json import write_metrics
from semantic_bottleneck.reporting.paper.report import report_page
from semantic_bottleneck.reporting.paper.strip import read_strip
from semantic_bottleneck.reporting.paper.tables.controls import build_controls


def render_report(
    files: Mapping[str, Sequence[str]],
    facts: Mapping[str, Any],
    config: Mapping[str, Any],
    cards: Mapping[str, Mapping],
    template: str | Path,
    report: str | Path,
    metrics: str | Path,
    provenance: str | Path,
) -> None:
    """Write the HTML page, metrics.json and provenance.json.

    Args:
        files: tables (Parquet), figures (PNG), the geometry, history, scores and variants the claims rest on, and the
            conditions of the models of Figure 3, and the images of the strip.
        facts: what `paper.evidence.read_evidence` reads, and `strip`: `models`, `variants` and perhaps `samples` of the
            figure of samples that the strip shows; empty without one.
        config: the study's whole configuration; `cards` its model cards.
        template: any file of the folder that holds the page's templates and captions.
    """
    folder = templates_of(template)
    evidence = read_evidence(files, facts)
    tables = [read_table(path) for path in files["tables"]]
    figures = [read_drawing(path) for path in files["figures"]]
    controls = build_controls(evidence)
    tables += [controls] if controls else []
    claims = judge_claims(evidence)
    sources = [path for kind in ("geometry", "history", "scores", "variants", "localisation") for path in files[kind]]
    origin = {
        "study": {"name": config["study"], "seed": config["seed"], "samples": config["samples"]},
        "training seeds": {name: card["training"]["seed"] for name, card in cards.items() if card.get("training")},
        "code": {"git commit": git_commit(folder)},
        "versions": library_versions(),
        "files": file_hashes(Path.cwd(), [*files["tables"], *files["figures"], *sources]),
    }
    captions, heatmaps = read_captions(folder / "captions"), heatmaps_of(evidence.conditions, evidence.facts)
    strip = read_strip(_pictured(evidence, facts["strip"], files["images"])) if facts["strip"] else None
    page = report_page(evidence.facts, tables, figures, claims, origin, captions, folder, heatmaps, strip)
    write_text(report, page)
    write_metrics(metrics, evidence.facts, tables, claims)
    whole = json.dumps({**origin, "config": dict(config), "cards": dict(cards)}, indent=1, default=str)
    write_text(provenance, redacted(whole) + "\n")


def _pictured(evidence: PaperEvidence, asked: Mapping[str, Any], images: Sequence[str]) -> PaperEvidence:
    """The report's evidence as that of the figure of samples that was `asked` for."""
    shown = {"models": asked["models"], "variant_names": asked["variants"], "samples": asked.get("samples", ())}
    return replace(evidence, **shown, images=images)


if __name__ == "__main__":
    render_report(
        files={kind: list(files) for kind, files in snakemake.input.items()},
        facts=snakemake.params.facts,
        config=snakemake.params.config,
        cards=snakemake.params.cards,
        template=snakemake.input.templates[0],
        report=snakemake.output.report,
        metrics=snakemake.output.metrics,
        provenance=snakemake.output.provenance,
    )
