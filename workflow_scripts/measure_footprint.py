"""Rule measure_footprint: memory and time of a model, whole, factorised and with its modulations computed beforehand."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from semantic_bottleneck.compression import footprint
from semantic_bottleneck.compression.fed_rows import fed_rows
from semantic_bottleneck.files import parquet
from semantic_bottleneck.models.weights import load_weights, origin_of
from semantic_bottleneck.planning.device import device_name
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.compressed import PRECOMPUTED, Compressed, compressed_card
from semantic_bottleneck.study.typed import typed

logger = logging.getLogger(__name__)


def measure_footprint(
    card: Mapping,
    weights: str | Path,
    compressed: Sequence[Compressed],
    checkpoints: Sequence[str],
    batches: Sequence[int],
    output: str | Path,
    device: str,
) -> None:
    """Write one row for each network and batch; the full one is called `baseline`.

    Args:
        card: the whole card of the full model.
        compressed, checkpoints: the factorised models and their files.
        batches: rows of an evaluation.
    """
    model = typed(Card, card)
    rows, full = fed_rows(model), load_weights(model, weights, "cpu")
    placed = {"baseline": footprint.whole(full, rows), PRECOMPUTED: footprint.precomputed(full, rows, label=0)}
    for each, checkpoint in zip(compressed, checkpoints, strict=True):
        small = load_weights(typed(Card, compressed_card(card, each, str(checkpoint))), checkpoint, "cpu")
        placed[each.name] = footprint.whole(small, rows)
    found = []
    for variant, network in placed.items():
        for batch in batches:
            measured = footprint.measure(network, model.latent_shape, batch, device)
            logger.info("%s %s, batch %d: peak %.3f MB", model.name, variant, batch, measured.peak_bytes / 1e6)
            found.append({"variant": variant} | asdict(measured))
    columns = {name: [row[name] for row in found] for name in found[0]}
    parquet.write(output, columns, {"model": model.name, "device": device_name(device)} | origin_of(model, weights))


if __name__ == "__main__":
    measure_footprint(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        compressed=[Compressed(**each) for each in snakemake.params.compressed],
        checkpoints=list(snakemake.input.checkpoints),
        batches=snakemake.params.batches,
        output=snakemake.output.footprint,
        device=device,
    )
