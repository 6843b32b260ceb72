"""Every number of every table, and every verdict, in one machine-readable file."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.reporting.core.claim import Claim
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.table import Table


def metrics(facts: ReportFacts, tables: Sequence[Table], claims: Sequence[Claim]) -> dict[str, Any]:
    """{study, seed, samples, tables: {name: {title, footnotes, cells: [...]}}, claims: [...]}; NaN becomes null."""
    return {
        "study": facts.name,
        "seed": facts.seed,
        "samples": facts.samples,
        "tables": {
            table.name: {
                "title": table.title,
                "footnotes": list(table.footnotes),
                "cells": [{key: _plain(value) for key, value in row.items()} for row in table.frame.to_dict("records")],
            }
            for table in tables
        },
        "claims": [asdict(claim) for claim in claims],
    }


def write_metrics(path: str | Path, facts: ReportFacts, tables: Sequence[Table], claims: Sequence[Claim]) -> None:
    """Write `metrics` as JSON, atomically."""
    write_text(path, json.dumps(metrics(facts, tables, claims), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
