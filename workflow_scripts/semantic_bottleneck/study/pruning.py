"""What a pruning variant says, as types. Its keys, their ranges and defaults: config/schemas/study.schema.yaml.

Standard library only: the study asks for windows and counts, jobs for what is removed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from semantic_bottleneck.errors import UserError
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


@dataclass(frozen=True)
class Ranks:
    """The dimensions from one rank to another, the largest being rank 1.

    Attributes:
        ends: whole numbers are the first and the last rank, both included; with a float among them they are shares of the
            dimensions: (0.0, 0.25) is the largest quarter, and (0.25, 1.0) begins where it ends.
    """

    ends: Sequence[float]

    def among(self, dimensions: int) -> range:
        """Positions in descending order, from 0, that go of so many dimensions."""
        first, last = self.ends
        if self.are_shares:
            return range(round(first * dimensions), round(last * dimensions))
        return range(int(first) - 1, min(int(last), dimensions))

    @property
    def are_shares(self) -> bool:
        return any(isinstance(end, float) for end in self.ends)


Criterion = Tau | Quantile | Count | Fraction | Ranks
CRITERIA: dict[str, Callable[[Any], Criterion]] = {
    "tau": Tau,
    "quantile": Quantile,
    "count": Count,
    "fraction": Fraction,
    "ranks": Ranks,
}
"""Keys of a variant, of which it has exactly one."""

DEFAULTS: dict[str, Any] = {
    "ranked_by": "magnitude",
    "mask": "per-vector",
    "replacement": "zero",
    "shift": 1,
    "noise": None,
    "window": "every",
    "branch": "both",
    "seed": 0,
}
"""Those of the schema, for whoever writes no study: a package has no schemas. A test holds both equal."""

End = Literal["tail", "head"]
Ranked = End | Literal["ranks"]
Side = Ranked | Literal["random"]
RankedBy = Literal["magnitude", "silu", "class-variance", "time-variance"]
Mask = Literal["per-vector", "shared"]
Replacement = Literal["zero", "class-mean", "other-class"]
Branch = Literal["both", "conditional"]


@dataclass(frozen=True)
class Pruning:
    """Which dimensions of c are changed, at which steps, and what takes their place; the unpruned baseline is None.

    Attributes:
        side: the part of the ranking that goes, or a random choice of dimensions.
        criterion: how many go.
        like: random only: as many as this side would be.
        ranked_by: what is ranked: |c|, |SiLU(c)|, or each dimension's variance over conditions or over timesteps.
        mask: whether each vector has its own choice, or all have that of their mean; of random choices, whether the vectors
            of a group of samples share one.
        replacement: what a pruned dimension becomes: zero, its mean over conditions, or that of another condition's vector.
        shift: of `other-class`: the condition that many places further on.
        noise: standard deviation of what is added instead of replacing, in units of each dimension's spread over
            conditions; None for a replacement.
        window: at which steps.
        branch: whether the null (unconditional) vector is changed by the same rule.
        seed: of random choices and of the noise.
    """

    side: Side
    criterion: Criterion
    like: Ranked | None
    ranked_by: RankedBy
    mask: Mask
    replacement: Replacement
    shift: int
    noise: float | None
    window: Window
    branch: Branch
    seed: int

    @classmethod
    def tail(cls, **keys: Any) -> Self:
        """The small entries of c: `Pruning.tail(tau=0.01)`. Keys as in a study's `pruning.variants`, with their defaults.

        Raises:
            UserError: an unknown key; no criterion, or several.
        """
        return cls._of("tail", keys)

    @classmethod
    def head(cls, **keys: Any) -> Self:
        """The large entries of c; as `tail`."""
        return cls._of("head", keys)

    @classmethod
    def between(cls, first: float, last: float, **keys: Any) -> Self:
        """The entries from one rank to another, the largest being 1; as `tail`, and see `Ranks`."""
        return cls._of("ranks", {"ranks": (first, last), **keys})

    @classmethod
    def random(cls, like: Ranked, **keys: Any) -> Self:
        """As many entries as `like` would take, chosen at random; as `tail`."""
        return cls._of("random", {"like": like, **keys})

    @classmethod
    def _of(cls, side: Side, keys: dict[str, Any]) -> Self:
        unknown = keys.keys() - {*DEFAULTS, *CRITERIA, "like", "last_steps"}
        if unknown:
            raise UserError(f"A pruning has no key {', '.join(sorted(unknown))}; it has {', '.join([*CRITERIA, *DEFAULTS])}.")
        if len(keys.keys() & CRITERIA.keys()) != 1:
            raise UserError(
                f"A pruning needs exactly one of {', '.join(CRITERIA)}; {side} was given {', '.join(keys) or 'none'}."
            )
        made = cls.from_plain({"side": side, **DEFAULTS, **keys})
        assert made is not None  # it has a side
        return made

    @property
    def ranks(self) -> Ranked:
        """The part of the ranking that decides how many dimensions go."""
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
            ranked_by=variant["ranked_by"],
            mask=variant["mask"],
            replacement=variant["replacement"],
            shift=variant["shift"],
            noise=variant["noise"],
            window=Window(variant["window"], variant.get("last_steps")),
            branch=variant["branch"],
            seed=variant["seed"],
        )


def pruned_steps(pruning: Pruning | None, steps: int, share: float) -> range:
    """The steps (0 = noisiest) at which a variant prunes; none for the baseline. Arguments: see `Window.steps`."""
    return range(0) if pruning is None else pruning.window.steps(steps, share)
