"""What a pruning variant says, as types. Its keys, their ranges and defaults: config/schemas/study.schema.yaml.

Standard library only: the study asks for windows and counts, jobs for what is removed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from semantic_bottleneck.study.windows import Window


@dataclass(frozen=True)
class Tau:
    """Magnitudes beyond a fixed threshold (the paper's criterion, Eq. 2)."""

    threshold: float


@dataclass(frozen=True)
class Quantile:
    """Magnitudes beyond the threshold that removes this share of all conditions' entries at the initial step."""

    share: float


@dataclass(frozen=True)
class Count:
    """This many dimensions of each vector."""

    dimensions: int


@dataclass(frozen=True)
class Fraction:
    """This share of the dimensions of each vector."""

    share: float


Criterion = Tau | Quantile | Count | Fraction
CRITERIA: dict[str, Callable[[Any], Criterion]] = {"tau": Tau, "quantile": Quantile, "count": Count, "fraction": Fraction}
"""Keys of a variant, of which it has exactly one."""

End = Literal["tail", "head"]
Side = End | Literal["random"]
Magnitude = Literal["c", "silu"]
Replacement = Literal["zero", "class-mean"]


@dataclass(frozen=True)
class Pruning:
    """Which dimensions of c are pruned, at which steps, and what takes their place; the unpruned baseline is None.

    Attributes:
        side: the end of each vector's ranking that goes, or a fixed random choice of dimensions.
        criterion: how many go.
        like: random only: as many as this end would be.
        magnitude: what is ranked, |c| or |SiLU(c)|.
        replacement: what a pruned dimension becomes.
        window: at which steps.
        null: whether the null (unconditional) vector is pruned by the same rule.
        seed: of the random choice.
    """

    side: Side
    criterion: Criterion
    like: End | None
    magnitude: Magnitude
    replacement: Replacement
    window: Window
    null: bool
    seed: int

    @property
    def ranks(self) -> End:
        """The end of the ranking that decides how many dimensions go."""
        if self.side != "random":
            return self.side
        assert self.like is not None  # the schema's demand
        return self.like

    @classmethod
    def from_plain(cls, variant: Mapping[str, Any]) -> Self | None:
        """Of a variant as the study has it, validated and with its defaults; None for the baseline, which has no side."""
        if "side" not in variant:
            return None
        (criterion,) = (criterion(variant[key]) for key, criterion in CRITERIA.items() if key in variant)
        return cls(
            side=variant["side"],
            criterion=criterion,
            like=variant.get("like"),
            magnitude=variant["magnitude"],
            replacement=variant["replacement"],
            window=Window(variant["window"], variant.get("last_steps")),
            null=variant["null"],
            seed=variant["seed"],
        )


def pruned_steps(pruning: Pruning | None, steps: int, share: float) -> range:
    """The steps (0 = noisiest) at which a variant prunes; none for the baseline. Arguments: see `Window.steps`."""
    return range(0) if pruning is None else pruning.window.steps(steps, share)
