"""All numbers of a study's plan: what it will cost, before anything of it runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.planning.evaluations import step_evaluations
from semantic_bottleneck.planning.localisation import localisation_cost
from semantic_bottleneck.planning.storage import Download, checkpoint_downloads, disk, downloads_of, feature_bytes
from semantic_bottleneck.planning.summary import summarise
from semantic_bottleneck.planning.tree import Trunk, pairs_of
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.checkpoint import CheckpointFile
from semantic_bottleneck.study.typed import required


def trunks_of(generation: Mapping[str, Any], cards: Mapping[str, Card]) -> dict[str, Trunk]:
    """Model -> its trajectories, from `Study.generated()`."""
    return {
        model: Trunk(
            samples=part["samples"],
            evaluations=step_evaluations(required(cards[model].sampler), cards[model].guidance),
            starts=part["starts"],
            windows=part["windows"],
        )
        for model, part in generation["models"].items()
    }


def plan_of(
    generation: Mapping[str, Any],
    cards: Mapping[str, Card],
    calibration: Mapping[str, Any],
    fetched: Sequence[str],
    assets: Mapping[str, Sequence[CheckpointFile]],
    not_run: Mapping[str, str],
    evaluation: Mapping[str, Any],
    lock: Path | None,
) -> dict[str, Any]:
    """All numbers of the plan.

    Args:
        generation: `Study.generated()`.
        cards: model -> its card, of the models that run.
        fetched: models whose checkpoint is on disk or made here.
        assets: decoders and judges not yet on disk -> their files.
        not_run: model -> why it does not run.
        evaluation: the study's.
        lock: the lock file, which knows the sizes of files seen before.
    """
    wanted = {
        name: part | {"models": [model for model in part["models"] if model not in not_run]}
        for name, part in generation["wanted"].items()
    }
    trunks = trunks_of(generation, cards)
    pairs = list(dict.fromkeys(pair for part in wanted.values() for pair in pairs_of(part)))
    downloads: list[Download] = []
    for model in trunks:
        if model not in fetched:
            downloads += checkpoint_downloads(model, cards[model], lock)
    for name, files in assets.items():
        downloads += downloads_of(name, files, lock)
    if evaluation.get("reference"):
        downloads.append(Download("reference images or statistics, read by byte ranges", None, "unknown"))
    samples = {model: trunk.samples for model, trunk in trunks.items()}
    decoders = {model: required(cards[model].decoder).name for model in trunks}
    localised = {
        model: localisation_cost(cards[model], part["samples"], part["settings"])
        for model, part in generation["localisation"].items()
    }
    stored = disk(pairs, cards, samples, generation["snapshots"], evaluation)
    judged = sum(cost.images for cost in localised.values())
    stored["features"] += judged * feature_bytes({"extractor": evaluation["extractor"]})
    return summarise(wanted, trunks, localised, calibration, decoders) | {
        "not_run": dict(not_run),
        "downloads": downloads,
        "disk": stored,
        "calibration": calibration,
    }
