"""The `dier` section of a study resolved into runs. Runs in the Snakefile: no numpy, no torch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.data_card import DataCard
from semantic_bottleneck.study.data_cards import absent, load_data_card, source_files
from semantic_bottleneck.study.dier_settings import run_settings
from semantic_bottleneck.study.dier_sizes import SIZES

INPUTS = "inputs"
"""What the pixels themselves know stands under this name, as if it were a variant."""


@dataclass(frozen=True)
class Plan:
    """What is trained and measured.

    Attributes:
        study, file, seed: name, configuration file (empty for the default one) and seed of the study.
        section: its validated `dier` section.
        cards: the data cards of `dier.runs`.
        root: the repository's folder.
    """

    study: str
    file: str
    seed: int
    section: Mapping[str, Any]
    cards: Mapping[str, DataCard]
    root: Path

    def not_run(self) -> dict[str, str]:
        """Data set -> why it is left out."""
        reasons = {name: absent(card, self.root, self.section["download"]) for name, card in self.cards.items()}
        return {name: reason for name, reason in reasons.items() if reason}

    def data(self) -> list[str]:
        """The data sets that run."""
        missing = self.not_run()
        return [name for name in self.cards if name not in missing]

    def files(self, data: str) -> list[str]:
        """What a data set is read from; nothing for one that comes with a package."""
        return source_files(self.cards[data], self.root)

    def variant(self, name: str) -> Mapping[str, Any]:
        """A variant of `dier.variants`; raises UserError if there is none."""
        variants = self.section["variants"]
        if name not in variants:
            raise UserError(f"dier.variants has no variant '{name}'; known are {', '.join(variants)}.")
        return variants[name]

    def kind(self, variant: str) -> str:
        """What a variant trains, whatever the data set."""
        return self.variant(variant)["settings"].get("kind", self.section["training"]["kind"])

    def settings(self, data: str, variant: str) -> dict[str, Any]:
        """Values for `run_settings`: the schema's, then the study's, the data set's and the variant's."""
        return {**self.section["training"], **self.section["runs"][data]["training"], **self.variant(variant)["settings"]}

    def run(self, data: str, variant: str, replicate: int) -> dict[str, Any]:
        """All that a run's training depends on beside the data."""
        return {
            "variant": variant,
            "replicate": replicate,
            "seed": self.seed + replicate,
            "folds": self.section["folds"],
            "settings": self.settings(data, variant),
        }

    def measured(self, data: str, variant: str, replicate: int) -> dict[str, Any]:
        """A run with what is measured on it."""
        kind = self.settings(data, variant)["kind"]
        usual = self.section["timesteps"] if kind == "dier" else self.section["internal_timesteps"]
        pruned = variant in self.section["pruning"]["variants"]
        pruning = {key: self.section["pruning"][key] for key in ("timestep", "kept")} if pruned else {}
        timesteps = self.variant(variant).get("timesteps", usual)
        return self.run(data, variant, replicate) | {"timesteps": timesteps, "pruning": pruning}

    def components(self, data: str) -> list[int]:
        """Numbers of principal components: one per width of an embedding that is learned on this data set."""
        widths = {self.settings(data, name)["embedding"] for name in self.section["runs"][data]["variants"]}
        return sorted(widths)

    def replicates(self, data: str) -> list[int]:
        """Those of the variant that has most."""
        return list(range(max(self.section["runs"][data]["variants"].values())))

    def runs(self, data: str) -> list[str]:
        """`<variant>.s<replicate>` of every trained run on a data set."""
        counts = self.section["runs"][data]["variants"]
        return [f"{variant}.s{replicate}" for variant, count in counts.items() for replicate in range(count)]

    def reporting(self) -> dict[str, Any]:
        """What tables, figures and page have to know beside the measures."""
        runs = {name: list(self.section["runs"][name]["variants"]) for name in self.cards}
        return {
            "study": self.study,
            "file": self.file,
            "seed": self.seed,
            "folds": self.section["folds"],
            "folded": [name for name, card in self.cards.items() if not card.has_official_test],
            "timesteps": self.section["timesteps"],
            "data": {name: card.title for name, card in self.cards.items()},
            "not_run": self.not_run(),
            "runs": runs,
            "variants": {
                name: {"title": entry["title"], "role": entry["role"], "kind": self.kind(name)}
                for name, entry in self.section["variants"].items()
            },
            "settings": {data: {name: self.settings(data, name) for name in names} for data, names in runs.items()},
            "density": self.section.get("density"),
            "pruning": self.section["pruning"],
            "note": self.section["note"],
        }


def load_plan(config: Mapping[str, Any], file: str, root: str | Path) -> Plan | None:
    """The plan of a validated study, None if it has no `dier` section.

    Raises:
        UserError: a data card or a variant that the section names is wrong or absent.
    """
    section = config.get("dier")
    if section is None:
        return None
    root = Path(root)
    plan = Plan(config["study"], file, config["seed"], section, _data_cards(section["runs"], root), root)
    if INPUTS in section["variants"]:
        raise UserError(f"dier.variants has '{INPUTS}', the name of what the pixels know; choose another name.")
    for data, entry in section["runs"].items():
        for name, count in entry["variants"].items():
            _check_run(plan, data, name, count)
        headline = next(iter(entry["variants"]))
        if plan.settings(data, headline)["kind"] != "dier":
            raise UserError(f"dier.runs.{data}: the first variant, '{headline}', must be of kind dier; it is the headline.")
    for role, name in section.get("density", {}).items():
        if name not in section["runs"]:
            raise UserError(f"dier.density.{role} names '{name}', which is no data card of dier.runs; add it there.")
    for name in section["pruning"]["variants"]:
        if plan.kind(name) != "dier":
            raise UserError(f"dier.pruning.variants names '{name}', which learns no vector to prune; take it out.")
    return plan


def _data_cards(names: Iterable[str], root: Path) -> dict[str, DataCard]:
    try:
        return {name: load_data_card(root / f"config/data/{name}.yaml") for name in names}
    except UserError as error:
        raise UserError(f"dier.runs names a data card: {error}") from None


def _check_run(plan: Plan, data: str, variant: str, count: int) -> None:
    """Are there folds for every replicate, and do the sizes divide the pictures?"""
    where, card, folds = f"dier.runs.{data}", plan.cards[data], plan.section["folds"]
    settings = run_settings(plan.settings(data, variant))
    if count > folds and not card.has_official_test:
        raise UserError(f"{where}: {variant} has {count} replicates, but only {folds} folds; raise dier.folds.")
    side, size = card.size, SIZES[settings.size]
    encodes = settings.kind != "backbone"
    patches = settings.kind in ("dier", "backbone", "masked-autoencoder") or settings.encoder == "vit"
    if patches and side % settings.patch_size:
        raise UserError(
            f"{where}: patch_size of {variant} is {settings.patch_size}, which does not divide {side} pixels (size of the data "
            "card); change one of them."
        )
    if settings.kind == "vicreg" and settings.batch_size < 2:
        raise UserError(f"{where}: batch_size of {variant} is 1, and vicreg compares the images of a batch; use 2 or more.")
    strides = settings.strides or size.strides
    if encodes and settings.encoder == "cnn" and (len(strides) != len(size.channels) or side % prod(strides)):
        raise UserError(
            f"{where}: strides of {variant} are {list(strides)}; the size {settings.size} needs {len(size.channels)}, whose "
            f"product divides {side} pixels (size of the data card)."
        )
