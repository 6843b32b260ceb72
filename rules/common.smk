"""What the rules share: the validated study and thin look-ups into it. The logic is in the library."""

import json
import os
from functools import cache

from semantic_bottleneck.assets import load_asset
from semantic_bottleneck.cards import load_card
from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.codehash import code_hash, registered
from semantic_bottleneck.conditioning_inputs.availability import available
from semantic_bottleneck.dier.plan import FIGURES as DIER_FIGURES
from semantic_bottleneck.dier.plan import TABLES as DIER_TABLES
from semantic_bottleneck.dier.plan import load_plan
from semantic_bottleneck.reporting.needs import NEEDS
from semantic_bottleneck.reporting.result_folders import content_hash, pair_name
from semantic_bottleneck.studies import load_study

# What input and params functions call; a UserError in one of them ends Snakemake with its sentence.
available, load_asset, load_card, registered = map(refusing, (available, load_asset, load_card, registered))

# What `snakemake compare` is told on the command line is no part of a study, nor what happens when a source is gone.
COMPARED = {side: str(config.pop(side, "")) for side in ("left", "right")}
ON_MISSING = str(config.pop("missing", "report"))

STUDY = refusing(load_study)(config, ROOT, workflow.configfiles, workflow.config_settings.config)
STUDY = Refusing(STUDY)

LIBRARY = "semantic_bottleneck"
EXAMPLES = STUDY.examples()
CALIBRATION_SECONDS = 60
GENERATION = STUDY.config["generation"]
EVALUATION = STUDY.config["evaluation"]
# Relative, so that moving the project's folder changes no rule's inputs.
PUBLISHED = sorted(os.path.relpath(path) for path in (ROOT / "config/published").glob("*.csv"))
TEMPLATES = sorted(os.path.relpath(path) for path in (ROOT / "report").rglob("*.*"))
CAPTIONS = {
    path.stem: " ".join(path.read_text(encoding="utf-8").split())
    for path in (ROOT / "report/captions").glob("*.rst")
}
REPORTING = STUDY.reporting()
GPU = 0 if GENERATION["device"] == "cpu" else 1
JUDGES = STUDY.judges()
EXTRACTOR = registered(SCRIPTS, f"{LIBRARY}.features.registry", "EXTRACTORS", EVALUATION["extractor"])
SLOTS = GENERATION["jobs_per_device"]
# A regular expression of the models that are scored against photographs; matches nothing where there are none.
POSE_MODELS = "|".join(STUDY.models_of_kind("pose")) or "(?!)"


@cache
def code(script, *modules):
    """The hash that makes a job rerun when a library module it uses is edited (Snakemake watches only the script)."""
    return code_hash(SCRIPTS, script, *modules)


def model_code(script, sampler=False):
    """Like `code`; of the families and samplers, which are imported by name, only this model's count."""

    def of(wildcards):
        card = STUDY.card(wildcards.model)
        used = [
            registered(SCRIPTS, f"{LIBRARY}.models.registry", table, card["family"])
            for table in ("FAMILIES", "CONDITIONERS")
        ]
        if sampler:
            used.append(
                registered(SCRIPTS, f"{LIBRARY}.sampling.registry", "SAMPLERS", card["sampler"]["name"])
            )
        return code(script, *used)

    return of


def card(*keys):
    """The parts of a model's card that a rule depends on; an edit elsewhere in the card does not rerun it."""
    return lambda wildcards: {key: STUDY.card(wildcards.model).get(key) for key in keys}


def asset(wildcards, kind=None):
    """An asset card."""
    return load_asset(wildcards.asset, kind)


def weights(wildcards):
    """The whole checkpoint of a model: trained here, or fetched once for all studies."""
    if STUDY.is_trained_here(wildcards.model):
        return f"<results>/checkpoints/{STUDY.weights_of(wildcards.model)}/final.pt"
    return f"results/checkpoints/{STUDY.weights_of(wildcards.model)}.checkpoint"


def timed_card(wildcards):
    """The architecture whose AdaLN is timed: the official one that a model trained here stands for, else its own."""
    own = STUDY.card(wildcards.model)
    official = own["paper"].get("compares_with")
    timed = load_card(ROOT / f"config/models/{official}.yaml") if official else own
    return {key: timed[key] for key in ("name", "family", "architecture")}


def local_checkpoint(wildcards):
    """A checkpoint on disk to read the conditioner from; official ones are read remotely, so they need no input."""
    if STUDY.is_trained_here(wildcards.model):
        return [f"<results>/checkpoints/{STUDY.weights_of(wildcards.model)}/final.pt"]
    return []


def along_training(pattern):
    """One file for each checkpoint that a model trained here leaves along the way."""
    return expand(pattern, checkpoint=STUDY.training_steps(), allow_missing=True)


def trajectory(wildcards):
    """What decides a model's samples beside its card."""
    return STUDY.trajectory(wildcards.model)


def snapshot(wildcards):
    """The baseline's snapshot that a variant continues from; nothing if it prunes from the first step on."""
    number = STUDY.fork(wildcards.model, wildcards.variant)
    return (
        [] if number is None else f"<results>/snapshots/{wildcards.model}/{number}/{wildcards.shard}.parquet"
    )


def features(wildcards):
    """The features of all shards of a variant, in sample order."""
    folder = f"<results>/features/{wildcards.model}/{wildcards.variant}"
    return [f"{folder}/{shard}.parquet" for shard in STUDY.shards(wildcards.model)]


def inception_weights(wildcards):
    """The network behind the Fréchet distance of pose models."""
    return f"results/evaluators/{EVALUATION['extractor']}.checkpoint"


def measured_pairs(wildcards, variant=None):
    """What was measured in the pictures of all shards of a pose model's variant, in sample order."""
    folder = f"<results>/pairs/{wildcards.model}/{variant or wildcards.variant}"
    return [f"{folder}/{shard}.parquet" for shard in STUDY.shards(wildcards.model)]


def baseline_replicates(wildcards):
    """What paired differences need of the baseline, which is scored once."""
    is_baseline = wildcards.variant == "baseline"
    return [] if is_baseline else [f"<results>/replicates/{wildcards.model}/baseline.parquet"]


def condition_inputs(wildcards):
    """What a continuous model is conditioned on, from the user's data; class labels need no file."""
    for reason in not_provided([wildcards.model]).values():
        raise Refusal(reason)
    is_class = STUDY.card(wildcards.model)["conditioning"]["kind"] == "class"
    return [] if is_class else f"<results>/inputs/{wildcards.model}.parquet"


def condition_memory(wildcards):
    """Megabytes: class labels are small, token features of a thousand poses are not."""
    return 2000 if STUDY.card(wildcards.model)["conditioning"]["kind"] == "class" else 12000


def decoder_weights(wildcards):
    """The decoder's checkpoint; pixel models have none, models of sound a vocoder as well."""
    decoder = STUDY.card(wildcards.model)["decoder"]
    if decoder["name"] == "identity":
        return []
    autoencoder = f"results/decoders/{decoder['name']}.safetensors"
    return (
        [autoencoder, f"results/networks/{decoder['vocoder']}.safetensors"]
        if "vocoder" in decoder
        else autoencoder
    )


def evaluators(wildcards):
    """The networks that judge the samples, by role: trained here, or fetched once for all studies."""
    folder = "<results>/evaluators"
    trained = {
        "extractor": [f"{folder}/classifier.pt"],
        "clip": [f"{folder}/clip/open_clip_config.json", f"{folder}/clip/open_clip_model.safetensors"],
        "dinov2": [],
    }
    fetched = {role: [f"results/evaluators/{card['name']}.checkpoint"] for role, card in JUDGES.items()}
    return trained | fetched


def not_provided(models, name=None):
    """Models -> which data of theirs is absent that only the user can provide, for a table or figure or (None) for sampling."""
    scored = "scores" in NEEDS.get(name, ())
    reasons = {model: available(STUDY.card(model), ROOT, scored) for model in models}
    return {model: reason for model, reason in reasons.items() if reason}


def sampled():
    """The models that generate something in this study and whose data is there."""
    models = STUDY.sampled_models()
    return [model for model in models if model not in not_provided(models)]


def sampled_cards(wildcards, keys):
    """Parts of their cards."""
    return {model: {key: STUDY.card(model).get(key) for key in keys} for model in sampled()}


def is_fetched(model):
    """Whether a model's checkpoint needs no download: trained here, or on disk."""
    return (
        STUDY.is_trained_here(model)
        or Path(f"results/checkpoints/{STUDY.weights_of(model)}.checkpoint").exists()
    )


def drawing_assets(model):
    """What turns a model's latents into what is shown and measured: file -> what it is and the name of its asset card."""
    name = STUDY.card(model)["decoder"]["name"]
    decoders = {} if name == "identity" else {f"results/decoders/{name}.safetensors": ("decoder", name)}
    return decoders | {
        f"results/networks/{name}.safetensors": ("network", name) for name in STUDY.networks(model)
    }


def judging_assets(model):
    """The published networks that judge a model's samples, as `drawing_assets`; of poses only Inception, of sounds none."""
    roles = {"pose": {"extractor"}, "video": set()}.get(
        STUDY.card(model)["conditioning"]["kind"], set(JUDGES)
    )
    return {
        f"results/evaluators/{found['name']}.checkpoint": (role, found["name"])
        for role, found in JUDGES.items()
        if role in roles
    }


def planned_assets(wildcards):
    """The files of decoders and judges that are not on disk yet."""
    needed = {}
    for model in sampled():
        needed |= drawing_assets(model) | judging_assets(model)
    return {
        f"{role} {name}": load_asset(name)["checkpoint"]["files"]
        for path, (role, name) in sorted(needed.items())
        if not Path(path).exists()
    }


def checkpoint_lock(wildcards):
    """The file that knows the sizes of checkpoints seen before, once there is one."""
    return [LOCK] if Path(LOCK).exists() else []


def plan_code(wildcards, script):
    """Like `code`, with the samplers of all models, whose evaluations are counted by running them."""
    names = dict.fromkeys(STUDY.card(model)["sampler"]["name"] for model in sampled())
    return code(
        script,
        *(registered(SCRIPTS, f"{LIBRARY}.sampling.registry", "SAMPLERS", name) for name in names),
    )


def files_of(kind, models, variants):
    """Result files of one kind for some models (and variants)."""
    if kind == "geometry":
        return [f"<results>/geometry/{model}/final.parquet" for model in models]
    if kind == "history":
        return [f"<results>/geometry/{model}/training.parquet" for model in models]
    if kind == "conditions":
        return [f"<results>/conditions/{model}/final.parquet" for model in models]
    if kind == "slicing":
        return [f"<results>/slicing/{model}.parquet" for model in models]
    if kind == "variants":
        return [f"<results>/variants/{model}.parquet" for model in models]
    if kind == "scores":
        return [f"<results>/scores/{model}/{variant}.parquet" for model in models for variant in variants]
    return [f"<results>/examples/{model}/{variant}.parquet" for model in models for variant in variants]


def inputs_of(kind, name):
    """What a table or figure is made of, by kind of file; models that cannot run are left out."""
    wanted = STUDY.wanted(kind, name)
    reasons = not_run(wanted["models"], name)
    models = [model for model in wanted["models"] if model not in reasons]
    return {part: files_of(part, models, wanted.get("variants", [])) for part in NEEDS[name]}


def table_inputs(wildcards):
    return inputs_of("tables", wildcards.table)


def figure_inputs(wildcards):
    return inputs_of("figures", wildcards.figure)


def report_inputs(wildcards):
    """Everything the report shows, and the numbers its claims rest on."""
    shown = [inputs_of(kind, name) for kind in ("tables", "figures") for name in STUDY.config[kind]]
    numbers = ("geometry", "history", "scores", "variants")
    return {
        "tables": [f"<results>/tables/{name}.parquet" for name in [*STUDY.config["tables"], "audit"]],
        "figures": figure_files(wildcards),
        "conditions": (
            inputs_of("figures", "figure3")["conditions"] if "figure3" in STUDY.config["figures"] else []
        ),
        **{part: sorted({file for files in shown for file in files.get(part, [])}) for part in numbers},
    }


def table_files(wildcards, names):
    """The rendered forms of tables; one that the study does not define stops with a sentence."""
    for name in names:
        STUDY.wanted("tables", name)
    return [f"<results>/tables/{name}.{form}" for name in names for form in ("html", "md", "csv", "tex")]


def figure_files(wildcards):
    return [f"<results>/figures/{name}.png" for name in STUDY.config["figures"]]


def sound_figures():
    """The figures that show samples, of which some are sounds."""
    return [name for name in STUDY.config["figures"] if "images" in NEEDS[name]]


def sound_folders(wildcards):
    """Folders of sounds to listen to: the examples of every model of sound that a figure shows."""
    shown = {
        model: STUDY.wanted("figures", name)["variants"]
        for name in sound_figures()
        for model in STUDY.wanted("figures", name)["models"]
        if STUDY.is_sound(model) and not not_run([model], name)
    }
    return [
        f"<results>/sounds/{model}/{variant}" for model, variants in shown.items() for variant in variants
    ]


def training_files(wildcards):
    """Grids of samples along the training of the models whose training is a figure."""
    shown = STUDY.config["figures"].get("figure12", {}).get("models", [])
    return [f"<results>/figures/training/{model}.png" for model in shown]


def compared_contents(wildcards):
    """What stands in the two result folders, so that a comparison is made anew when one of them changes."""
    if "" in COMPARED.values():
        raise Refusal("compare needs two result folders; add --config left=results/a right=results/b.")
    return {side: refusing(content_hash)(folder) for side, folder in COMPARED.items()}


def compared_pages(wildcards):
    """The forms of the comparison that --config left= and right= ask for."""
    compared_contents(wildcards)
    name = pair_name(**COMPARED)
    return [f"results/compare/{name}.{form}" for form in ("html", "md", "parquet")]
