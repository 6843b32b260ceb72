"""Where the two papers meet: the first paper's instruments on the learned vector, against the timestep."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.style import PALETTE, blocks, legend, plain_log, save
from semantic_bottleneck.reporting.dier.claims import GAUSSIAN_NPR
from semantic_bottleneck.reporting.dier.evidence import DierEvidence

KINDS = {"v": (PALETTE[0], "v"), "wv": (PALETTE[2], "W v"), "c": (PALETTE[1], "c = t + W v")}
PANELS = {
    "cosine_similarity": "pairwise cosine",
    "normalized_participation_ratio_percent": "nPR, %",
    "near_zero_percent": "entries near zero, %",
    "variance_total": "variance over images",
}


def draw_figure_dier_geometry(evidence: DierEvidence, paths: Sequence[str | Path]) -> str:
    """A column of panels per data set; solid: raw, dashed: through SiLU; bands: least to largest replicate.

    Returns:
        Alt text: first, middle and last value of every curve.
    """
    names, sentences = evidence.data(), []
    with blocks(max(1, len(names)), len(PANELS), height=2.3, sharex=True) as (figure, cells):
        for axes, data in zip(cells, names, strict=False):
            variant = evidence.headline(data)
            axes[0].set_title(f"{evidence.title(data)}: {evidence.variant_title(variant)}")
            for panel, (metric, label) in zip(axes, PANELS.items(), strict=True):
                for kind, (colour, name) in KINDS.items():
                    for detail, style, title in ((kind, "-", name), (f"silu_{kind}", "--", f"SiLU({name.split(' = ')[0]})")):
                        curve = evidence.curve(data, variant, metric, detail)
                        panel.fill_between(curve["timestep"], curve["min"], curve["max"], color=colour, alpha=0.12, linewidth=0)
                        panel.plot(
                            *(curve["timestep"], curve["mean"]),
                            color=colour,
                            linestyle=style,
                            label=title,
                            marker="o",
                            markersize=3,
                        )
                        ends = curve.iloc[[0, len(curve) // 2, -1]]
                        points = ", ".join(
                            f"{value:.3g} at {t:.0f}" for t, value in zip(ends["timestep"], ends["mean"], strict=True)
                        )
                        sentences.append(f"{evidence.title(data)}, {label} of {title}: {points}.")
                if metric.startswith("normalized"):
                    panel.axhline(GAUSSIAN_NPR, color="#8A8A8A", linestyle=":", linewidth=1.2)
                if metric == "variance_total":
                    plain_log(panel)
                panel.set_ylabel(label)
                panel.tick_params(labelbottom=panel is axes[-1])
            axes[-1].set_xlabel("timestep t")
        if names:
            legend(figure, cells[0][0], columns=3)
        return save(figure, paths, "The learned vector under the first paper's instruments", " ".join(sentences))
