"""Entry point of rule audit_published."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.tables import audit_published

    audit_published(
        published=list(snakemake.input.published),
        folder=snakemake.params.folder,
    )
