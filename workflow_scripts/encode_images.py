"""Entry point of rule encode_images."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.devices import claim_device

    device = claim_device(snakemake.resources.gpu)
    from semantic_bottleneck.stages.encoding import encode_images

    encode_images(
        images=snakemake.params.images,
        weights=snakemake.input.weights,
        settings=snakemake.params.settings,
        contents=snakemake.params.contents,
        folder=snakemake.params.folder,
        device=device,
    )
