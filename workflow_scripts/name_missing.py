"""Entry point of rule name_missing."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.errors import UserError
    from semantic_bottleneck.reporting.missing import missing_sentence

    raise UserError(missing_sentence(snakemake.params.missing))
