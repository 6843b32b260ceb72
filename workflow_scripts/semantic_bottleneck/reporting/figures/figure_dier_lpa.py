"""Linear probe accuracy of the learned vector against the timestep, per data set, beside its baselines."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.dier.measured import INPUTS, Measured
from semantic_bottleneck.reporting.figures.style import NEUTRAL, PALETTE, blocks, legend, save

LINES = (("lpa", PALETTE[0], "trained", "o"), ("lpa_untrained", "#8A8A8A", "untrained encoder", "s"))


def draw_figure_dier_lpa(measured: Measured, paths: Sequence[str | Path]) -> str:
    """One panel per data set: lines are means over replicates, bands their least to largest; the peak is marked.

    Returns:
        Alt text with the curve in numbers.
    """
    names, sentences = measured.data(), []
    with blocks(max(1, len(names)), 1, height=3.4) as (figure, cells):
        for (panel,), data in zip(cells, names, strict=False):
            variant = measured.headline(data)
            panel.set_title(f"{measured.title(data)}: {measured.variant_title(variant)}, {measured.count(data, variant)} seeds")
            for quantity, colour, label, marker in LINES:
                curve = measured.curve(data, variant, quantity)
                panel.fill_between(
                    curve["timestep"], 100 * curve["min"], 100 * curve["max"], color=colour, alpha=0.18, linewidth=0
                )
                panel.plot(curve["timestep"], 100 * curve["mean"], color=colour, marker=marker, label=label)
                said = ", ".join(f"{100 * value:.1f} at {t}" for t, value in zip(curve["timestep"], curve["mean"], strict=True))
                sentences.append(f"{measured.title(data)}, {label}: {said}.")
            pixels = 100 * measured.values(data, INPUTS, "lpa", detail="pixels").mean()
            panel.axhline(pixels, color=PALETTE[1], linestyle="--", linewidth=1.3, label="pixels")
            best = measured.best(data, variant)
            top = 100 * measured.values(data, variant, "lpa", best).mean()
            panel.plot(
                [best],
                [top],
                marker="o",
                markersize=11,
                markerfacecolor="none",
                color=NEUTRAL,
                label="highest mean",
                linestyle="",
            )
            panel.set_xlabel("timestep t given to the encoder")
            panel.set_ylabel("linear probe accuracy, %")
            sentences.append(f"Pixels {pixels:.1f}; highest mean {top:.1f} at t = {best}.")
        if names:
            legend(figure, cells[0][0], columns=4)
        return save(figure, paths, "Linear probe accuracy against the timestep", "LPA in percent. " + " ".join(sentences))
