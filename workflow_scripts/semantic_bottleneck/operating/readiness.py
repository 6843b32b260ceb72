"""Which tables, figures and other targets of a study can be made on this machine, and what exactly the others lack."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.checkpoints.probe import missing_sources
from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.study.checkpoint import Checkpoint
from semantic_bottleneck.study.typed import typed

Needs = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Target -> model or data set -> `absent` (a sentence on data that only the user can provide, or None) and `sources`
(the file to be made -> what it is and the plain `checkpoint` that it comes from)."""


def source_states(needs: Needs, base: Path) -> list[dict[str, str | None]]:
    """Every source that still has to be fetched, asked for its first bytes: file, what, address, and why it cannot be had."""
    sources = {
        file: (what, typed(Checkpoint, plain))
        for parts in needs.values()
        for part in parts.values()
        for file, (what, plain) in part["sources"].items()
    }
    missing = missing_sources({file: checkpoint for file, (_, checkpoint) in sources.items()}, base)
    return [
        {
            "file": file,
            "what": what,
            "address": redacted(checkpoint.url),
            "missing": missing.get(file),
        }
        for file, (what, checkpoint) in sorted(sources.items())
    ]


def shortcomings(needs: Needs, missing: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """Target -> its models that cannot be shown -> why, each reason once; an empty mapping for what is ready.

    Args:
        missing: file to be made -> why its source cannot be had.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for target, parts in needs.items():
        found[target] = {}
        for model, part in parts.items():
            reasons = [part["absent"]] if part["absent"] else [missing[file] for file in part["sources"] if file in missing]
            if reasons:
                found[target][model] = list(dict.fromkeys(reasons))
    return found
