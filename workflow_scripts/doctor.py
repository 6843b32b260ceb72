"""Rule doctor: is this machine ready for the study, and if not, what exactly is missing?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    import os

    from semantic_bottleneck.job.start import begin

    console = os.dup(1)  # what is found goes there too, not into the log alone
    begin(snakemake)

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.operating.doctor import examine
from semantic_bottleneck.operating.doctor_page import doctor_page, verdict
from semantic_bottleneck.operating.readiness import Needs


def doctor(
    study: str,
    needs: Needs,
    pins: Mapping[str, str],
    folders: Sequence[str | Path],
    plan: str | Path,
    gpu: bool,
    form: str,
    console: int,
) -> None:
    """Print what `examine` finds, as a page or as JSON, to the log and to the file descriptor `console`.

    Raises:
        UserError: something is missing; one sentence.
    """
    found = examine(study, needs, pins, [Path(folder) for folder in folders], Path(plan), gpu)
    text = json.dumps(found, indent=2) + "\n" if form == "json" else doctor_page(found)
    print(text, end="")
    with open(console, "w", encoding="utf-8") as stream:
        stream.write(text)
    if not found["ready"]:
        raise UserError(verdict(found))


if __name__ == "__main__":
    doctor(
        study=snakemake.params.study,
        needs=snakemake.params.needs,
        pins=snakemake.params.pins,
        folders=snakemake.params.folders,
        plan=snakemake.params.plan,
        gpu=snakemake.params.gpu,
        form=snakemake.params.form,
        console=console,
    )
