"""A study's configuration resolved into what the rules ask for. Runs in the Snakefile: no numpy, no torch."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic_bottleneck.assets import CONFIG, load_asset
from semantic_bottleneck.cards import load_card, models_of_table
from semantic_bottleneck.datasets.cards import load_data_card
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.reporting.needs import EXAMPLES, NEEDS
from semantic_bottleneck.sampling.plan import shard_samples
from semantic_bottleneck.validation import load_yaml, validated
from semantic_bottleneck.windows import fork, snapshot_steps, trajectory_steps, window_steps

TRAINED_JUDGES = ("study-cnn", "study-clip")
"""Judges that the study trains itself; every other one has an asset card."""


@dataclass(frozen=True)
class Study:
    """A validated study, the cards of its models, and its file (empty: the default one).

    `model` below is a card's name, possibly with a replicate (`.s1`).
    """

    config: Mapping[str, Any]
    cards: Mapping[str, Mapping[str, Any]]
    file: str = ""

    def card(self, model: str) -> Mapping[str, Any]:
        """The card of a model or of the model that it replicates; raises UserError if the study has no such model."""
        if card_name(model) not in self.cards:
            raise UserError(f"The study '{self.config['study']}' has no model '{model}'; it has {', '.join(self.cards)}.")
        return self.cards[card_name(model)]

    def models_of_kind(self, kind: str) -> list[str]:
        """The study's models whose conditions are of one kind: class, pose, video or text."""
        return [model for model in self.config["models"] if self.card(model)["conditioning"]["kind"] == kind]

    def is_sound(self, model: str) -> bool:
        """Whether the model's samples are sounds, which have spectrograms for pictures and no scores."""
        return "vocoder" in self.card(model).get("decoder", {})

    def networks(self, model: str) -> list[str]:
        """Asset cards of what a model's samples need beside a decoder and the study's judges: a vocoder, LPIPS's backbone."""
        if self.is_sound(model):
            return [self.card(model)["decoder"]["vocoder"]]
        return ["lpips-alexnet"] if self.card(model)["conditioning"]["kind"] == "pose" else []

    def is_trained_here(self, model: str) -> bool:
        return "training" in self.card(model)

    def weights_of(self, model: str) -> str:
        """The model whose checkpoint is used: the one that the card extends, of the same replicate, or the model itself."""
        base = self.card(model).get("extends", card_name(model))
        return f"{base}.s{replicate(model)}" if replicate(model) else base

    def training_seed(self, model: str) -> int:
        """The card's seed plus the number of the replicate."""
        return self.card(model)["training"]["seed"] + replicate(model)

    def variant(self, name: str) -> Mapping[str, Any]:
        """A pruning variant with its defaults; raises UserError if the study does not define it."""
        variants = self.config["pruning"]["variants"]
        if name not in variants:
            raise UserError(f"pruning.variants has no variant '{name}'; known are {', '.join(variants)}.")
        return variants[name]

    def steps(self, model: str) -> int:
        return trajectory_steps(self.card(model)["sampler"])

    def window(self, model: str, variant: str) -> range:
        return window_steps(self.variant(variant), self.steps(model), self.config["generation"]["last_share"])

    def snapshot_steps(self, model: str) -> list[int]:
        return snapshot_steps(self.steps(model), self.config["generation"]["snapshots"])

    def fork(self, model: str, variant: str) -> int | None:
        """Number of the baseline's snapshot that a variant continues from; None if it starts from noise."""
        generation = self.config["generation"]
        return fork(self.variant(variant), self.steps(model), generation["last_share"], generation["snapshots"])

    def start_step(self, model: str, variant: str) -> int:
        """The step at which a variant's own work begins: its snapshot's, or 0."""
        number = self.fork(model, variant)
        return 0 if number is None else self.snapshot_steps(model)[number]

    def samples(self, model: str) -> int:
        """How many samples a model generates: the study's number, but one per condition where the conditions are data."""
        data = self.card(model)["conditioning"].get("data")
        return min(self.config["samples"], data["count"]) if data else self.config["samples"]

    def trajectory(self, model: str) -> dict[str, Any]:
        """What decides a model's samples beside its card: seed, samples and their division, and the network's precision."""
        generation = self.config["generation"]
        whole = {key: generation[key] for key in ("micro_batch", "labels")} | self.numerics(model)
        shards = len(self.shards(model))
        return {"seed": self.config["seed"], "samples": self.samples(model), "shards": shards} | whole

    def shards(self, model: str) -> list[str]:
        """Names of a model's shards: those of the study, or one per micro-batch where there are fewer."""
        generation = self.config["generation"]
        batches = -(-self.samples(model) // generation["micro_batch"])
        return [f"{shard:03d}" for shard in range(min(generation["shards"], batches))]

    def numerics(self, model: str) -> dict[str, Any]:
        """How the model's network is run: `precision` (one of sampling/precision.py's) and whether it is compiled."""
        generation = self.config["generation"]
        official = generation["precision"] == "official"
        precision = self.card(model)["precision"] if official else generation["precision"]
        return {"precision": precision, "compile": generation["compile"]}

    def variants_of(self, model: str) -> dict[str, Mapping[str, Any]]:
        """The variants that some table or figure wants of a model; all, where none asks for its images."""
        parts = [self.wanted(kind, name) for kind in ("tables", "figures") for name in self.config[kind]]
        names = {variant for part in parts if model in part["models"] for variant in part.get("variants", [])}
        return {name: variant for name, variant in self.config["pruning"]["variants"].items() if name in names or not names}

    def judges(self) -> dict[str, dict[str, Any]]:
        """Asset cards of the published networks that judge samples, by role: extractor, clip, dinov2."""
        kinds = {"extractor": "inception", "clip": "clip", "dinov2": "dinov2"}
        names = {role: self.config["evaluation"][role] for role in kinds}
        return {role: load_asset(name, kinds[role]) for role, name in names.items() if name not in (None, *TRAINED_JUDGES)}

    def decoder(self, model: str) -> dict[str, Any]:
        """The asset card of what turns a model's latents into pictures; models of pixels have none."""
        return load_asset(self.card(model)["decoder"]["name"], "decoder")

    def judging(self) -> dict[str, Any]:
        """What decides the features of a picture: the judges, how they are read, and the batches they see."""
        keys = ("extractor", "clip", "dinov2", "protocol", "spatial", "batch")
        cards = {role: {key: card[key] for key in ("architecture", "checkpoint")} for role, card in self.judges().items()}
        return {key: self.config["evaluation"][key] for key in keys} | {"cards": cards}

    def generating(self) -> dict[str, dict[str, list[str]]]:
        """Tables and figures that need generated images -> their models and variants."""
        found = {}
        for kind in ("tables", "figures"):
            for name in self.config[kind]:
                wanted = self.wanted(kind, name)
                if "variants" in wanted:
                    found[name] = {key: list(wanted[key]) for key in ("models", "variants")}
        return found

    def sampled_models(self) -> list[str]:
        """The models that some table or figure wants images of, in the study's order."""
        wanted = {model for part in self.generating().values() for model in part["models"]}
        return [model for model in self.config["models"] if model in wanted]

    def generated(self, models: Sequence[str]) -> dict[str, Any]:
        """What is to be sampled, decoded and judged, as plain data for the plan: see stages/plan.py.

        Args:
            models: those that can run.
        """
        runnable = {
            name: part | {"models": [model for model in part["models"] if model in models]}
            for name, part in self.generating().items()
        }
        wanted = {name: part for name, part in runnable.items() if part["models"]}
        trunks = {}
        for model in models:
            parts = [part["variants"] for part in wanted.values() if model in part["models"]]
            names = [variant for variant in self.config["pruning"]["variants"] if any(variant in part for part in parts)]
            trunks[model] = {
                "samples": self.samples(model),
                "starts": {name: self.start_step(model, name) for name in names},
                "windows": {name: self.window(model, name).start for name in names},
            }
        return {
            "wanted": wanted,
            "models": trunks,
            "snapshots": len(self.config["generation"]["snapshots"]),
        }

    def examples(self) -> int:
        """How many of the first samples the figures show pictures of."""
        asked = [sample for figure in self.config["figures"].values() for sample in figure.get("samples", [])]
        return max(EXAMPLES, *(sample + 1 for sample in asked)) if asked else EXAMPLES

    def training_steps(self) -> list[str]:
        """Names of the checkpoints that models trained here leave along the way."""
        return [f"step-{step:06d}" for step in self.config["conditions"]["checkpoints"]]

    def reporting(self) -> dict[str, Any]:
        """What the report has to know: names, titles, and which models are replicates of one another."""
        models = list(self.config["models"])
        groups = {card_name(model): [name for name in models if card_name(name) == card_name(model)] for model in models}
        replicates = {name: group for name, group in groups.items() if len(group) > 1}
        cards = {}
        for model in models:
            card = self.card(model)
            title = f"{card['title']}, replicate {replicate(model)}" if replicate(model) else card["title"]
            conditioning = {"initial_timestep": card["conditioning"]["initial_timestep"]}
            cards[model] = {"title": title, "conditioning": conditioning, "paper": card["paper"]}
        config = {key: self.config[key] for key in ("seed", "samples")}
        config |= {"name": self.config["study"], "file": self.file, "models": models}
        headline = next(iter(replicates), models[0])
        judges = {key: self.config["evaluation"][key] for key in ("extractor", "clip")}
        config |= judges | {"headline": headline, "replicates": replicates, "protocol": self._protocol()}
        return {"config": config, "cards": cards}

    def _protocol(self) -> dict[str, Any]:
        """The choices that the footnotes of scored tables name."""
        kept = [name for name, variant in self.config["pruning"]["variants"].items() if not variant.get("null", True)]
        choices = {key: self.config["generation"][key] for key in ("labels", "last_share")} | {"null_kept": kept}
        choices |= {key: self.config["evaluation"].get(key) for key in ("protocol", "reference", "prompt", "dinov2")}
        return choices | {"data": self.config.get("data")}

    def wanted(self, kind: str, name: str) -> Mapping[str, Any]:
        """What the study asks for under tables.<name> or figures.<name>; without `models`, those the paper shows there.

        Raises:
            UserError: the study does not define it.
        """
        if name not in self.config[kind]:
            known = ", ".join(self.config[kind])
            raise UserError(f"The study '{self.config['study']}' defines no {kind[:-1]} '{name}'; it has {known}.")
        wanted = self.config[kind][name]
        return wanted if "models" in wanted else wanted | {"models": models_of_table(self.cards.values(), name)}


def card_name(model: str) -> str:
    """`sit-mini.s2` -> `sit-mini`."""
    return re.sub(r"\.s\d+$", "", model)


def replicate(model: str) -> int:
    """`sit-mini.s2` -> 2, `sit-mini` -> 0."""
    match = re.search(r"\.s(\d+)$", model)
    return int(match[1]) if match else 0


def load_study(config: Mapping[str, Any], root: Path) -> Study:
    """Validate a configuration (defaults filled in) and load the cards it names.

    Args:
        config: Snakemake's merged configuration.
        root: the repository's folder.

    Raises:
        UserError: an unknown or mistyped key, model or variant, in one sentence.
    """
    schema = load_yaml(root / "config/schemas/study.schema.yaml")
    study = validated(config, schema, "the study's configuration")
    names = dict.fromkeys(card_name(model) for model in study["models"])  # ordered: a set's order would look like a change
    cards = {name: load_card(root / f"config/models/{name}.yaml") for name in names}
    result = Study(study, cards, study_file(study["study"], root))
    _check_names(result)
    return result


def study_file(name: str, root: Path) -> str:
    """The configuration below config/ that describes a study, as Snakemake takes it; empty for the default one."""
    if load_yaml(root / "config/config.yaml")["study"] == name:
        return ""
    files = (path for path in sorted((root / "config").glob("*.yaml")) if load_yaml(path).get("study") == name)
    return next((f"config/{path.name}" for path in files), f"config/{name}.yaml")


def _check_names(study: Study) -> None:
    config = study.config
    generation = config["generation"]
    if -(-config["samples"] // generation["micro_batch"]) < generation["shards"]:
        raise UserError("generation.shards exceeds the number of micro-batches; lower it or lower generation.micro_batch.")
    if "baseline" not in config["pruning"]["variants"] or config["pruning"]["variants"]["baseline"].get("side"):
        raise UserError("pruning.variants must hold the unpruned 'baseline: {}', against which every variant is compared.")
    _check_judges(study)
    for kind in ("tables", "figures"):
        for name in config[kind]:
            wanted = study.wanted(kind, name)
            for model in wanted["models"]:
                if model not in config["models"]:
                    raise UserError(
                        f"{kind}.{name}.models names '{model}', which is not in models; add it there or remove it here."
                    )
            for variant in wanted.get("variants", []):
                study.variant(variant)
            first = shard_samples(config["samples"], generation["micro_batch"], generation["shards"], 0)
            for sample in wanted.get("samples", []):
                if sample not in first:
                    raise UserError(f"{kind}.{name}.samples names {sample}, beyond the first shard; use 0 to {first[-1]}.")
            _check_scored(study, kind, name, wanted["models"])
    for model in config["models"]:
        if replicate(model) and not study.is_trained_here(model):
            raise UserError(
                f"models: '{model}' is a replicate, but {card_name(model)} is not trained here; remove '.s{replicate(model)}'."
            )
        if study.is_trained_here(model) and "data" not in config:
            raise UserError(f"'data' is missing: {model} is trained here and needs a data set; add data: digits.")
        if study.is_trained_here(model):
            _check_trained(study, model)
    if config["evaluation"]["extractor"] == "study-cnn" and study.sampled_models():
        _check_study_cnn(study)


def _check_judges(study: Study) -> None:
    evaluation = study.config["evaluation"]
    study.judges()
    scored = any("variants" in wanted for kind in ("tables", "figures") for wanted in study.config[kind].values())
    trained = [evaluation[role] for role in ("extractor", "clip") if evaluation[role] in TRAINED_JUDGES]
    if trained and scored and "data" not in study.config:
        raise UserError(f"'data' is missing: {trained[0]} is trained here and needs a data set; add data: digits.")
    if scored and "reference" not in evaluation and "data" not in study.config:
        raise UserError("evaluation.reference is missing: samples are compared with real images; add it, or data: digits.")


def _check_study_cnn(study: Study) -> None:
    """The study's own classifier knows pictures of one size, in any colours, and shares no features with Inception."""
    kind = study.config["evaluation"].get("reference", {"kind": "images"})["kind"]
    if kind != "images":
        raise UserError(
            f"evaluation.reference.kind {kind} holds statistics of Inception's features, which evaluation.extractor study-cnn "
            "does not have; set extractor: inception, or compare with kind: images."
        )
    data, _, size = _data_shape(study)
    for model in study.sampled_models():
        card = study.card(model)
        if card["conditioning"]["kind"] != "class" or "decoder" not in card:
            continue
        side = card["architecture"]["input_size"]
        if side != size if card["decoder"]["name"] == "identity" else side >= size:
            raise UserError(
                f"evaluation.extractor study-cnn learns from data: {data}, pictures of {size} x {size} pixels, but samples of "
                f"'{model}' are of another size; set extractor: inception, or take the model out of the scored tables."
            )


def _check_trained(study: Study, model: str) -> None:
    data, channels, size = _data_shape(study)
    architecture = study.card(model)["architecture"]
    side, made = architecture.get("input_size"), architecture.get("in_channels")
    if (side, made) != (size, channels):
        raise UserError(
            f"models: '{model}' makes pictures of {side} x {side} pixels in {made} channels, but those of data: {data}, which "
            f"it learns from, have {size} x {size} in {channels}; take another data set or model."
        )


def _data_shape(study: Study) -> tuple[str, int, int]:
    """Name, channels and side of the study's data set."""
    card = load_data_card(CONFIG / f"data/{study.config['data']}.yaml")
    return card["name"], card["channels"], card["size"]


def _check_scored(study: Study, kind: str, name: str, models: list[str]) -> None:
    sound = next((model for model in models if study.is_sound(model)), None)
    if sound and "scores" in NEEDS.get(name, ()):
        raise UserError(
            f"{kind}.{name}.models names '{sound}', whose samples are sounds: no score of them is published and none is "
            "computed here; show them in figures.figure_sounds instead."
        )
