"""Rule calibrate_device: how long the study's networks and decoders take on this device."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.planning.calibration import calibrate
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import typed


def calibrate_device(
    cards: Mapping[str, Mapping[str, Any]],
    numerics: Mapping[str, Mapping[str, Any]],
    rows: int,
    budget: float,
    device: str,
    output: str | Path,
) -> None:
    """Write how long the study's networks and decoders take here, having spent about `budget` seconds."""
    models = {name: typed(Card, card) for name, card in cards.items()}
    write_text(output, json.dumps(calibrate(models, numerics, rows, device, budget), indent=2) + "\n")


if __name__ == "__main__":
    calibrate_device(
        cards=snakemake.params.cards,
        numerics=snakemake.params.numerics,
        rows=snakemake.params.rows,
        budget=snakemake.params.budget,
        device=device,
        output=snakemake.output.calibration,
    )
