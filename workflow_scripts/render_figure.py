"""Rule render_figure: result files -> figures of a page, each with its alt text in the file."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.reporting.core.nothing import draw_nothing
from semantic_bottleneck.reporting.core.style import noted
from semantic_bottleneck.reporting.pages import builder, read_evidence


def render_figure(
    page: str,
    names: Sequence[str],
    files: Mapping[str, Sequence[str]],
    facts: Mapping[str, Any],
    outputs: Sequence[str | Path],
) -> None:
    """Draw figures; each says which of its models were not run.

    Args:
        page, names: of `study.exhibits.EXHIBITS`.
        files, facts: what the page's `read_evidence` reads.
        outputs: paths named after the figures, drawn in the format of their suffix.
    """
    evidence = read_evidence(page, files, facts)
    with noted(evidence.reasons):
        for name in names:
            paths = [path for path in outputs if Path(path).stem == name]
            if evidence.nothing:
                draw_nothing(evidence.reasons, evidence.nothing, paths)
            else:
                builder(page, name)(evidence, paths)


if __name__ == "__main__":
    render_figure(
        page=snakemake.params.page,
        names=snakemake.params.names,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        facts=snakemake.params.facts,
        outputs=list(snakemake.output),
    )
