"""Rule export_npz: all samples of a variant as the .npz file that the official evaluators take."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from semantic_bottleneck.decoding.exported import labels_of, pictures_of
from semantic_bottleneck.decoding.pictures import build_decoder
from semantic_bottleneck.references.npz_writing import write_npz
from semantic_bottleneck.study.card import DecoderSpec
from semantic_bottleneck.study.typed import typed


def export_npz(
    card: Mapping, latents: Sequence[str], decoder: str | Path | None, micro_batch: int, output: str | Path, device: str
) -> None:
    """Write arr_0, uint8 (N, H, W, 3) in sample order, and arr_1, int64 (N,), the labels; never more than a block in memory.

    ADM's evaluator reads arr_0 alone.
    """
    labels = labels_of(latents)
    blocks = pictures_of(latents, build_decoder(typed(DecoderSpec, card["decoder"]), decoder, device), micro_batch)
    first = next(blocks)[1]
    pictures = chain([first], (block for _, block in blocks))
    write_npz(output, {"arr_0": ((len(labels), *first.shape[1:]), pictures), "arr_1": (labels.shape, [labels])})


if __name__ == "__main__":
    export_npz(
        card=snakemake.params.card,
        latents=list(snakemake.input.latents),
        decoder=snakemake.input.decoder or None,
        micro_batch=snakemake.params.micro_batch,
        output=snakemake.output.samples,
        device=device,
    )
