"""Pruning the learned vector: accuracy and denoising error against the share of dimensions kept."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.style import HEAD, PALETTE, RANDOM, TAIL, blocks, legend, plain_log, save
from semantic_bottleneck.reporting.dier.evidence import DierEvidence

WAYS = {
    "tail/c/zero": ("tail by |x|", TAIL, "-", "o"),
    "tail/silu/zero": ("tail by |SiLU(x)|", TAIL, "--", "s"),
    "head/c/zero": ("head by |x|", HEAD, "-", "o"),
    "head/silu/zero": ("head by |SiLU(x)|", HEAD, "--", "s"),
    "random/c/zero": ("random", RANDOM, "-", "^"),
    "tail/c/mean": ("tail to its mean", PALETTE[2], "-", "D"),
}
SITES = {"v": "v_t pruned", "wv": "W v_t pruned"}
QUANTITIES = {"pruned_lpa": "LPA, %", "pruned_loss": "denoising loss"}


def draw_figure_dier_pruning(evidence: DierEvidence, paths: Sequence[str | Path]) -> str:
    """A column of panels per pruned variant: LPA of a frozen probe and denoising loss, v_t above, W v_t below.

    Returns:
        Alt text with the values where about a third is kept.
    """
    pruned = [
        (data, variant)
        for data in evidence.data()
        for variant in evidence.variants(data)
        if len(evidence.rows(data, variant, "pruned_lpa"))
    ]
    t, sentences = evidence.study["pruning"]["timestep"], []
    with blocks(max(1, len(pruned)), 4, height=2.2) as (figure, cells):
        for axes, (data, variant) in zip(cells, pruned, strict=False):
            panels = [(site, quantity) for site in SITES for quantity in QUANTITIES]
            axes[0].set_title(f"{evidence.title(data)}: {evidence.variant_title(variant)}, t = {t}")
            for panel, (site, quantity) in zip(axes, panels, strict=True):
                scale = 100 if quantity == "pruned_lpa" else 1
                for way, (label, colour, style, marker) in WAYS.items():
                    rows = evidence.rows(data, variant, quantity, detail=f"{site}/{way}")
                    curve = rows.groupby("share")["value"].agg(["mean", "min", "max"]).reset_index()
                    kept = 100 * curve["share"]
                    panel.fill_between(kept, scale * curve["min"], scale * curve["max"], color=colour, alpha=0.12, linewidth=0)
                    panel.plot(kept, scale * curve["mean"], color=colour, linestyle=style, marker=marker, label=label)
                    near = curve.iloc[(curve["share"] - 0.34).abs().argmin()]
                    sentences.append(
                        f"{evidence.title(data)}, {evidence.variant_title(variant)}, {SITES[site]}, {label}: "
                        f"{QUANTITIES[quantity]} {scale * near['mean']:.3g} with {100 * near['share']:.0f} % kept."
                    )
                if quantity == "pruned_loss":
                    plain_log(panel)
                panel.set_ylabel(f"{SITES[site]}:\n{QUANTITIES[quantity]}")
            axes[-1].set_xlabel("dimensions kept, %")
        if pruned:
            legend(figure, cells[0][0], columns=3)
        return save(figure, paths, "Pruning the learned vector", " ".join(sentences))
