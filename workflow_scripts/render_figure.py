"""Rule render_figure: result files -> one figure, its alt text in the file."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping, Sequence
from typing import Any

from semantic_bottleneck.reporting.core.facts import report_facts
from semantic_bottleneck.reporting.core.style import noted
from semantic_bottleneck.reporting.paper.figures.draw import draw
from semantic_bottleneck.reporting.paper.figures.nothing import draw_nothing


def render_figure(
    name: str,
    wanted: Mapping[str, Any],
    not_run: Mapping[str, str],
    files: Mapping[str, Sequence[str]],
    published: Sequence[str],
    study: Mapping[str, Any],
    outputs: Sequence[str],
) -> None:
    """Draw one figure.

    Args:
        wanted: `models` and, for figures of samples or scores, `variants`; for those of samples optionally `samples`.
        not_run: model -> why it is left out, which the figure says.
        files: result files by kind: geometry, history, conditions, scores, variants, images, slicing.
        outputs: paths, drawn in the format of their suffix.
    """
    facts = report_facts(study["config"], study["cards"], not_run)
    models = [model for model in wanted["models"] if model not in not_run]
    reasons = [f"{facts.title(model)} was not run: {reason.rstrip('.')}." for model, reason in not_run.items()]
    with noted(reasons):
        if models:
            draw(name, models, wanted, files, published, facts, outputs)
        else:
            draw_nothing(reasons, ", ".join(map(facts.title, wanted["models"])), outputs)


if __name__ == "__main__":
    render_figure(
        name=snakemake.wildcards.figure,
        wanted=snakemake.params.wanted,
        not_run=snakemake.params.not_run,
        files={kind: list(files) for kind, files in snakemake.input.items()},
        published=list(snakemake.input.published),
        study=snakemake.params.study,
        outputs=list(snakemake.output),
    )
