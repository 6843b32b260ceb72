"""Curves over training for every value of a factor: Figure 43 (sets of timesteps), and the ablations beyond the paper."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.reporting.core.style import MARKERS, NEUTRAL, PALETTE, blocks, save, step_axis
from semantic_bottleneck.reporting.dynamics.evidence import COSINE, NPR, DynamicsEvidence, Variant
from semantic_bottleneck.study.factors import FACTORS

Panel = tuple[str, str, str]
"""Label, kind and metric of a panel."""

SIMILARITY_AND_SPARSITY: tuple[Panel, ...] = (("Cosine of c", "c", COSINE), ("nPR of c, %", "c", NPR))
SPARSITY: tuple[Panel, ...] = (("nPR of c, %", "c", NPR), ("nPR of SiLU(c), %", "silu_c", NPR), ("nPR of t, %", "t", NPR))


def draw_figure43(evidence: DynamicsEvidence, paths: Sequence[str | Path]) -> str:
    """Training on sets of timesteps; arguments and result of these three as of `draw_factors`."""
    title = "Training on limited sets of timesteps"
    return draw_factors(evidence, FACTORS["figure43"], SIMILARITY_AND_SPARSITY, title, paths)


def draw_figure_ablations(evidence: DynamicsEvidence, paths: Sequence[str | Path]) -> str:
    """Settings of training that the paper leaves open."""
    return draw_factors(evidence, FACTORS["figure_ablations"], SIMILARITY_AND_SPARSITY, "What changes the curves", paths)


def draw_figure_causes(evidence: DynamicsEvidence, paths: Sequence[str | Path]) -> str:
    """What may cause the fall of nPR."""
    return draw_factors(evidence, FACTORS["figure_causes"], SPARSITY, "The suspects, taken away one by one", paths)


def draw_factors(
    evidence: DynamicsEvidence, factors: Sequence[str], panels: Sequence[Panel], title: str, paths: Sequence[str | Path]
) -> str:
    """One column of panels per factor, one line per value (mean over seeds, band from least to largest).

    Args:
        factors: those without variants are left out.

    Returns:
        Alt text: first and last mean of every curve.

    Raises:
        UserError: no variant varies any of the factors.
    """
    varied = [factor for factor in factors if evidence.of_factor(factor)]
    if not varied:
        raise UserError(
            f"No variant of the section dynamics varies {' or '.join(factors)}; add one, or take the figure '{title}' out of "
            "dynamics.figures."
        )
    sentences: list[str] = []
    with blocks(len(varied), len(panels), height=2.5) as (figure, cells):
        for axes, factor in zip(cells, varied, strict=True):
            levels = _levels(evidence, factor)
            for panel, (label, kind, metric) in zip(axes, panels, strict=True):
                for index, (level, variant) in enumerate(levels):
                    sentences.append(_line(panel, evidence, variant, level, index, kind, metric, f"{factor}, {label}"))
                panel.set_ylabel(label)
                step_axis(panel, evidence.curve(evidence.base.name, kind, metric).index)
            axes[0].set_title(factor[0].upper() + factor[1:])
            axes[0].legend(loc="best", fontsize=8, handlelength=1.6, labelspacing=0.3)
            axes[-1].set_xlabel("training step")
        return save(figure, paths, title, " ".join(sentences))


def _levels(evidence: DynamicsEvidence, factor: str) -> list[tuple[str, Variant]]:
    """(label, variant), the base among them: by value where all are numbers, else the base first."""
    levels = [(evidence.levels.get(factor, "base"), evidence.base)]
    levels += [(variant.level, variant) for variant in evidence.of_factor(factor)]
    try:
        return sorted(levels, key=lambda level: float(level[0]))
    except ValueError:
        return levels


def _line(
    panel: Axes, evidence: DynamicsEvidence, variant: Variant, level: str, index: int, kind: str, metric: str, where: str
) -> str:
    is_base = variant is evidence.base
    curve = evidence.curve(variant.name, kind, metric)
    mean = curve.mean(axis=1)
    colour = NEUTRAL if is_base else PALETTE[index % (len(PALETTE) - 1)]
    label = f"{level} (base)" if is_base else level
    panel.plot(mean.index, mean, color=colour, marker=MARKERS[index % len(MARKERS)], label=label, zorder=3 if is_base else 2)
    panel.fill_between(mean.index, curve.min(axis=1), curve.max(axis=1), color=colour, alpha=0.14, linewidth=0)
    return f"{where}, {label}: {mean.iloc[0]:.3g} to {mean.iloc[-1]:.3g}."
