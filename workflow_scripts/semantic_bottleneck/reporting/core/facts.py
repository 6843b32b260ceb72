"""What the report has to know about a study beside its result files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

BASELINE = "baseline"


@dataclass(frozen=True)
class ReportFacts:
    """Names and comparisons; plain values only, so that `dataclasses.asdict` of it can stand in a rule's `params`.

    Attributes:
        name: of the configuration, the folder below results/.
        seed: of the generated noise.
        samples: per model and variant.
        models: in the order of rows and columns; `x.s2` is a replicate of `x` trained from another seed.
        headline: the model shown where only one is.
        titles: model -> row name.
        compares_with: model -> published model whose numbers stand beside (itself for an official checkpoint).
        initial_timesteps: model -> the value fed to the timestep embedder at the noisiest step.
        extractor, clip: the networks that judge images, as the configuration names them.
        not_run: model -> reason, for models whose inputs are absent.
        file: the configuration file, as Snakemake takes it; empty for the default one.
        replicates: model -> all models of the same card, itself first, where there are several.
        protocol: what decides how images are made and judged (`studies.ReportFacts.reporting`); empty where nothing is scored.
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
    file: str = ""
    replicates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    protocol: Mapping[str, Any] = field(default_factory=dict)

    def title(self, model: str) -> str:
        """Row name of `model`."""
        return self.titles.get(model, model)

    def compared(self, model: str) -> str:
        """The published model whose numbers stand beside `model`."""
        return self.compares_with.get(model, model)

    def same_model(self, model: str) -> bool:
        """Is the published number beside `model` its own?"""
        return self.compared(model) == model

    def trainings(self, model: str) -> list[str]:
        """The model and its replicates, as far as they were run."""
        return [member for member in self.replicates.get(model, [model]) if member not in self.not_run]

    def family(self, model: str) -> str:
        """The model of the same card that was trained first."""
        return next((name for name, members in self.replicates.items() if model in members), model)

    def judged(self) -> list[str]:
        """The models a claim is judged on, the headline first: those that were run, replicates left to the table of seeds."""
        repeated = {name for members in self.replicates.values() for name in members[1:]}
        models = [model for model in self.models if model not in self.not_run and model not in repeated]
        return sorted(models, key=lambda model: model != self.headline)


def report_facts(config: Mapping, cards: Mapping[str, Mapping], not_run: Mapping[str, str] | None = None) -> ReportFacts:
    """Gather what the report needs from what `studies.ReportFacts.reporting` describes.

    Args:
        config: `name`, `seed`, `samples`, `models`, `headline`, `replicates`; optional `extractor`, `clip` and
            `protocol`.
        cards: model (replicates included) -> mapping with `title`, `conditioning.initial_timestep` and, where the model
            stands beside another one of the paper, `paper.compares_with`.
        not_run: model -> why its inputs are absent.
    """
    models = list(config["models"])
    return ReportFacts(
        name=config["name"],
        file=config.get("file", ""),
        seed=config["seed"],
        samples=config["samples"],
        models=models,
        headline=config["headline"],
        titles={model: cards[model]["title"] for model in models},
        compares_with={model: (cards[model].get("paper") or {}).get("compares_with", model) for model in models},
        initial_timesteps={model: float(cards[model]["conditioning"]["initial_timestep"]) for model in models},
        extractor=config.get("extractor", ""),
        clip=config.get("clip", ""),
        not_run=dict(not_run or {}),
        replicates=config["replicates"],
        protocol=config.get("protocol", {}),
    )
