"""Rule write_plan: what a study will cost, before anything of it runs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.planning.plan import plan_of
from semantic_bottleneck.planning.summary import page, plain_downloads
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.checkpoint import CheckpointFile
from semantic_bottleneck.study.typed import typed


def write_plan(
    study: str,
    generation: Mapping[str, Any],
    cards: Mapping[str, Mapping[str, Any]],
    calibration: str | Path,
    fetched: Sequence[str],
    assets: Mapping[str, Sequence[Mapping[str, Any]]],
    not_run: Mapping[str, str],
    evaluation: Mapping[str, Any],
    lock: str | Path | None,
    data: str | Path,
    markdown: str | Path,
) -> None:
    """Write the plan as JSON and as Markdown; arguments as `plan_of`."""
    calibrated = json.loads(Path(calibration).read_text(encoding="utf-8"))
    models = {name: typed(Card, card) for name, card in cards.items()}
    files = {name: [typed(CheckpointFile, file) for file in each] for name, each in assets.items()}
    plan = plan_of(generation, models, calibrated, fetched, files, not_run, evaluation, None if lock is None else Path(lock))
    write_text(markdown, page(study, plan))
    plain = plan | {"study": study, "downloads": plain_downloads(plan["downloads"])}
    write_text(data, json.dumps(plain, indent=2) + "\n")


if __name__ == "__main__":
    write_plan(
        study=snakemake.params.study,
        generation=snakemake.params.generation,
        cards=snakemake.params.cards,
        calibration=snakemake.input.calibration,
        fetched=snakemake.params.fetched,
        assets=snakemake.params.assets,
        not_run=snakemake.params.not_run,
        evaluation=snakemake.params.evaluation,
        lock=snakemake.input.lock or None,
        data=snakemake.output.data,
        markdown=snakemake.output.markdown,
    )
