"""How far nPR moves from initialisation to the last step, for every variant, in one look."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.measures import mean_over
from semantic_bottleneck.reporting.core.style import MARKERS, NEUTRAL, canvas, colours, legend, save
from semantic_bottleneck.reporting.dynamics.evidence import DynamicsEvidence

KINDS = {"c": "c", "silu_c": "SiLU(c)", "t": "t", "y": "y"}


def draw_figure_changes(evidence: DynamicsEvidence, paths: Sequence[str | Path]) -> str:
    """One row per variant; marks are means over seeds with 95 % intervals (Student t), in percentage points.

    Returns:
        Alt text with every mean.
    """
    palette, sentences = colours(list(KINDS)), []
    variants = list(evidence.variants)
    with canvas(height=1.5 + 0.42 * len(variants)) as (figure, axes):
        panel = axes[0, 0]
        for position, variant in enumerate(variants):
            changes = []
            for index, (kind, name) in enumerate(KINDS.items()):
                change = mean_over(evidence.change(variant.name, kind))
                height = position + 0.18 * (index - (len(KINDS) - 1) / 2)
                panel.hlines(height, *change.ends(), color=palette[kind], linewidth=1.3, alpha=0.75)
                look = {"color": palette[kind], "marker": MARKERS[index], "linestyle": ""}
                panel.plot(change.value, height, **look, label=name if position == 0 else None)
                changes.append(f"{name} {change.value:+.1f}")
            sentences.append(f"{variant.title}: {', '.join(changes)}.")
        panel.axvline(0, color=NEUTRAL, linewidth=0.9)
        panel.set_yticks(range(len(variants)), [variant.title for variant in variants])
        panel.set_ylim(len(variants) - 0.5, -0.5)
        panel.grid(axis="y", visible=False)
        for position in range(1, len(variants), 2):
            panel.axhspan(position - 0.5, position + 0.5, color="#F3F3F3", linewidth=0, zorder=0)
        panel.set_xlabel("change of nPR, percentage points")
        legend(figure, panel, columns=4)
        return save(figure, paths, "What moves nPR", "Change of nPR. " + " ".join(sentences))
