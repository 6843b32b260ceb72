"""Rule progress: how far the sampling of the study is."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    import os

    from semantic_bottleneck.job.start import begin

    console = os.dup(1)  # what is found goes there too, not into the log alone
    begin(snakemake)

import json
import time
from collections.abc import Mapping
from typing import Any

from semantic_bottleneck.operating.progress import run_progress
from semantic_bottleneck.operating.progress_page import progress_page


def progress(study: str, planned: Mapping[str, Mapping[str, Mapping[str, Any]]], form: str, console: int) -> None:
    """Print `run_progress` as a table or as JSON, to the log and to the file descriptor `console`."""
    found = run_progress(planned, time.time())
    text = json.dumps({"study": study} | found, indent=2) + "\n" if form == "json" else progress_page(study, found)
    print(text, end="")
    with open(console, "w", encoding="utf-8") as stream:
        stream.write(text)


if __name__ == "__main__":
    progress(
        study=snakemake.params.study,
        planned=snakemake.params.planned,
        form=snakemake.params.form,
        console=console,
    )
