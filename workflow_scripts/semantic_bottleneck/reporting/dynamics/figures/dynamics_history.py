"""Figure 12 of a dynamics study: similarity, sparsity and size of c, SiLU(c), t and y over training."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.style import MARKERS, blocks, colours, save, step_axis
from semantic_bottleneck.reporting.dynamics.evidence import COSINE, NORM, NPR, DynamicsEvidence

ALIKE = {"c": "c", "silu_c": "SiLU(c)", "y": "y", "batch_c": "c, timesteps mixed", "batch_t": "t, timesteps mixed"}
SINGLE = {"c": "c", "silu_c": "SiLU(c)", "y": "y", "t": "t"}
PANELS = (("Cosine similarity", COSINE, ALIKE), ("nPR, %", NPR, SINGLE), ("Mean norm", NORM, SINGLE))


def draw_figure12(evidence: DynamicsEvidence, paths: Sequence[str | Path]) -> str:
    """The base at every checkpoint, mean over timesteps unless said otherwise; line = mean, band = least to largest seed.

    Returns:
        Alt text: first, largest and last mean of every curve.
    """
    palette, sentences = colours(["c", "silu_c", "t", "y", "batch_c", "batch_t"]), []
    base = evidence.base.name
    with blocks(1, len(PANELS), height=2.9) as (figure, cells):
        for panel, (label, metric, kinds) in zip(cells[0], PANELS, strict=True):
            for index, (kind, name) in enumerate(kinds.items()):
                curve = evidence.curve(base, kind, metric)
                mean = curve.mean(axis=1)
                look = {"color": palette[kind], "linestyle": "--" if kind.startswith("batch") else "-"}
                panel.plot(mean.index, mean, marker=MARKERS[index], label=name, **look)
                panel.fill_between(
                    mean.index, curve.min(axis=1), curve.max(axis=1), color=palette[kind], alpha=0.18, linewidth=0
                )
                sentences.append(
                    f"{label} of {name}: {mean.iloc[0]:.3g} at step 0, at most {mean.max():.3g} (step {mean.idxmax():,}), "
                    f"{mean.iloc[-1]:.3g} at step {mean.index[-1]:,}."
                )
            panel.set_ylabel(label)
            step_axis(panel, curve.index)
            panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=1.8)
        cells[0][-1].set_xlabel("training step")
        figure.set_figwidth(figure.get_figwidth() + 1.6)
        seeds = len(curve.columns)
        return save(figure, paths, f"Similarity, sparsity and size over training, {seeds} seeds", " ".join(sentences))
