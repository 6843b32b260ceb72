"""Rule export_pngs: all samples of a variant as a folder of PNG files, which torch-fidelity and others take."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from semantic_bottleneck.decoding.exported import pictures_of
from semantic_bottleneck.decoding.pictures import build_decoder
from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.study.card import DecoderSpec
from semantic_bottleneck.study.typed import typed


def export_pngs(
    card: Mapping, latents: Sequence[str], decoder: str | Path | None, micro_batch: int, folder: str | Path, device: str
) -> None:
    """Write `<sample>.png` for every sample, its number with six digits, so that names sort as samples do."""
    network = build_decoder(typed(DecoderSpec, card["decoder"]), decoder, device)
    for samples, pictures in pictures_of(latents, network, micro_batch):
        for sample, picture in zip(samples, pictures, strict=True):
            with atomic_path(Path(folder) / f"{sample:06d}.png") as temporary:
                Image.fromarray(picture).save(temporary, format="PNG")


if __name__ == "__main__":
    export_pngs(
        card=snakemake.params.card,
        latents=list(snakemake.input.latents),
        decoder=snakemake.input.decoder or None,
        micro_batch=snakemake.params.micro_batch,
        folder=snakemake.output.folder,
        device=device,
    )
