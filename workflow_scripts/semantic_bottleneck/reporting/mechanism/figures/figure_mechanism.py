"""Every arm in one look: how alike and how sparse c is, how well it draws, and what pruning costs."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.core.measures import mean_over
from semantic_bottleneck.reporting.core.style import HEAD, NEUTRAL, PALETTE, RANDOM, TAIL, canvas, save
from semantic_bottleneck.reporting.mechanism.evidence import COSINE, COST, NPR, Arm, MechanismEvidence
from semantic_bottleneck.uncertainty.scales import PERCENT, POSITIVE, Scale, scale_of

SIDES = {"tail": TAIL, "head": HEAD, "random": RANDOM, "mean": PALETTE[2]}
"""What the name of a variant begins with -> its colour."""

LOST = ": points lost"

Panel = tuple[str, str, Callable[[Arm], pd.Series], Scale]
"""Title, colour, a number by seed, and its range."""


def draw_figure_mechanism(evidence: MechanismEvidence, paths: Sequence[str | Path]) -> str:
    """One panel per number and one row per arm; dots are trainings, lines 95 % intervals of their mean (Student t).

    Returns:
        Alt text with every mean.
    """
    panels, arms, sentences = _panels(evidence), evidence.arms, []
    span = _span(evidence)
    rows = -(-len(panels) // 2)
    with canvas(rows, 2, height=rows * (0.75 + 0.19 * len(arms)), sharey=True) as (figure, axes):
        for axis in axes.flat[len(panels) :]:
            axis.remove()
        for axis, (title, colour, of, scale) in zip(axes.flat, panels, strict=False):
            means = []
            for row, arm in enumerate(arms):
                if not len(values := of(arm)):
                    continue
                mean = mean_over(values, scale=scale)
                axis.plot(values, [row] * len(values), linestyle="", marker="o", markersize=3, color=colour, alpha=0.5)
                axis.hlines(row, *mean.ends(), color=colour, linewidth=1.2)
                axis.plot(mean.value, row, marker="|", markersize=10, color=colour)
                means.append(f"{arm.title} {mean.value:.4g}")
            if title.endswith(LOST):
                axis.set_xlim(*span)
            axis.set_yticks(range(len(arms)), [arm.title for arm in arms])
            axis.set_ylim(len(arms) - 0.5, -0.5)
            axis.set_title(title)
            sentences.append(f"{title}: {', '.join(means)}.")
        return save(figure, paths, "What every arm does to c, and what pruning costs it", " ".join(sentences))


def _span(evidence: MechanismEvidence) -> tuple[float, float]:
    """One axis for all costs, so that what costs little looks as if it did."""
    costs = [cost for arm in evidence.arms for variant in evidence.variants for cost in evidence.cost(arm, variant)]
    return min([-5.0, *costs]) - 1, max([20.0, *costs]) + 5


def _panels(evidence: MechanismEvidence) -> list[Panel]:
    def cost(variant: str) -> Panel:
        colour = SIDES.get(variant.split("-")[0], NEUTRAL)
        return f"{variant}{LOST}", colour, lambda arm: evidence.cost(arm, variant), COST

    first: list[Panel] = [
        ("Cosine of c", NEUTRAL, lambda arm: evidence.geometric(arm, "c", COSINE), scale_of(COSINE)),
        ("nPR of c, %", NEUTRAL, lambda arm: evidence.geometric(arm, "c", NPR), scale_of(NPR)),
        ("Agreement, %", NEUTRAL, evidence.agreement, PERCENT),
        ("Loss at the end", NEUTRAL, evidence.loss, POSITIVE),
    ]
    return first + [cost(variant) for variant in evidence.variants]
