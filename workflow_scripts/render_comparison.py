"""Rule render_comparison: two result folders -> what changed between them beyond their intervals."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from pathlib import Path

import numpy as np

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.reporting.comparison.compare import (
    changed_settings,
    changed_verdicts,
    compare,
    read_json,
    read_numbers,
)
from semantic_bottleneck.reporting.comparison.page import Comparison, render_html, render_markdown
from semantic_bottleneck.reporting.core.elements import templates_of


def render_comparison(
    left: str, right: str, template: str | Path, html: str | Path, markdown: str | Path, numbers: str | Path
) -> None:
    """Write the comparison as a page, as Markdown and as Parquet (columns of `comparison.compare`).

    Args:
        template: any file of the folder that holds the page's templates.
    """
    folder = templates_of(template)
    frame = compare(read_numbers(left), read_numbers(right))
    metrics = [read_json(Path(side) / "metrics.json") for side in (left, right)]
    origins = [read_json(Path(side) / "provenance.json") for side in (left, right)]
    result = Comparison(left, right, frame, changed_verdicts(*metrics), changed_settings(*origins))
    columns = {name: frame[name].to_numpy(dtype=object if frame[name].dtype.kind in "OTU" else np.float64) for name in frame}
    parquet.write(numbers, columns, {"left": left, "right": right})
    write_text(html, render_html(result, folder))
    write_text(markdown, render_markdown(result))


if __name__ == "__main__":
    render_comparison(
        left=snakemake.params.left,
        right=snakemake.params.right,
        template=snakemake.input.templates[0],
        html=snakemake.output.html,
        markdown=snakemake.output.markdown,
        numbers=snakemake.output.numbers,
    )
