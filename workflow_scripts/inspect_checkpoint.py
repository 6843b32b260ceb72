"""Rule inspect: what a checkpoint is, the geometry of its conditional vector, its card and a study of it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    import os

    from semantic_bottleneck.job.start import begin

    console = os.dup(1)  # what is found goes there too, not into the log alone
    begin(snakemake)

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.inspection import inspect_checkpoint as inspection
from semantic_bottleneck.inspection.page import inspection_page


def inspect_checkpoint(given: Mapping[str, Any], root: str | Path, form: str, console: int) -> None:
    """Print what is found, as a page or as JSON, to the log and to the file descriptor `console`; write card and study.

    Raises:
        UserError: see `inspection.inspect_checkpoint`.
    """
    found = inspection.inspect_checkpoint(given, Path(root))
    text = json.dumps(found, indent=2) + "\n" if form == "json" else inspection_page(found)
    print(text, end="")
    with open(console, "w", encoding="utf-8") as stream:
        stream.write(text)


if __name__ == "__main__":
    inspect_checkpoint(
        given=snakemake.params.given,
        root=Path(snakemake.scriptdir).resolve().parent,
        form=snakemake.params.form,
        console=console,
    )
