"""Rule prepare_inputs: what a continuous model is conditioned on, from the user's data."""

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.conditioning_inputs.load import load_conditions
from semantic_bottleneck.conditioning_inputs.prepared import CONDITION
from semantic_bottleneck.row_groups import write_row_groups


def prepare_inputs(
    card: Mapping, root: str | Path, output: str | Path, device: str, contents: Mapping[str, str | None] | None = None
) -> None:
    """Write one row per condition: its id and the family's input arrays; `contents` as in `load_conditions`."""
    ids, inputs = load_conditions(card, Path(root), device=device, contents=contents)
    write_row_groups(output, {CONDITION: ids, **inputs}, {"model": card["name"]})
