"""Every number of every table, and every verdict, in one machine-readable file."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.reporting.core.claim import Claim
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.paper.claims.judge import claims_to_records


def metrics(study: ReportFacts, tables: Sequence[Table], claims: Sequence[Claim]) -> dict[str, Any]:
    """{study, seed, samples, tables: {name: {title, footnotes, cells: [...]}}, claims: [...]}; NaN becomes null."""
    return {
        "study": study.name,
        "seed": study.seed,
        "samples": study.samples,
        "tables": {
            table.name: {
                "title": table.title,
                "footnotes": list(table.footnotes),
                "cells": [{key: _plain(value) for key, value in row.items()} for row in table.frame.to_dict("records")],
            }
            for table in tables
        },
        "claims": claims_to_records(claims),
    }


def write_metrics(path: str | Path, study: ReportFacts, tables: Sequence[Table], claims: Sequence[Claim]) -> None:
    """Write `metrics` as JSON, atomically."""
    write_text(path, json.dumps(metrics(study, tables, claims), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
