"""Contradictions in a study that its schema cannot say, before anything is planned. Standard library only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.bundled import bundled, check_trainable
from semantic_bottleneck.study.card_checks import CONDITIONED_ONLY
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.exhibits import EXHIBITS, INITIALISATION, LOCALISATION, NOISE, TABLES
from semantic_bottleneck.study.model_names import card_name, replicate
from semantic_bottleneck.study.pruning import Count, Ranks
from semantic_bottleneck.study.sizes import condition_size
from semantic_bottleneck.study.study import TRAINED, Study
from semantic_bottleneck.study.validation import load_schema, validated

SHARED = ("checkpoints", "compare", "datasets", "decoders", "downloads", "encoders", "evaluators", "networks")
"""Folders below results/ that are no study's."""


def check_study(study: Study, root: Path) -> None:
    """Do the values of a study that fits its schema fit each other and its cards?

    Raises:
        UserError: one sentence naming the key.
    """
    config = study.config
    if config["study"] in SHARED:
        raise UserError(f"study is '{config['study']}', a folder that all studies share; choose another name.")
    batches = -(-config["samples"] // config["generation"]["micro_batch"])
    if batches < config["generation"]["shards"]:
        raise UserError("generation.shards exceeds the number of micro-batches; lower it or lower generation.micro_batch.")
    if config["evaluation"]["groups"] > config["samples"]:
        raise UserError(
            f"evaluation.groups is {config['evaluation']['groups']}, more than the {config['samples']} samples; lower it or "
            "raise samples."
        )
    unpruned = validated({}, load_schema(root / "config/schemas/study.schema.yaml")["$defs"]["variant"], "the baseline")
    for name, variant in config["pruning"]["variants"].items():
        _check_variant(f"pruning.variants.{name}", variant, unpruned)
        if study.ranking_timesteps(name) == 1 and variant["ranked_by"] == "time-variance" and "side" in variant:
            raise UserError(f"pruning.variants.{name}.ranked_by is time-variance, but conditions.timesteps is 1; raise it.")
    if "baseline" not in config["pruning"]["variants"] or study.pruning("baseline"):
        raise UserError("pruning.variants must hold the unpruned 'baseline: {}', against which every variant is compared.")
    _check_judges(study)
    for model in study.models:
        _check_model(study, model)
    _check_arms(study)
    if config["evaluation"]["extractor"] == TRAINED["extractor"] and _judged(study):
        _check_trained_extractor(study)
    for kind in ("tables", "figures"):
        for name in config[kind]:
            _check_exhibit(study, kind, name, root)
    for name in config.get("given", {}):
        if name in config["models"]:
            raise UserError(f"given has '{name}', the name of a model of the study; choose another name.")
    if "trainings" in config:
        _check_trainings(study)


def _check_variant(where: str, variant: Mapping[str, Any], unpruned: Mapping[str, Any]) -> None:
    """`unpruned`: the baseline with its defaults."""
    if "side" not in variant:
        for key, value in variant.items():
            if (key, value) not in unpruned.items():
                raise UserError(
                    f"{where} has {key} but no side, so it would prune nothing; add side: tail, head, ranks or random."
                )
    elif "like" in variant and variant["side"] != "random":
        raise UserError(f"{where}.like is only for side: random; take it out.")
    elif "last_steps" in variant and variant["window"] != "last":
        raise UserError(f"{where}.last_steps is only for window: last; take it out or add that window.")
    elif ("ranks" in variant) != ("ranks" in (variant["side"], variant.get("like"))):
        raise UserError(f"{where}: the key ranks and side: ranks (or like: ranks) go together; give both or neither.")
    elif "ranks" in variant and not _are_ranks(variant["ranks"]):
        raise UserError(
            f"{where}.ranks is {variant['ranks']}; give whole ranks from 1 on, as [9, 87], or shares from 0.0 to 1.0, "
            "the smaller first."
        )
    elif variant["noise"] is not None and variant["replacement"] != "zero":
        raise UserError(f"{where} has noise and a replacement, of which a dimension can have one; take one of them out.")


def _are_ranks(ends: list[float]) -> bool:
    low, high = ends
    if Ranks((low, high)).are_shares:
        return low < high <= 1
    return 1 <= low <= high


def _check_parts(study: Study, model: str) -> None:
    section = study.localisation
    if not section.head < section.top < section.shoulder:
        raise UserError("localisation.head, top and shoulder must rise in this order; correct the shares.")
    width = condition_size(study.card(model)["architecture"])
    for share in ("head", "top", "shoulder"):
        if not 0 < round(getattr(section, share) * width) < width:
            raise UserError(
                f"localisation.{share} is {getattr(section, share)}, which leaves none of the {width} dimensions of c of "
                f"{model} on one side; change it."
            )


def _check_localised(study: Study, where: str, model: str, figure: str) -> None:
    """Does the figure show what the table is made of?"""
    if LOCALISATION not in study.config[TABLES] or model not in study.wanted(TABLES, LOCALISATION)["models"]:
        raise UserError(f"{where}.models names '{model}', which tables.localisation does not; add it there or remove it here.")
    if figure == NOISE and not study.localisation.noise:
        raise UserError(f"{where} needs noise, but localisation.noise is empty; name sizes, such as [0.5, 1, 2], or remove it.")


def _check_localisation(study: Study, where: str) -> None:
    section, batch = study.localisation, study.config["generation"]["micro_batch"]
    for model in study.wanted("tables", LOCALISATION)["models"]:
        classes = study.model(model).labels
        if classes is None:
            raise UserError(
                f"{where}.models names '{model}', whose conditions are neither classes nor prompts, so no sample can show "
                "another one; remove it here, and replace parts of its c by pruning.variants."
            )
        _check_parts(study, model)
        if section.shift % classes == 0:
            raise UserError(f"localisation.shift is {section.shift}: with {classes} classes that is no other class; change it.")
        if section.samples is not None and section.samples % batch and section.samples < study.samples(model):
            raise UserError(
                f"localisation.samples is {section.samples}, no multiple of generation.micro_batch = {batch}; make it one."
            )
        if (section.window != "every" or section.late) and study.steps(model) == 1:
            raise UserError(
                f"{where}.models names '{model}', whose sampler takes one step; set window to every and late to false."
            )


def _check_judges(study: Study) -> None:
    evaluation = study.config["evaluation"]
    try:
        study.judges()
    except UserError as error:
        raise UserError(f"evaluation.extractor, clip and dinov2 name networks that judge: {error}") from None
    scored = any("variants" in wanted for kind in ("tables", "figures") for wanted in study.config[kind].values())
    scored |= LOCALISATION in study.config["tables"]
    trained = [name for role, name in TRAINED.items() if evaluation[role] == name]
    if trained and scored and "data" not in study.config:
        raise UserError(f"'data' is missing: {trained[0]} is trained here and needs a data set; add data: digits.")
    if scored and "reference" not in evaluation and "data" not in study.config:
        raise UserError("evaluation.reference is missing: samples are compared with real images; add it, or data: digits.")


def _check_trained_extractor(study: Study) -> None:
    """The study's own classifier knows pictures of one size, in any colours, and shares no features with Inception."""
    kind = study.config["evaluation"].get("reference", {"kind": "images"})["kind"]
    if kind != "images":
        raise UserError(
            f"evaluation.reference.kind {kind} holds statistics of Inception's features, which evaluation.extractor study-cnn "
            "does not have; set extractor: inception, or compare with kind: images."
        )
    data = study.config["data"]
    size = bundled(data)["input_size"]
    for model in _judged(study):
        card = study.card(model)
        if card["conditioning"]["kind"] != "class" or "decoder" not in card:
            continue
        side = card["architecture"]["input_size"]
        if side != size if card["decoder"]["name"] == "identity" else side >= size:
            raise UserError(
                f"evaluation.extractor study-cnn learns from data: {data}, pictures of {size} x {size} pixels, but samples of "
                f"'{model}' are of another size; set extractor: inception, or take the model out of the scored tables."
            )


def _check_model(study: Study, model: str) -> None:
    card, config = study.card(model), study.config
    if replicate(model) and not study.is_trained_here(model):
        raise UserError(
            f"models: '{model}' is a replicate, but {card_name(model)} is not trained here; remove '.s{replicate(model)}'."
        )
    if study.is_trained_here(model):
        if "data" not in config:
            raise UserError(f"'data' is missing: {model} is trained here and needs a data set; add data: digits.")
        check_trainable(study.model(model), config["data"], config["conditions"]["checkpoints"], "conditions.checkpoints")
    base = card_name(study.weights_of(model))
    if base not in study.cards:
        raise UserError(f"models: '{model}' uses the weights of {base}, which is not in models; add it there.")
    decoder = card.get("decoder", {"name": "identity"})
    try:
        if decoder["name"] != "identity":
            study.decoder(model)
        if "vocoder" in decoder:
            load_asset(decoder["vocoder"], "vocoder")
    except UserError as error:
        raise UserError(f"models: '{model}' names a decoder in its card: {error}") from None


def _judged(study: Study) -> list[str]:
    """The models whose samples are judged."""
    return [*study.sampled_models(), *study.arms]


def _check_arms(study: Study) -> None:
    """Can every arm be sampled, pruned and scored as the section `mechanism` asks?"""
    for variant in study.mechanism.get("variants", []):
        try:
            study.variant(variant)
        except UserError as error:
            raise UserError(f"mechanism.variants: {error}") from None
    for variant in study.mechanism.get("shown", []):
        if variant not in study.mechanism["variants"]:
            raise UserError(f"mechanism.shown names '{variant}', which is not in mechanism.variants; add it there.")
    first: dict[str, str] = {}
    for name, arm in study.mechanism.get("arms", {}).items():
        role = arm.get("role")
        if role and first.setdefault(role, name) != name:
            raise UserError(
                f"mechanism.arms.{name}.role is '{role}', which '{first[role]}' has already; each question is of one arm, so "
                "take it out of the other."
            )
    for arm in study.arms:
        _check_sampled(study, arm, f"mechanism.arms has '{arm}'", ("scores", "variants", "images"))
        for variant in study.mechanism["variants"]:
            _check_window(study, arm, variant)


def _check_exhibit(study: Study, kind: str, name: str, root: Path) -> None:
    where, needs = f"{kind}.{name}", EXHIBITS["paper"][name].needs
    wanted = study.wanted(kind, name)
    if not wanted["models"]:
        raise UserError(f"{where}.models is missing: the paper shows none of the study's models there; name them.")
    for variant in wanted.get("variants", []):
        try:
            study.variant(variant)
        except UserError as error:
            raise UserError(f"{where}.variants: {error}") from None
    for model in wanted["models"]:
        if model not in study.config["models"]:
            raise UserError(f"{where}.models names '{model}', which is not in models; add it there or remove it here.")
        _check_sampled(study, model, f"{where}.models names '{model}'", needs)
        if "variants" in needs:
            for variant in wanted.get("variants", study.variants_of(model)):
                _check_window(study, model, variant)
        if LOCALISATION in needs and kind == TABLES:
            _check_localisation(study, where)
        elif LOCALISATION in needs:
            _check_localised(study, where, model, name)
        if name == INITIALISATION:
            _check_parts(study, model)
        if "history" in needs:
            _check_history(study, model, f"{where}.models names '{model}'")
        if "slicing" in needs:
            _check_sliced(study, model, where, root)
        first = study.sample_plan(model).shard(0)
        for sample in wanted.get("samples", []):
            if sample not in first:
                raise UserError(f"{where}.samples names {sample}, beyond the first shard; use 0 to {first[-1]}.")


def _check_trainings(study: Study) -> None:
    section = study.config["trainings"]
    for model in section["models"]:
        if model not in study.config["models"]:
            raise UserError(f"trainings.models names '{model}', which is not in models; add it there or remove it here.")
        if not study.is_trained_here(model):
            raise UserError(f"trainings.models names '{model}', which is not trained here; remove it.")
        _check_sampled(study, model, f"trainings.models names '{model}'", EXHIBITS["paper"]["trainings"].needs)
        _check_history(study, model, f"trainings.models names '{model}'")
    for variant in section["variants"]:
        try:
            study.variant(variant)
        except UserError as error:
            raise UserError(f"trainings.variants: {error}") from None
        for model in section["models"]:
            _check_window(study, model, variant)


def _check_sampled(study: Study, model: str, names: str, needs: tuple[str, ...]) -> None:
    """`names`: the beginning of the sentence."""
    card = study.card(model)
    if "sampler" not in card and {"scores", "variants", "images", LOCALISATION} & set(needs):
        raise UserError(
            f"{names}, whose card has no sampler; remove it here, or add sampler, guidance and decoder to the card."
        )
    if "decoder" not in card and {"scores", "images", LOCALISATION} & set(needs):
        raise UserError(f"{names}, whose card has no decoder; remove it here, or add a decoder to the card.")
    if "scores" not in needs:
        return
    if study.is_sound(model):
        raise UserError(
            f"{names}, whose samples are sounds: no score of them is published and none is computed here; show them in "
            "figures.figure_sounds instead."
        )
    if card["conditioning"]["kind"] == "pose" and study.config["evaluation"]["extractor"] == TRAINED["extractor"]:
        raise UserError(f"{names}, whose pictures only Inception judges; set evaluation.extractor to inception.")


def _check_window(study: Study, model: str, name: str) -> None:
    pruning, width = study.pruning(name), condition_size(study.card(model)["architecture"])
    if pruning is None:
        return
    if pruning.window.kind != "every" and study.steps(model) == 1:
        raise UserError(
            f"pruning.variants.{name}.window is {pruning.window.kind}, but the sampler of {model} takes one step, which "
            "no window divides; take a sampler with more steps."
        )
    match pruning.criterion:
        case Count(count) if count > width:
            raise UserError(f"pruning.variants.{name}.count is {count}, but c of {model} has {width} dimensions; lower it.")
        case Ranks() if not pruning.criterion.among(width):
            raise UserError(
                f"pruning.variants.{name}.ranks is {list(pruning.criterion.ends)}, which is none of the {width} dimensions of "
                f"c of {model}; widen it."
            )


def _check_history(study: Study, model: str, names: str) -> None:
    if not study.is_trained_here(model):
        raise UserError(f"{names}, which is not trained here, so it has no history; remove it.")
    if not study.config["conditions"]["checkpoints"]:
        raise UserError(f"{names}, but conditions.checkpoints is empty, so it leaves no history; name steps, such as [0, 100].")


def _check_sliced(study: Study, model: str, where: str, root: Path) -> None:
    official = study.card(model)["paper"].get("compares_with")
    try:
        card = load_card(root / f"config/models/{official}.yaml") if official else study.card(model)
    except UserError as error:
        raise UserError(f"{where}.models names '{model}', which stands for paper.compares_with {official}: {error}") from None
    if card["family"] in CONDITIONED_ONLY:
        raise UserError(f"{where}.models names '{model}', of whose family {card['family']} no block can be timed; remove it.")
