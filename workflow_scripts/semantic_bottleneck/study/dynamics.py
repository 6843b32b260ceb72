"""The study of training dynamics resolved into runs: which card, which changes, which seeds. Runs in the Snakefile."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.latent_folder import LATENTS, MANIFEST, SETTINGS
from semantic_bottleneck.study.bundled import check_trainable
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.card_checks import check_card
from semantic_bottleneck.study.cards import SCHEMA
from semantic_bottleneck.study.changes import changed_card
from semantic_bottleneck.study.factors import FACTORS
from semantic_bottleneck.study.training import Training
from semantic_bottleneck.study.typed import required, typed
from semantic_bottleneck.study.validation import load_schema, validated


@dataclass(frozen=True)
class Dynamics:
    """The section `dynamics` of a study: variants, their resolved cards, and the data they learn from.

    Attributes:
        config: the section; empty where a study has none.
        cards: variant -> its card with all changes made and the variant's name.
        data: name of a data set, or `latents:<folder>`.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    data: str = ""

    @property
    def base(self) -> str:
        """The variant that the others are compared with: the first one."""
        return next(iter(self.cards), "")

    @property
    def checkpoints(self) -> Sequence[int]:
        """Numbers of updates after which the conditional vectors are kept."""
        return self.config.get("checkpoints", [])

    @property
    def seeds(self) -> Sequence[int]:
        """Numbers of the replicates, from 0."""
        return range(self.config.get("seeds", 0))

    @property
    def manifest(self) -> str | None:
        """The file that a folder of latents is complete with; None for data in memory."""
        return f"{self.data.removeprefix(LATENTS)}/{MANIFEST}" if self.data.startswith(LATENTS) else None

    def runs(self) -> list[str]:
        """`<variant>.s<replicate>` of every variant and replicate."""
        return [f"{variant}.s{seed}" for variant in self.cards for seed in self.seeds]

    def card(self, run: str) -> Mapping[str, Any]:
        """The card that a run trains."""
        return self.cards[split_run(run)[0]]

    def seed(self, run: str) -> int:
        """The card's seed plus the number of the replicate, so that replicate k of every variant shares its random numbers."""
        return self.card(run)["training"]["seed"] + split_run(run)[1]

    def aligned(self, run: str) -> bool:
        """Does the run's objective need alignment features?"""
        return self.card(run)["training"]["objective"]["name"].startswith("aligned")

    def encodes(self, root: Path) -> bool:
        """Are there images to make the latents from, or were they made from images that have gone since?"""
        if "encode" not in self.config or self.manifest is None:
            return False
        # Not Path.exists, which lets errors such as "name too long" out.
        made = os.path.isfile((root / self.manifest).with_name(SETTINGS))
        return made or os.path.exists(root / self.config["encode"]["images"])

    def missing(self, root: Path) -> str | None:
        """Why nothing can be run, in one sentence; None if the data is there or can be made."""
        if self.manifest is None or os.path.isfile(root / self.manifest) or self.encodes(root):
            return None
        images = self.config.get("encode", {}).get("images")
        way = f"put the images, one folder per class, into {images}" if images else "set dynamics.encode.images"
        return f"data absent: {self.manifest} does not exist; {way}, from which the workflow makes the latents"

    def reporting(self, root: Path) -> dict[str, Any]:
        """What tables, figures and page have to know beside the runs; `note` and `missing` may be empty."""
        return {
            "variants": [self._shown(name) for name in self.cards],
            "data": self.data,
            "seeds": len(self.seeds),
            "checkpoints": list(self.checkpoints),
            "note": self.config.get("note", ""),
            "missing": self.missing(root) or "",
        }

    def _shown(self, name: str) -> dict[str, Any]:
        """A variant's name, title, factor, level and starting point, as the figures and tables name them."""
        given = self.config["variants"][name]
        levels = {}
        for other in self.config["variants"].values():
            if other.get("factor"):
                path = next(iter(other["set"]))
                levels[other["factor"]] = str(_value(self.cards[self.base], path))
        level = given.get("level") or (str(next(iter(given["set"].values()))) if given.get("factor") else "")
        title = given.get("title") or (f"{given['factor']} {level}" if given.get("factor") else name)
        shown = {"name": name, "title": title, "factor": given.get("factor", ""), "level": level}
        if name == self.base:
            shown["levels"] = levels | given.get("levels", {})
        card = self.cards[name]
        shown |= {"removes": given.get("removes", ""), "weight_decay": card["training"]["weight_decay"]}
        return shown | {"steps": card["training"]["steps"]}


def split_run(run: str) -> tuple[str, int]:
    """`weight-decay-0.1.s2` -> (`weight-decay-0.1`, 2)."""
    variant, _, seed = run.rpartition(".s")
    return variant, int(seed)


def load_dynamics(config: Mapping[str, Any], root: Path) -> Dynamics:
    """The section of a validated study configuration with its cards loaded and changed; empty if there is none.

    Raises:
        UserError: a variant starts from something unknown or changes a key that its card cannot have.
    """
    section = config.get("dynamics")
    if not section:
        return Dynamics()
    data = section.get("data") or config.get("data")
    if data is None:
        raise UserError("dynamics.data is missing: name a data set or `latents:<folder>`.")
    if "encode" in section and not data.startswith(LATENTS):
        raise UserError(f"dynamics.encode makes latents, but dynamics.data is {data}; name `latents:<folder>` there.")
    cards: dict[str, Mapping[str, Any]] = {}
    for name, variant in section["variants"].items():
        where = f"dynamics.variants.{name}"
        card = changed_card(variant, cards, section["set"], root, where, "dynamics.set")
        cards[name] = validated(card, load_schema(SCHEMA), where) | {"name": name}
        if variant.get("factor") and not variant["set"]:
            raise UserError(f"{where} has a factor but changes nothing; say under set what it varies.")
        try:
            changed = typed(Card, cards[name])
            check_card(changed)
            check_trainable(changed, data, section["checkpoints"], "dynamics.checkpoints")
        except UserError as error:
            raise UserError(f"{where}: {error}") from None
        _check_gpus(required(changed.training), section.get("gpus", 0), where)
    varied = {variant.get("factor") for variant in section["variants"].values()}
    for figure in section.get("figures", []):
        if figure in FACTORS and not varied & set(FACTORS[figure]):
            raise UserError(
                f"dynamics.figures names {figure}, but no variant has the factor {' or '.join(FACTORS[figure])}; add one, or "
                "take the figure out."
            )
    return Dynamics(section, cards, data)


def _check_gpus(training: Training, gpus: int, where: str) -> None:
    if gpus and training.parts % gpus:
        raise UserError(
            f"{where}: dynamics.gpus is {gpus}, which does not divide an update's {training.parts} micro-batches; change it."
        )


def _value(card: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or what stands for it where the card leaves it out."""
    place: Any = card
    for part in path.split("."):
        place = place.get(part) if isinstance(place, Mapping) else None
    return "default" if place in (None, []) else place
