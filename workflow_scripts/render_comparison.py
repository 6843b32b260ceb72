"""Entry point of rule render_comparison."""

from typing import TYPE_CHECKING

from semantic_bottleneck.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake):
    from semantic_bottleneck.stages.comparison import compare_results

    compare_results(
        left=snakemake.params.left,
        right=snakemake.params.right,
        template=snakemake.input.templates[0],
        html=snakemake.output.html,
        markdown=snakemake.output.markdown,
        numbers=snakemake.output.numbers,
    )
