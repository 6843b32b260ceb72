"""Rule prepare_inputs: what a continuous model is conditioned on, from the user's data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.conditioning.load import load_conditions
from semantic_bottleneck.conditioning.prepared import CONDITION
from semantic_bottleneck.files.row_groups import write_row_groups
from semantic_bottleneck.study.conditioning import Conditioning
from semantic_bottleneck.study.typed import typed


def prepare_inputs(
    card: Mapping,
    root: str | Path,
    output: str | Path,
    device: str,
    contents: Mapping[str, str | None] | None = None,
    fetched: str | Path | None = None,
) -> None:
    """Write one row per condition: its id and the family's input arrays; `contents` and `fetched` as in `load_conditions`."""
    conditioning = typed(Conditioning, card["conditioning"])
    ids, inputs = load_conditions(conditioning, Path(root), device=device, contents=contents, fetched=fetched)
    write_row_groups(output, {CONDITION: ids, **inputs}, {"model": card["name"]})


if __name__ == "__main__":
    prepare_inputs(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.inputs,
        device=device,
        contents=snakemake.params.contents,
        fetched=snakemake.input.get("encoders") or None,
    )
