"""What the report has to know about a study beside its result files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BASELINE = "baseline"


@dataclass(frozen=True)
class Study:
    """Names and comparisons; plain values only, so that `dataclasses.asdict` of it can stand in a rule's `params`.

    Attributes:
        name: of the configuration, as in `config/<name>.yaml`.
        seed: of the generated noise.
        samples: per model and variant.
        models: in the order of rows and columns; `x.s2` is a replicate of `x` trained from another seed.
        headline: the model shown where only one is.
        titles: model -> row name.
        compares_with: model -> published model whose numbers stand beside (itself for an official checkpoint).
        initial_timesteps: model -> the value fed to the timestep embedder at the noisiest step.
        extractor, clip: the networks that judge images, as the configuration names them.
        not_run: model -> reason, for models whose inputs are absent.
        replicates: model -> all models of the same card, itself first, where there are several.
    """

    name: str
    seed: int
    samples: int
    models: Sequence[str]
    headline: str
    titles: Mapping[str, str]
    compares_with: Mapping[str, str]
    initial_timesteps: Mapping[str, float]
    extractor: str = ""
    clip: str = ""
    not_run: Mapping[str, str] = field(default_factory=dict)
    replicates: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def title(self, model: str) -> str:
        """Row name of `model`."""
        return self.titles.get(model, model)

    def same_model(self, model: str) -> bool:
        """Is the published number beside `model` its own?"""
        return self.compares_with.get(model, model) == model

    def judged(self) -> list[str]:
        """The models a claim is judged on, the headline first: those that were run, replicates left to the table of seeds."""
        models = [model for model in self.models if model not in self.not_run and not _is_replicate(model)]
        return sorted(models, key=lambda model: model != self.headline)


def _is_replicate(model: str) -> bool:
    return re.search(r"\.s\d+$", model) is not None


def study_from_config(config: Mapping, cards: Mapping[str, Mapping], not_run: Mapping[str, str] | None = None) -> Study:
    """Gather what the report needs from a study's validated configuration and its model cards.

    The headline model is the one with the most replicates, else the first.

    Args:
        config: read are `study`, `seed`, `samples`, `models`, `evaluation.extractor` and `evaluation.clip`.
        cards: model (replicates included) -> card; read are `title`, `training.seed`, `conditioning.initial_timestep`
            and `paper.compares_with`.
        not_run: model -> why its inputs are absent.
    """
    models = list(config["models"])
    families: dict[str, list[str]] = {}
    for model in models:
        families.setdefault(re.sub(r"\.s\d+$", "", model), []).append(model)
    replicates = {name: members for name, members in families.items() if len(members) > 1 and name in members}
    headline = max(replicates, key=lambda name: len(replicates[name]), default=models[0])
    return Study(
        name=config["study"],
        seed=config["seed"],
        samples=config["samples"],
        models=models,
        headline=headline,
        titles={model: _title(model, cards[model]) for model in models},
        compares_with={model: (cards[model].get("paper") or {}).get("compares_with", model) for model in models},
        initial_timesteps={model: float(cards[model]["conditioning"]["initial_timestep"]) for model in models},
        extractor=(config.get("evaluation") or {}).get("extractor", ""),
        clip=(config.get("evaluation") or {}).get("clip", ""),
        not_run=dict(not_run or {}),
        replicates=replicates,
    )


def _title(model: str, card: Mapping) -> str:
    title = card.get("title", model)
    match = re.search(r"\.s(\d+)$", model)
    return f"{title} (seed {card['training']['seed'] + int(match[1])})" if match else title
