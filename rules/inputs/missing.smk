"""Sources that cannot be had: the cells that need them say why, the rest is made, and the run ends with an error.

`--config missing=stop` lets the first job fail that misses something, as any other job fails.
"""

from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.checkpoints.probe import missing_sources
from semantic_bottleneck.conditioning.availability import available, encoder_sources
from semantic_bottleneck.study.checkpoint import Checkpoint, plain_file, listed_file
from semantic_bottleneck.study.missing import missing_sentence
from semantic_bottleneck.study.typed import typed

if ON_MISSING not in ("report", "stop"):
    raise Refusal(f"--config missing={ON_MISSING}: choose report (the default) or stop.")

# What the main process found when it planned; jobs read it, so that they see the same inputs.
PROBED = Path(f".snakemake/missing/{STUDY.config['study']}.json")
CONDITIONER = {"geometry", "conditions", "starts", "variants", "slicing"}
SCORED = {"scores", "localisation"}
SAMPLES = {"images", *SCORED}
LEFT_OUT = {}


def not_provided(models, name=None):
    """Models -> which data of theirs is absent that only the user can provide, for a table or figure or (None) for sampling."""
    if name is not None and PACK and CONDITIONER.issuperset(needs_of(name)):
        return {}
    scored = name is not None and bool(SCORED & set(needs_of(name)))
    reasons = {model: refusing(available)(STUDY.model(model), ROOT, scored) for model in models}
    return {model: reason for model, reason in reasons.items() if reason}


def sources(model, name):
    """What a model's part of a table or figure is fetched from: file -> why it is needed and the checkpoint.

    Several networks may be fetched into one folder: its path is followed by a space and their name.
    """
    card, parts = STUDY.model(model), parts_of(name, [model])
    fetched = {}
    if PACK and CONDITIONER.issuperset(parts):
        return {}
    if not STUDY.is_trained_here(model):
        if parts.keys() & CONDITIONER and not PACK:
            (conditioner,) = files_of(rules.read_conditioner.output.tensors, model=model)
            fetched[conditioner] = ("", card.checkpoint)
        if parts.keys() & SAMPLES:
            fetched[checkpoint_file(model)] = ("", card.checkpoint)
    (inputs,) = files_of(rules.prepare_inputs.output.inputs, model=model)
    if not is_there(inputs):
        folder = file_of(rules.fetch_condition_encoders.output.encoders, model=model)
        for what, source in encoder_sources(card.conditioning, ROOT).items():
            fetched[f"{folder} {what}"] = (f"{what}: ", source)
    if parts.keys() & SAMPLES:
        assets = decoding_assets(model) | (judging_assets(model) if SCORED & parts.keys() else {})
        for path, (role, asset_name) in assets.items():
            source = typed(Checkpoint, load_asset(asset_name)["checkpoint"])
            fetched[path] = (f"{role} {asset_name}: ", source)
        (reference,) = files_of(rules.embed_reference.output.reference)
        # Poses have photographs of their own.
        if SCORED & parts.keys() and model not in STUDY.models_of_kind("pose") and not is_there(reference):
            fetched |= {path: ("reference: ", reference_source()) for path in PUBLISHED_REFERENCE}
    return fetched


def is_made(model, name):
    """Are all results there that a model's part of a table or figure shows?"""
    return all(is_there(file) for files in parts_of(name, [model]).values() for file in files)


def needed_sources(model, name):
    """`sources` that are not here and that something which is left to be made needs."""
    if is_made(model, name):
        return {}
    return {
        path: source for path, source in sources(model, name).items() if not is_there(path.partition(" ")[0])
    }


def reference_source():
    """The published reference as a checkpoint."""
    return plain_file("npz", listed_file(REFERENCE))


@cache
def probed():
    """Path of what is to be made -> why its source cannot be had, None if it can; filled as tables ask."""
    try:
        return {} if is_running() else json.loads(PROBED.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def is_running():
    """Is this the main process of a run that makes files? Only it asks servers."""
    return workflow.is_main_process and workflow.executor_plugin is not None and not workflow.touch


def unreachable(models, name):
    """Models -> why their part of a table or figure cannot be made now. A dry run takes everything for available."""
    if ON_MISSING == "stop" or workflow.dryrun:
        return {}
    needed = {model: needed_sources(model, name) for model in models}
    new = {
        path: source
        for sources in needed.values()
        for path, source in sources.items()
        if path not in probed()
    }
    if new and is_running():
        missing = missing_sources({path: checkpoint for path, (_, checkpoint) in new.items()}, ROOT)
        probed().update({path: missing.get(path) for path in new})
        write_text(PROBED, json.dumps(probed(), indent=1) + "\n")
    reasons = {
        model: next(
            (f"{what}{probed()[path]}" for path, (what, _) in sources.items() if probed().get(path)), None
        )
        for model, sources in needed.items()
    }
    reasons = {model: reason for model, reason in reasons.items() if reason}
    LEFT_OUT.update(reasons)
    return reasons


def end_of_run():
    """A run that made all its files still fails where some of what they show is missing (name_missing has not said so)."""
    if LEFT_OUT and is_running():
        raise Refusal(missing_sentence(LEFT_OUT))


def not_run(models, name):
    """Why a model's part of a table or figure stays empty: the user's data for it is absent, or a source cannot be had."""
    reasons = not_provided(models, name)
    return reasons | unreachable([model for model in models if model not in reasons], name)


def not_run_anywhere():
    """Models -> why no table or figure shows anything of them."""
    shown = {model: [] for model in STUDY.config["models"]}
    for name in REPORTED:
        models = asked(name)["models"]
        reasons = not_run(models, name)
        for model in models:
            shown[model].append(reasons.get(model))
    reasons = {model: each[0] for model, each in shown.items() if each and all(each)}
    return reasons | not_provided(STUDY.config["models"])


def unreachable_in(names):
    """Models -> why they are missing from some of these tables and figures."""
    reasons = {}
    for name in names:
        models = asked(name)["models"]
        provided = [model for model in models if model not in not_provided(models, name)]
        reasons |= unreachable(provided, name)
    return reasons
