"""Is a picture with little on it read best at another timestep?"""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.style import MARKERS, canvas, colours, save
from semantic_bottleneck.reporting.dier.evidence import DierEvidence
from semantic_bottleneck.reporting.dier.sentences import spread


def draw_figure_dier_sparsity(evidence: DierEvidence, paths: Sequence[str | Path]) -> str:
    """Left: LPA minus each replicate's mean over t against t, one line for each data set. Right: held-out images in tenths of
    their share of lit pixels, mean of their best t against mean share. Lines are means over replicates, bands least to largest.

    Returns:
        Alt text with the numbers.
    """
    names, sentences = evidence.data(), []
    palette = colours(names)
    with canvas(1, 2, height=4.2) as (figure, axes):
        curves, tenths = axes.ravel()
        for index, data in enumerate(names):
            variant = evidence.headline(data)
            look = {"color": palette[data], "marker": MARKERS[index % len(MARKERS)], "label": evidence.title(data)}
            table = evidence.rows(data, variant, "lpa").pivot(index="timestep", columns="replicate", values="value")
            shapes = 100 * (table - table.mean())
            _line(curves, shapes.index, shapes, look)
            parts = evidence.rows(data, variant, "best_timestep")
            best = parts.pivot(index="detail", columns="replicate", values="value")
            lit = 100 * parts.groupby("detail")["share"].mean()
            order = lit.sort_values().index
            _line(tenths, lit[order], best.loc[order], look)
            rho = evidence.estimate(data, variant, "sparsity_correlation", detail="within classes")
            points = ", ".join(f"{best.loc[part].mean():.0f} at {lit[part]:.1f} % lit" for part in order)
            sentences.append(
                f"{evidence.title(data)}: LPA highest at t = {evidence.best(data, variant)}; mean best t of images {points}; "
                f"rank correlation within classes {spread(rho, '{:+z.2f}')}."
            )
        curves.set_xlabel("timestep t given to the encoder")
        curves.set_ylabel("LPA minus the replicate's\nmean over t, points")
        tenths.set_xlabel("lit pixels, %")
        tenths.set_ylabel("best t of an image")
        if names:
            curves.legend(loc="upper center", bbox_to_anchor=(1.1, -0.17), ncols=2)
        return save(figure, paths, "Lit pixels and the best timestep", " ".join(sentences))


def _line(panel, places, values, look) -> None:
    panel.fill_between(places, values.min(axis=1), values.max(axis=1), color=look["color"], alpha=0.15, linewidth=0)
    panel.plot(places, values.mean(axis=1), **look)
