"""The section `compress` of a study: which models are made smaller, how, and how the results are called.

Runs in the Snakefile.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card_checks import CONDITIONED_ONLY
from semantic_bottleneck.study.compressed import COMPARED, OPTIMAL, TABLES, Compressed
from semantic_bottleneck.study.sizes import CONDITION_RANK
from semantic_bottleneck.study.study import Study


@dataclass(frozen=True)
class Compression:
    """The section with its defaults; empty where a study has none."""

    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        return list(self.config.get("models", []))

    @property
    def best(self) -> list[Compressed]:
        """The output-optimal factors, at every rank."""
        return [Compressed(OPTIMAL, rank) for rank in self.config.get("ranks", [])]

    @property
    def factorised(self) -> list[Compressed]:
        """What becomes a checkpoint: the best factors, and the compared ones at some ranks."""
        return self.best + [Compressed(method, rank) for rank in self.config.get("compared_ranks", []) for method in COMPARED]

    @property
    def all(self) -> list[Compressed]:
        """Everything that is sampled and scored beside the full model."""
        return [*self.factorised, *map(Compressed, TABLES)] if self.config else []

    def find(self, name: str) -> Compressed:
        """By its name."""
        return next(each for each in self.all if each.name == name)

    def reporting(self, study: Study) -> dict[str, Any]:
        """What the page has to know beside the result files."""
        return {
            "study": study.config["study"],
            "file": study.file,
            "samples": study.config["samples"],
            "models": {model: study.card(model)["title"] for model in self.models},
            "widths": {model: study.card(model)["architecture"]["hidden_size"] for model in self.models},
            "forms": [asdict(each) for each in self.all],
            "note": self.config.get("note", ""),
        }


def load_compression(study: Study) -> Compression:
    """The section, checked against the study's models and variants.

    Raises:
        UserError: a model, rank or name that cannot be.
    """
    result = Compression(study.config.get("compress") or {})
    for model in result.models:
        where = f"compress.models names '{model}'"
        if model not in study.config["models"]:
            raise UserError(f"{where}, which is not in models; add it there or remove it here.")
        card = study.card(model)
        if card["conditioning"]["kind"] != "class" or "sampler" not in card:
            raise UserError(f"{where}, but only class-conditional models that are sampled can be compressed; remove it.")
        if card["family"] in CONDITIONED_ONLY:
            raise UserError(f"{where}, whose network is diffusers' own; use offloaded_modulations() on its pipeline instead.")
        if CONDITION_RANK in card["architecture"]:
            raise UserError(f"{where}, which is compressed already; name the model that it was made from.")
        width = card["architecture"]["hidden_size"]
        for key in ("ranks", "compared_ranks"):
            for rank in result.config[key]:
                if rank > width:
                    raise UserError(f"compress.{key} names {rank}, but c of {model} has {width} dimensions; lower it.")
    for each in result.all:
        if each.name in study.config["pruning"]["variants"]:
            raise UserError(f"pruning.variants.{each.name} has the name of a compressed model; choose another one.")
    return result
