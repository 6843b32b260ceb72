"""What two or more files of rules share: the validated study, the hash of a job's code, excerpts of cards.

What only one file's rules ask for lies in rules/inputs/ under that file's name. A result's path is spelled once, in the
output of the rule that makes it; everywhere else it is `rules.<name>.output.<key>`, or `files_of` that where wildcards are filled in.
"""

import json
import os
import re
from functools import cache

from semantic_bottleneck.inspection.facts import INSPECTION_KEYS
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.card_checks import POOLED_TOKENS, is_conditioned_only
from semantic_bottleneck.study.code_memory import CodeMemory
from semantic_bottleneck.study.codehash import registered
from semantic_bottleneck.study.exhibits import (
    EXHIBITS,
    FIGURES,
    LOCALISATION,
    TABLES,
    names_of,
)
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.page_facts import given_facts, mechanism_facts, report_facts
from semantic_bottleneck.study.sizes import NETWORK

# What input and params functions call; a UserError in one of them ends Snakemake with its sentence.
load_asset, registered = map(refusing, (load_asset, registered))

# What the command line tells `compare`, `downloads` and `inspect`, how `doctor` and `progress` answer, and what happens when a
# source is gone, is no part of a study.
COMPARED = {side: str(config.pop(side, "")) for side in ("left", "right")}
ON_MISSING = str(config.pop("missing", "report"))
DOWNLOADS_FOR = str(config.pop("downloads_for", "all"))
FORM = str(config.pop("form", "text"))
INSPECTED = {key: config.pop(key) for key in INSPECTION_KEYS if key in config}

STUDY = refusing(load_study)(config, ROOT, workflow.configfiles, workflow.config_settings.config)
STUDY = Refusing(STUDY)

LIBRARY = "semantic_bottleneck"
GENERATION = STUDY.config["generation"]
EVALUATION = STUDY.config["evaluation"]
REPORTING = report_facts(STUDY)
TRAININGS = report_facts(STUDY, STUDY.repeated()["models"])
GIVEN = given_facts(STUDY)
JUDGES = STUDY.judges()
GPU = 0 if GENERATION["device"] == "cpu" else 1
SLOTS = GENERATION["jobs_per_device"]
# Relative, so that moving the project's folder changes no rule's inputs.
PUBLISHED = local(sorted(os.path.relpath(path) for path in (ROOT / "config/published").glob("*.csv")))
TEMPLATES = local(sorted(os.path.relpath(path) for path in (ROOT / "report").rglob("*.*")))
CAPTIONS = {
    path.stem: " ".join(path.read_text(encoding="utf-8").split())
    for path in (ROOT / "report/captions").glob("*.rst")
}
# Where results are kept: below this address, or (empty) on this disk.
BUCKET = workflow.storage_settings.default_storage_prefix or ""
CODE = CodeMemory(SCRIPTS, Path(".snakemake/code-hashes.json"))


def code(script, *modules):
    """The hash that makes a job rerun when a library module it uses is edited (Snakemake watches only the script)."""
    return CODE.hash(script, *modules)


def family_code(script, card, sampler=False, *modules):
    """Like `code`; of the families and samplers, which are imported by name, only those of one card count."""
    tables = ["CONDITIONERS"]
    if not is_conditioned_only(card["family"], card["architecture"]):
        tables.append("TRANSFORMERS" if NETWORK in card["architecture"] else "FAMILIES")
    used = [registered(SCRIPTS, f"{LIBRARY}.models.registry", table, card["family"]) for table in tables]
    if sampler:
        used.append(registered(SCRIPTS, f"{LIBRARY}.sampling.registry", "SAMPLERS", card["sampler"]["name"]))
    return code(script, *used, *modules)


def model_code(script, sampler=False):
    """`family_code` of a rule's model."""
    return lambda wildcards: family_code(script, STUDY.card(wildcards.model), sampler)


def exhibit_code(script, page, *names):
    """`code` of a script that renders a page's tables or figures, with the modules that these are made by."""
    modules = sorted({EXHIBITS[page][name].module for name in names})
    return code(script, *(f"{LIBRARY}.{module}" for module in [f"reporting.{page}.evidence", *modules]))


def growing(megabytes):
    """A job's memory in megabytes: as much more with every attempt, since a job that was killed for it cannot say how much it lacked."""
    return lambda wildcards, attempt: megabytes * attempt


def card(*keys):
    """The parts of a model's card that a rule depends on; an edit elsewhere in the card does not rerun it."""
    return lambda wildcards: {key: STUDY.card(wildcards.model).get(key) for key in keys}


def asset(wildcards, kind=None):
    """An asset card."""
    return load_asset(wildcards.asset, kind)


def along_training(pattern):
    """One file for each checkpoint that a model trained here leaves along the way."""
    return expand(pattern, checkpoint=STUDY.training_steps(), allow_missing=True)


def as_written(file):
    """A rule's file as the rule names it; of one that is kept in a bucket Snakemake gives the place of the local copy."""
    stored = getattr(file, "flags", {}).get("storage_object")
    return str(file) if stored is None else os.path.relpath(stored.query, BUCKET)


def files_of(output, **wildcards):
    """A rule's files (of one output or of several) for all values of its wildcards, wherever they are kept."""
    patterns = [output] if isinstance(output, str) else output
    return expand([as_written(pattern) for pattern in patterns], **wildcards)


def file_of(output, **wildcards):
    """The one file of an output for one value of each wildcard."""
    (file,) = files_of(output, **wildcards)
    return file


def is_there(file):
    """Is a result there, on this disk or in the bucket?"""
    provider = workflow.storage_registry.default_storage_provider
    return os.path.exists(file) if provider is None else provider.object(os.path.join(BUCKET, file)).exists()


def any_of(models):
    """A wildcard constraint of some models; it matches nothing where there are none."""
    return "|".join(map(re.escape, models)) or "(?!)"
