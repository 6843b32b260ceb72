"""A study's variants as a tree: one trunk per model, and branches that share its first steps. Standard library only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BASELINE = "baseline"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Trunk:
    """How one model's trajectories are run.

    Attributes:
        samples: per variant.
        evaluations: rows given to the network per sample at each step; None if only a run can tell (adaptive solvers).
        starts: variant -> step at which its own work begins (0: from noise).
        windows: variant -> first step that it prunes.
    """

    samples: int
    evaluations: Sequence[int] | None
    starts: Mapping[str, int]
    windows: Mapping[str, int]

    def cost(self, variant: str = BASELINE) -> int:
        """Evaluations of a variant's own work, over all samples; an adaptive trajectory counts as none."""
        start = 0 if variant == BASELINE else self.starts[variant]
        return self.samples * sum((self.evaluations or [])[start:])


@dataclass(frozen=True)
class Cost:
    """Model evaluations of a set of (model, variant) pairs.

    Attributes:
        naive: every pair as a trajectory of its own.
        planned: one trunk per model and a branch per variant; the baseline is always among them, since every score is
            compared with it.
        images: final latents, each decoded once.
    """

    pairs: int
    naive: int
    planned: int
    images: int

    @property
    def ratio(self) -> float:
        return self.planned / self.naive if self.naive else float("nan")


def pairs_of(wanted: Mapping[str, Sequence[str]]) -> list[Pair]:
    """(model, variant) of a table: {models: [...], variants: [...]}."""
    return [(model, variant) for model in wanted["models"] for variant in wanted["variants"]]


def cost_of(pairs: Iterable[Pair], trunks: Mapping[str, Trunk]) -> Cost:
    """The cost of distinct pairs."""
    distinct = list(dict.fromkeys(pairs))
    run = list(dict.fromkeys([*((model, BASELINE) for model, _ in distinct), *distinct]))
    return Cost(
        pairs=len(distinct),
        naive=sum(trunks[model].cost() for model, _ in distinct),
        planned=sum(trunks[model].cost(variant) for model, variant in run),
        images=sum(trunks[model].samples for model, _ in run),
    )


def added(costs: Iterable[Cost]) -> Cost:
    """The cost of pairs that share nothing."""
    costs = list(costs)
    return Cost(*(sum(getattr(cost, name) for cost in costs) for name in ("pairs", "naive", "planned", "images")))


def wasted_steps(pairs: Iterable[Pair], trunks: Mapping[str, Trunk]) -> dict[Pair, int]:
    """Unpruned steps that late variants repeat because the trunk leaves no snapshot where they start to prune.

    A variant that prunes at the very first step repeats nothing and is left out.
    """
    late = {pair: trunks[pair[0]].windows[pair[1]] - trunks[pair[0]].starts[pair[1]] for pair in pairs if pair[1] != BASELINE}
    return {pair: steps for pair, steps in late.items() if steps > 0}
