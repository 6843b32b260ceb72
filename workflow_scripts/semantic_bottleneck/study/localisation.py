"""Where in c the class is: the variants that change one part of every vector at a time. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.pruning import Pruning

BASELINE = "baseline"
OWN, LATE, GUIDANCE = "own", "late", "guidance-"
"""Settings: the card's guidance, the same at the last steps alone, and the beginning of another guidance's name."""
REPEATED = ("head-mean", "head-zero", "shoulder-mean", "tail-mean", "rest-mean")
"""Variants that are sampled at every guidance."""
NOISED = ("head", "shoulder", "tail", "all")
"""Parts that noise is added to."""
QUARTER = 0.25
"""Share of the dimensions that are ranked by their variance over classes instead."""

DEFAULTS: dict[str, Any] = {
    "samples": None,
    "window": "every",
    "head": 0.03125,
    "top": 0.1015625,
    "shoulder": 0.33984375,
    "guidance": (),
    "late": False,
    "shift": 1,
    "noise": (),
}
"""Those of the schema, for whoever writes no study: a package has no schemas. A test holds both equal."""


@dataclass(frozen=True)
class Localisation:
    """The section `localisation` of a study.

    Attributes:
        samples: the first so many of the study's; None for all.
        window: the steps at which c is changed.
        head, top, shoulder: shares of the dimensions, by descending |c|, at which these parts end; `head` and `top` begin at
            the largest entry, the shoulder where the head ends, and the tail takes the rest.
        guidance: further scales at which the baseline and REPEATED are sampled of guided models; 1 is unguided.
        late: whether all variants are sampled with c changed at the last steps alone, too.
        shift: places between a class and the one transplanted from.
        noise: standard deviations of added noise, in units of each dimension's spread over classes.
    """

    samples: int | None
    window: str
    head: float
    top: float
    shoulder: float
    guidance: tuple[float, ...]
    late: bool
    shift: int
    noise: tuple[float, ...]

    @classmethod
    def of(cls, **keys: Any) -> Self:
        """`Localisation.of(window="last", noise=(0.5,))`: keys as in a study, with their defaults.

        Raises:
            UserError: an unknown key.
        """
        if unknown := keys.keys() - DEFAULTS.keys():
            raise UserError(f"A localisation has no key {', '.join(sorted(unknown))}; it has {', '.join(DEFAULTS)}.")
        return cls(**DEFAULTS | keys)

    @property
    def parts(self) -> dict[str, tuple[float, float]]:
        """Name -> first and last share, by descending |c|."""
        return {
            "head": (0.0, self.head),
            "top": (0.0, self.top),
            "shoulder": (self.head, self.shoulder),
            "tail": (self.shoulder, 1.0),
            "lower": (self.top, 1.0),
            "rest": (self.head, 1.0),
        }

    def variants(self, defaults: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Name -> variant as plain data; the unpruned baseline is first.

        Only the conditional vector is changed, so that guidance still leads away from the same unconditional picture.

        Args:
            defaults: of a variant, by the schema.
        """
        mean, other = {"replacement": "class-mean"}, {"replacement": "other-class", "shift": self.shift}
        shared, random = {"mask": "shared"}, {"side": "random", "like": "ranks"}
        varied = {"ranked_by": "class-variance", "replacement": "class-mean"}
        asked: dict[str, tuple[tuple[float, float], dict[str, Any]]] = {}
        parts = self.parts | {"all": (0.0, 1.0)}
        asked |= {f"{part}-mean": (ends, mean) for part, ends in self.parts.items()}
        asked |= {f"{part}-zero": (parts[part], {}) for part in ("head", "tail")}
        asked |= {f"{part}-mean-random": (parts[part], mean | random) for part in ("top", "shoulder", "tail")}
        asked |= {"shoulder-mean-shared": (parts["shoulder"], mean | shared), "tail-zero-shared": (parts["tail"], shared)}
        asked |= {f"{part}-other": (parts[part], other) for part in ("head", "shoulder", "tail")}
        asked |= {f"{part}-other-shared": (parts[part], other | shared) for part in ("head", "shoulder", "tail")}
        asked |= {"varied-mean": ((0.0, QUARTER), varied)}
        for size in self.noise:
            asked |= {f"{part}-noise-{size:g}": (parts[part], {"noise": size}) for part in NOISED}
        common = {**defaults, "side": "ranks", "window": self.window, "branch": "conditional"}
        return {BASELINE: dict(defaults)} | {name: common | {"ranks": [*ends]} | keys for name, (ends, keys) in asked.items()}

    def settings(self, defaults: Mapping[str, Any], scale: float) -> dict[str, dict[str, Any]]:
        """Name -> `guidance` (a scale, None for the card's) and `variants` (as `variants`); the card's own setting is first.

        Args:
            defaults: of a variant, by the schema.
            scale: of the card's guidance, 1 for an unguided model, which has no other setting of it.
        """
        variants = self.variants(defaults)
        repeated = {name: variants[name] for name in (BASELINE, *REPEATED)}
        late = {name: variant | {"window": "last"} if name != BASELINE else variant for name, variant in variants.items()}
        others = [other for other in self.guidance if other != scale] if scale > 1 else []
        return (
            {OWN: {"guidance": None, "variants": variants}}
            | {f"{GUIDANCE}{other:g}": {"guidance": other, "variants": repeated} for other in others}
            | ({LATE: {"guidance": None, "variants": late}} if self.late else {})
        )


COMPARED = (
    ("rest-mean", "head-mean"),
    ("tail-mean", "shoulder-mean"),
    ("head-mean", "shoulder-mean"),
    ("tail-zero", "tail-mean"),
    ("top-mean-random", "top-mean"),
    ("shoulder-mean-random", "shoulder-mean"),
    ("tail-mean-random", "tail-mean"),
    ("shoulder-mean-shared", "shoulder-mean"),
    ("tail-zero", "tail-zero-shared"),
    ("head-zero", "head-mean"),
    ("shoulder-other-shared", "head-other-shared"),
    ("shoulder-other-shared", "tail-other-shared"),
)
"""Variants whose scores are compared with one another directly: the first minus the second."""


def prunings(variants: Mapping[str, Mapping[str, Any]]) -> dict[str, Pruning | None]:
    """Name -> the variant, typed; None for the baseline."""
    return {name: Pruning.from_plain(variant) for name, variant in variants.items()}
