"""Figure 12: similarity and sparsity over training, from initialisation on; several seeds as a band."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.style import MARKERS, blocks, colours, legend, save, step_axis
from semantic_bottleneck.reporting.core.vocabulary import GEOMETRY_KINDS, measure
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.geometry import training_curve

METRICS = ("cosine_similarity", "normalized_participation_ratio_percent")
KINDS = ("c", "silu_c", "y")


def draw_figure12(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Cosine similarity and nPR of c, SiLU(c) and y at the initial timestep against the training step.

    One column of panels per model; of replicates the line is the mean, the band goes from least to largest.

    Returns:
        Alt text: first and last value of every curve.
    """
    palette, sentences = colours(["c", "silu_c", "t", "y"]), []
    facts, groups = evidence.facts, groups_of(evidence.run, evidence.facts)
    steps = evidence.geometry.by("training_step").index
    with blocks(len(groups), 2, height=2.4) as (figure, cells):
        for axes, group in zip(cells, groups, strict=True):
            title = facts.title(group[0]) + (f", {len(group)} seeds" if len(group) > 1 else "")
            axes[0].set_title(title)
            for panel, metric in zip(axes, METRICS, strict=True):
                for index, kind in enumerate(KINDS):
                    curve = training_curve(evidence.geometry, group, kind, metric, facts.initial_timesteps)
                    if curve.empty:
                        continue
                    look = {"color": palette[kind], "label": GEOMETRY_KINDS[kind]}
                    panel.plot(curve["training_step"], curve["mean"], marker=MARKERS[index], **look)
                    panel.fill_between(
                        curve["training_step"], curve["min"], curve["max"], color=palette[kind], alpha=0.2, linewidth=0
                    )
                    sentences.append(
                        f"{title}, {GEOMETRY_KINDS[kind]}, {measure(metric).label}: {curve['mean'].iloc[0]:.4g} at step "
                        f"{curve['training_step'].iloc[0]:,.0f}, {curve['mean'].iloc[-1]:.4g} at step "
                        f"{curve['training_step'].iloc[-1]:,.0f}."
                    )
                panel.set_ylabel(measure(metric).label + (", %" if metric.endswith("percent") else ""))
                step_axis(panel, [step for step in steps if step >= 0])
            axes[1].set_xlabel("training step")
        legend(figure, cells[0][0])
        return save(figure, paths, "Similarity and sparsity over training", " ".join(sentences))


def groups_of(models: Sequence[str], facts: ReportFacts) -> list[list[str]]:
    """Models in their order, replicates of one together."""
    together = {name: first for first, group in facts.replicates.items() for name in group}
    groups: dict[str, list[str]] = {}
    for model in models:
        groups.setdefault(together.get(model, model), []).append(model)
    return list(groups.values())
