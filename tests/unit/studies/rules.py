"""What the rule files ask of a study, in one call: all that is computed before a job starts, without Snakemake."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from semantic_bottleneck.conditioning.availability import available
from semantic_bottleneck.study import assets
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.codehash import registered
from semantic_bottleneck.study.dier import load_plan
from semantic_bottleneck.study.dynamics import load_dynamics
from semantic_bottleneck.study.exhibits import EXHIBITS
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.page_facts import report_facts
from semantic_bottleneck.study.study import Study
from tests.workflow.project import ROOT

SCRIPTS = ROOT / "workflow_scripts"


def plan(config: Mapping[str, Any], root: Path) -> SimpleNamespace:
    """The study, its dynamics and its DiER runs, with every value that some rule would take from them.

    Raises:
        UserError: the study or one of its cards is wrong.
    """
    before, assets.CONFIG = assets.CONFIG, root / "config"
    try:
        study = load_study(config, root)
        found = [study.config, report_facts(study), study.judging(), study.examples(), study.training_steps()]
        found += [_of_model(study, model, root) for model in study.config["models"]]
        found += [_of_exhibit(study, kind, name, root) for kind in ("tables", "figures") for name in study.config[kind]]
        found.append(study.generated(study.sampled_models()))
        dynamics, dier = load_dynamics(study.config, root), load_plan(study.config, study.file, root)
        found += [dynamics.reporting(root), dynamics.runs(), dynamics.encodes(root), dynamics.manifest]
        found += [[dynamics.seed(run), dynamics.aligned(run), dynamics.card(run)] for run in dynamics.runs()]
        if dier:
            found += [dier.reporting(), dier.not_run(), *(_of_data(dier, data) for data in dier.cards)]
    finally:
        assets.CONFIG = before
    json.dumps(found, allow_nan=False).encode()  # Snakemake records parameters
    return SimpleNamespace(study=study, dynamics=dynamics, dier=dier)


def _of_model(study: Study, model: str, root: Path) -> list:
    card = study.card(model)
    found = [
        card,
        study.weights_of(model),
        available(study.model(model), root, True),
        study.variants_of(model),
        study.networks(model),
    ]
    found += [study.training_seed(model)] if study.is_trained_here(model) else []
    found.append(registered(SCRIPTS, "semantic_bottleneck.models.registry", "CONDITIONERS", card["family"]))
    found += [load_asset(name) for name in study.networks(model)]
    if "sampler" in card:
        found.append(registered(SCRIPTS, "semantic_bottleneck.sampling.registry", "SAMPLERS", card["sampler"]["name"]))
        found += [
            study.steps(model),
            asdict(study.sample_plan(model)),
            study.snapshot_steps(model),
            study.numerics(model),
        ]
        found += [
            [list(study.window(model, name)), study.fork(model, name), study.start_step(model, name)]
            for name in study.variants_of(model)
        ]
        if card.get("decoder", {"name": "identity"})["name"] != "identity":
            found.append(study.decoder(model))
    return found


def _of_exhibit(study: Study, kind: str, name: str, root: Path) -> list:
    wanted = study.wanted(kind, name)
    needs = EXHIBITS["paper"][name].needs
    found = [wanted["models"], wanted.get("variants"), wanted.get("samples")]
    for model in wanted["models"]:
        if {"scores", "images", "variants"} & set(needs):
            found.append([study.shards(model), study.steps(model)])
        if {"scores", "images"} & set(needs):
            found.append(study.card(model)["decoder"])
    return found


def _of_data(dier, data: str) -> list:
    found = [dier.files(data), dier.components(data), dier.replicates(data)]
    for run in dier.runs(data):
        variant, _, number = run.rpartition(".s")
        found.append(dier.measured(data, variant, int(number)))
    return found
