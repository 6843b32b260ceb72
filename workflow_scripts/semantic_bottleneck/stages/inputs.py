"""Rule prepare_inputs: what a continuous model is conditioned on, from the user's data."""

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck import parquet
from semantic_bottleneck.conditioning_inputs.load import load_conditions


def prepare_inputs(card: Mapping, root: str | Path, output: str | Path, device: str) -> None:
    """Write one row per condition: its id and the family's input arrays."""
    ids, inputs = load_conditions(card, Path(root), device=device)
    parquet.write(output, {"condition": ids, **inputs}, {"model": card["name"]})
