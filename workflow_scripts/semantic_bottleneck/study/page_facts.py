"""What the pages have to know of a study beside their result files, as plain data. Runs in the Snakefile, without numpy."""

from collections.abc import Sequence
from typing import Any

from semantic_bottleneck.study.model_names import card_name, replicate
from semantic_bottleneck.study.study import Study


def report_facts(study: Study, models: Sequence[str] = ()) -> dict[str, Any]:
    """What the report has to know: names, titles, and which models are replicates of one another.

    Args:
        models: those of the section `trainings`; by default the study's.
    """
    models = list(models or study.config["models"])
    groups = {card_name(model): [name for name in models if card_name(name) == card_name(model)] for model in models}
    replicates = {name: group for name, group in groups.items() if len(group) > 1}
    cards = {}
    for model in models:
        card = study.card(model)
        title = f"{card['title']}, replicate {replicate(model)}" if replicate(model) else card["title"]
        conditioning = {"initial_timestep": card["conditioning"]["initial_timestep"]}
        cards[model] = {"title": title, "conditioning": conditioning, "paper": card["paper"]}
    config = {key: study.config[key] for key in ("seed", "samples")}
    config |= {"name": study.config["study"], "file": study.file, "models": models}
    headline = next(iter(replicates), models[0])
    judges = {key: study.config["evaluation"][key] for key in ("extractor", "clip")}
    config |= judges | {"headline": headline, "replicates": replicates, "protocol": _protocol(study)}
    return {"config": config, "cards": cards}


def given_facts(study: Study) -> dict[str, Any]:
    """The same of the samples from files, which are of no model."""
    sets = study.config.get("given", {})
    cards = {name: {"title": given["title"], "conditioning": {"initial_timestep": 0.0}} for name, given in sets.items()}
    shown: dict[str, Any] = {"models": list(sets), "headline": next(iter(sets), ""), "replicates": {}}
    return {"config": report_facts(study)["config"] | shown, "cards": cards}


def mechanism_facts(study: Study) -> dict[str, Any]:
    """What the page of the mechanism has to know beside its result files."""
    section = study.mechanism
    arms = [
        {
            "name": name,
            "title": study.cards[name]["title"],
            "role": section["arms"][name].get("role", ""),
            "runs": runs,
            "initial_timestep": study.cards[name]["conditioning"]["initial_timestep"],
            "steps": study.cards[name]["training"]["steps"],
            "classes": study.cards[name]["architecture"]["num_classes"],
        }
        for name, runs in study.arms.items()
    ]
    return {
        "study": study.config["study"],
        "file": study.file,
        "data": study.config.get("data", ""),
        "samples": study.config["samples"],
        "arms": arms,
        "variants": list(section.get("variants", [])),
        "shown": list(section.get("shown", [])),
        "note": section.get("note", ""),
    }


def _protocol(study: Study) -> dict[str, Any]:
    """The choices that the footnotes of scored tables name."""
    kept = [name for name, variant in study.config["pruning"]["variants"].items() if variant["branch"] == "conditional"]
    choices = {key: study.config["generation"][key] for key in ("labels", "last_share")} | {"null_kept": kept}
    choices |= {key: study.config["evaluation"].get(key) for key in ("protocol", "reference", "prompt", "dinov2")}
    return choices | {"data": study.config.get("data"), "localisation": dict(study.config["localisation"])}
