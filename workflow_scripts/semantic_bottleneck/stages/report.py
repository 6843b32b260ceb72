"""Rule render_report: all tables and figures, the verdict on every claim, and where the numbers come from."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck import parquet
from semantic_bottleneck.atomic import write_text
from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.reporting.claims.judge import judge_claims
from semantic_bottleneck.reporting.elements import read_captions
from semantic_bottleneck.reporting.figures.style import read_drawing
from semantic_bottleneck.reporting.heatmaps import heatmaps_of
from semantic_bottleneck.reporting.inputs import read_geometry, read_scores
from semantic_bottleneck.reporting.metrics_json import write_metrics
from semantic_bottleneck.reporting.provenance import file_hashes, library_versions
from semantic_bottleneck.reporting.report import render_report
from semantic_bottleneck.reporting.study import study_from_config
from semantic_bottleneck.reporting.tables.controls import build_controls
from semantic_bottleneck.reporting.tables.write import read_table
from semantic_bottleneck.stages.tables import variants_of


def make_report(
    files: Mapping[str, Sequence[str]],
    study: Mapping[str, Any],
    config: Mapping[str, Any],
    cards: Mapping[str, Mapping],
    not_run: Mapping[str, str],
    template: str | Path,
    report: str | Path,
    metrics: str | Path,
    provenance: str | Path,
) -> None:
    """Write the HTML page, metrics.json and provenance.json.

    Args:
        files: tables (Parquet), figures (PNG), the geometry, history, scores and variants the claims rest on, and the
            conditions of the models of Figure 3.
        config: the study's whole configuration; `cards` its model cards.
        not_run: model -> why it is absent.
        template: any file of the folder that holds the page's templates and captions.
    """
    folder = next(parent for parent in Path(template).parents if parent.name == "report")
    described = study_from_config(study["config"], study["cards"], not_run)
    tables = [read_table(path) for path in files["tables"]]
    figures = [read_drawing(path) for path in files["figures"]]
    geometry = read_geometry([*files["geometry"], *files["history"]])
    scores, variants = read_scores(files["scores"]), variants_of(files)
    controls = build_controls(scores, variants, described)
    tables += [controls] if controls else []
    claims = judge_claims(geometry, scores, variants, described)
    sources = [path for kind in ("geometry", "history", "scores", "variants") for path in files[kind]]
    origin = {
        "study": {"name": config["study"], "seed": config["seed"], "samples": config["samples"]},
        "training seeds": {name: card["training"]["seed"] for name, card in cards.items() if card.get("training")},
        "code": {"git commit": git_commit(folder)},
        "versions": library_versions(),
        "files": file_hashes(Path.cwd(), [*files["tables"], *files["figures"], *sources]),
    }
    conditions = {parquet.read_metadata(path)["model"]: path for path in files["conditions"]}
    captions, heatmaps = read_captions(folder / "captions"), heatmaps_of(conditions, described)
    page = render_report(described, tables, figures, claims, origin, captions, folder, heatmaps)
    write_text(report, page)
    write_metrics(metrics, described, tables, claims)
    whole = json.dumps({**origin, "config": dict(config), "cards": dict(cards)}, indent=1, default=str)
    write_text(provenance, redacted(whole) + "\n")


def git_commit(folder: str | Path) -> str:
    """The commit of the working copy, `+ changes` if files differ from it, or `unknown` outside git."""
    try:
        commit = subprocess.run(
            ["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "-C", folder, "status", "--porcelain"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit} + changes" if changed.strip() else commit
