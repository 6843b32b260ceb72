"""A study's configuration resolved into what the rules ask for. Runs in the Snakefile: no numpy, no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.arms import arm_runs
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.cards import models_of_table
from semantic_bottleneck.study.conditioning import PipelineConditioning
from semantic_bottleneck.study.exhibits import EXAMPLES, FIGURE_LOCALISATION_TRAININGS, LOCALISATION, LOCALISATION_TRAININGS
from semantic_bottleneck.study.localisation import Localisation, prunings
from semantic_bottleneck.study.model_names import card_name, replicate
from semantic_bottleneck.study.pruning import Pruning, pruned_steps
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import required, typed
from semantic_bottleneck.study.windows import fork, snapshot_steps

TRAINED = {"extractor": "study-cnn", "clip": "study-clip"}
"""Role -> the judge that the study trains itself; every other one is an asset."""


GIVEN = "samples"
"""The variant that samples from files count as."""


@dataclass(frozen=True)
class Study:
    """A validated study, the cards of its models, its file (empty: the default one), and what sentences call its text.

    `model` below is a card's name, possibly with a replicate (`.s1`).
    """

    config: Mapping[str, Any]
    cards: Mapping[str, Mapping[str, Any]]
    file: str = ""
    source: str = "the study's configuration"

    @property
    def mechanism(self) -> Mapping[str, Any]:
        """The section of the study of the mechanism; empty where there is none."""
        return self.config.get("mechanism") or {}

    @cached_property
    def arms(self) -> dict[str, list[str]]:
        """Arm of the study of the mechanism -> names of its trainings."""
        return arm_runs(self.mechanism) if self.mechanism else {}

    @property
    def models(self) -> list[str]:
        """Everything that has weights here: the models, their further trainings, and the trainings of all arms."""
        arms = (run for runs in self.arms.values() for run in runs)
        further = (model for model in self.repeated()["models"] if card_name(model) in self.cards)
        return list(dict.fromkeys([*self.config["models"], *further, *arms]))

    def card(self, model: str) -> Mapping[str, Any]:
        """The card of a model or of the model that it replicates; raises UserError if the study has no such model."""
        if card_name(model) not in self.cards:
            raise UserError(f"The study '{self.config['study']}' has no model '{model}'; it has {', '.join(self.cards)}.")
        return self.cards[card_name(model)]

    def model(self, model: str) -> Card:
        """`card` as types."""
        return self._models[self.card(model)["name"]]

    @cached_property
    def _models(self) -> dict[str, Card]:
        return {name: typed(Card, card) for name, card in self.cards.items()}

    def kind(self, model: str) -> str:
        """What the model's conditions are: class, pose, video, text, pipeline or none."""
        return required(self.model(model).conditioning).kind

    def are_labels_judged(self, model: str) -> bool:
        """Whether judges know the model's labels: classes, or prompts of ImageNet's names where no data set gives others."""
        conditioning = self.model(model).conditioning
        named = isinstance(conditioning, PipelineConditioning) and conditioning.prompts.names == "imagenet"
        return self.kind(model) == "class" or (named and "data" not in self.config)

    def models_of_kind(self, kind: str) -> list[str]:
        """The study's models whose conditions are of one kind."""
        return [model for model in self.config["models"] if self.kind(model) == kind]

    def is_sound(self, model: str) -> bool:
        """Whether the model's samples are sounds, which have spectrograms for pictures and no scores."""
        decoder = self.model(model).decoder
        return decoder is not None and decoder.vocoder is not None

    def networks(self, model: str) -> list[str]:
        """Asset cards of what a model's samples need beside a decoder and the study's judges: a vocoder, LPIPS's backbone."""
        decoder = self.model(model).decoder
        if decoder is not None and decoder.vocoder is not None:
            return [decoder.vocoder]
        return ["lpips-alexnet"] if self.kind(model) == "pose" else []

    def is_trained_here(self, model: str) -> bool:
        return self.model(model).training is not None

    def weights_of(self, model: str) -> str:
        """The model whose checkpoint is used: the one that the card extends, of the same replicate, or the model itself."""
        base = self.model(model).extends or card_name(model)
        return f"{base}.s{replicate(model)}" if replicate(model) else base

    @property
    def alignment_seed(self) -> int:
        """Of the classifier whose features aligned objectives learn from: another one than the judge's."""
        return self.config["seed"] + 1

    def training_seed(self, model: str) -> int:
        """The card's seed plus the number of the replicate."""
        return required(self.model(model).training).seed + replicate(model)

    def variant(self, name: str) -> Mapping[str, Any]:
        """A pruning variant with its defaults; raises UserError if the study does not define it."""
        variants = self.config["pruning"]["variants"]
        if name not in variants:
            raise UserError(f"pruning.variants has no variant '{name}'; known are {', '.join(variants)}.")
        return variants[name]

    def pruning(self, name: str) -> Pruning | None:
        """What a variant prunes; None for the unpruned baseline. Raises UserError as `variant`."""
        return Pruning.from_plain(self.variant(name))

    def drawing_groups(self, variant: str) -> int | None:
        """Groups of samples that each have a random choice of dimensions of their own; None where none is drawn."""
        pruning = self.pruning(variant)
        return self.config["evaluation"]["groups"] if pruning is not None and pruning.side == "random" else None

    def ranking_timesteps(self, variant: str) -> int:
        """Points of the grid of timesteps that a variant's ranking is taken over; 1 is the initial timestep alone."""
        pruning = self.pruning(variant)
        over_time = pruning is not None and pruning.ranked_by == "time-variance"
        return self.config["conditions"]["timesteps"] if over_time else 1

    @cached_property
    def localisation(self) -> Localisation:
        """How the table `localisation` is made."""
        return typed(Localisation, self.config["localisation"])

    def localisation_plan(self, model: str) -> SamplePlan:
        """`sample_plan` of the samples that the table `localisation` takes."""
        plan, asked = self.sample_plan(model), self.localisation.samples
        samples = plan.samples if asked is None else min(asked, plan.samples)
        return replace(plan, samples=samples, shards=min(plan.shards, -(-samples // plan.micro_batch)))

    def localisation_settings(self, model: str) -> dict[str, dict[str, Any]]:
        """`Localisation.settings` of a model, each with `windows`: variant -> the steps at which it changes c."""
        unpruned = next(each for each in self.config["pruning"]["variants"].values() if "side" not in each)
        guidance = self.model(model).guidance
        settings = self.localisation.settings(unpruned, 1.0 if guidance is None else guidance.scale)
        share, steps = self.config["generation"]["last_share"], self.steps(model)
        for setting in settings.values():
            variants = prunings(setting["variants"])
            setting["windows"] = {name: [*pruned_steps(each, steps, share)] for name, each in variants.items()}
        return settings

    def steps(self, model: str) -> int:
        return required(self.model(model).sampler).trajectory_steps

    def window(self, model: str, variant: str) -> range:
        """The steps at which a variant prunes; none for the baseline."""
        return pruned_steps(self.pruning(variant), self.steps(model), self.config["generation"]["last_share"])

    def snapshot_steps(self, model: str) -> list[int]:
        return snapshot_steps(self.steps(model), self.config["generation"]["snapshots"])

    def fork(self, model: str, variant: str) -> int | None:
        """Number of the baseline's snapshot that a variant continues from; None if it starts from noise."""
        return fork(self.window(model, variant).start, self.steps(model), self.config["generation"]["snapshots"])

    def start_step(self, model: str, variant: str) -> int:
        """The step at which a variant's own work begins: its snapshot's, or 0."""
        number = self.fork(model, variant)
        return 0 if number is None else self.snapshot_steps(model)[number]

    def samples(self, model: str) -> int:
        """How many samples a model generates: the study's number, but one per condition where the conditions are data."""
        data = self.card(model)["conditioning"].get("data")
        return min(self.config["samples"], data["count"]) if data else self.config["samples"]

    def sample_plan(self, model: str) -> SamplePlan:
        """What decides a model's samples beside its card."""
        generation = self.config["generation"]
        return SamplePlan(
            seed=self.config["seed"],
            samples=self.samples(model),
            shards=len(self.shards(model)),
            micro_batch=generation["micro_batch"],
            labels=generation["labels"],
            **self.numerics(model),
        )

    def shards(self, model: str) -> list[str]:
        """Names of a model's shards: those of the study, or one per micro-batch where there are fewer."""
        generation = self.config["generation"]
        batches = -(-self.samples(model) // generation["micro_batch"])
        return [f"{shard:03d}" for shard in range(min(generation["shards"], batches))]

    def numerics(self, model: str) -> dict[str, Any]:
        """How the model's network is run: `precision` (one of sampling/precision.py's) and whether it is compiled."""
        generation = self.config["generation"]
        official = generation["precision"] == "official"
        precision = self.model(model).precision if official else generation["precision"]
        return {"precision": precision, "compile": generation["compile"]}

    def variants_of(self, model: str) -> dict[str, Mapping[str, Any]]:
        """The variants that some table, figure or page wants of a model; all, where none asks for its images."""
        if card_name(model) in self.arms:
            return {name: self.variant(name) for name in self.mechanism["variants"]}
        parts = [self.wanted(kind, name) for kind in ("tables", "figures") for name in self.config[kind]]
        names = {variant for part in parts if model in part["models"] for variant in part.get("variants", [])}
        return {name: variant for name, variant in self.config["pruning"]["variants"].items() if name in names or not names}

    def judges(self) -> dict[str, dict[str, Any]]:
        """Asset cards of the published networks that judge samples, by role: extractor, clip, dinov2."""
        kinds = {"extractor": "inception", "clip": "clip", "dinov2": "dinov2"}
        names = {role: self.config["evaluation"][role] for role in kinds}
        return {role: load_asset(name, kinds[role]) for role, name in names.items() if name not in (None, TRAINED.get(role))}

    def decoder(self, model: str) -> dict[str, Any]:
        """The asset card of what turns a model's latents into pictures; models of pixels have none."""
        return load_asset(required(self.model(model).decoder).name, "decoder")

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
        if LOCALISATION in self.config["tables"]:
            wanted |= set(self.wanted("tables", LOCALISATION)["models"])
        return [model for model in self.config["models"] if model in wanted]

    def generated(self, models: Sequence[str]) -> dict[str, Any]:
        """What is to be sampled, decoded and judged, as plain data for the plan: see `planning.plan`.

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
            "localisation": self._localised(models),
            "snapshots": len(self.config["generation"]["snapshots"]),
        }

    def _localised(self, models: Sequence[str]) -> dict[str, Any]:
        """Model -> its samples per variant and the `localisation_settings`; of those that the table shows and that can run."""
        shown = self.wanted("tables", LOCALISATION)["models"] if LOCALISATION in self.config["tables"] else []
        return {
            model: {
                "samples": self.localisation_plan(model).samples,
                "settings": self.localisation_settings(model),
            }
            for model in models
            if model in shown
        }

    def examples(self) -> int:
        """How many of the first samples the figures show pictures of."""
        asked = [sample for figure in self.config["figures"].values() for sample in figure.get("samples", [])]
        return max(EXAMPLES, *(sample + 1 for sample in asked)) if asked else EXAMPLES

    def training_steps(self) -> list[str]:
        """Names of the checkpoints that models trained here leave along the way."""
        return [f"step-{step:06d}" for step in self.config["conditions"]["checkpoints"]]

    def repeated(self) -> Mapping[str, Any]:
        """What the section `trainings` asks for: `variants`, and `models`, every training of each; none where it is absent."""
        section = self.config.get("trainings", {"models": [], "variants": [], "count": 0})
        models = [
            f"{model}.s{number}" if number else model for model in section["models"] for number in range(section["count"])
        ]
        return {"models": models, "variants": list(section["variants"])}

    def localised_trainings(self) -> list[str]:
        """Every training of the models of the section `trainings` that the table `localisation` shows."""
        asked = self.config["tables"].get(LOCALISATION)
        shown = self.wanted("tables", LOCALISATION)["models"] if asked is not None else []
        return [model for model in self.repeated()["models"] if card_name(model) in shown]

    def tables_of_trainings(self) -> list[str]:
        """The tables of the target `trainings`."""
        return ["trainings", *([LOCALISATION_TRAININGS] if self.localised_trainings() else [])]

    def figures_of_trainings(self) -> list[str]:
        """The figures of the target `trainings`."""
        return [FIGURE_LOCALISATION_TRAININGS] if self.localised_trainings() else []

    def wanted(self, kind: str, name: str) -> Mapping[str, Any]:
        """What the study asks for under tables.<name> or figures.<name>; without `models`, those the paper shows there.

        The tables `trainings` and `given` are what the sections of these names ask for; `localisation_trainings` is the table
        `localisation` over the trainings, `figure_localisation_trainings` its figure.

        Raises:
            UserError: the study does not define it.
        """
        if name == "trainings" and "trainings" in self.config:
            return self.repeated()
        if name in (LOCALISATION_TRAININGS, FIGURE_LOCALISATION_TRAININGS) and self.localised_trainings():
            return {"models": self.localised_trainings()}
        if name == "given" and "given" in self.config:
            return {"models": list(self.config["given"]), "variants": [GIVEN]}
        if name not in self.config[kind]:
            known = ", ".join(self.config[kind])
            raise UserError(f"The study '{self.config['study']}' defines no {kind[:-1]} '{name}'; it has {known}.")
        wanted = self.config[kind][name]
        return wanted if "models" in wanted else wanted | {"models": models_of_table(self._models.values(), name)}
