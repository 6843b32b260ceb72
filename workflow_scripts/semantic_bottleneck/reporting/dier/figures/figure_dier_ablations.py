"""Width of v_t, who sees t, and the learning rate."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.reporting.core.style import MARKERS, PALETTE, canvas, colours, save
from semantic_bottleneck.reporting.dier.evidence import INPUTS, DierEvidence


def draw_figure_dier_ablations(evidence: DierEvidence, paths: Sequence[str | Path]) -> str:
    """Left to right: LPA against t of every variant, one panel per data set; then LPA and the encoder's gradient against the
    learning rate, where a data set has such runs.

    Returns:
        Alt text with the numbers.
    """
    names = evidence.data()
    swept = [data for data in names if evidence.variants(data, role="learning-rate")]
    sentences: list[str] = []
    panels = len(names) + len(swept)
    columns = min(2, max(1, panels))
    rows = -(-max(1, panels) // columns)
    with canvas(rows, columns, height=3.9 * rows) as (figure, axes):
        free = list(axes.ravel())
        for data in names:
            _curves(free.pop(0), evidence, data, sentences)
        for data in swept:
            _rates(free.pop(0), evidence, data, sentences)
        for unused in free:
            unused.remove()
        return save(figure, paths, "Width of the vector, who sees t, learning rate", " ".join(sentences))


def _curves(panel, evidence: DierEvidence, data: str, sentences: list[str]) -> None:
    variants = evidence.variants(data, role="ablation")
    palette = colours(variants)
    for index, variant in enumerate(variants):
        curve = evidence.curve(data, variant, "lpa")
        look = {"color": palette[variant], "marker": MARKERS[index % len(MARKERS)]}
        panel.fill_between(
            curve["timestep"], 100 * curve["min"], 100 * curve["max"], color=palette[variant], alpha=0.15, linewidth=0
        )
        panel.plot(curve["timestep"], 100 * curve["mean"], label=evidence.variant_title(variant), **look)
        before = 100 * evidence.curve(data, variant, "lpa_untrained")["mean"].mean()
        panel.axhline(before, color=palette[variant], linewidth=1.0, linestyle=":")
        points = ", ".join(f"{100 * value:.1f} at {t}" for t, value in zip(curve["timestep"], curve["mean"], strict=True))
        sentences.append(f"{evidence.title(data)}, {evidence.variant_title(variant)}: {points}; untrained {before:.1f}.")
    pixels = 100 * evidence.values(data, INPUTS, "lpa", detail="pixels").mean()
    panel.axhline(pixels, color="#3B3B3B", linestyle="--", linewidth=1.2, label="pixels")
    panel.plot([], [], color="#3B3B3B", linestyle=":", linewidth=1.0, label="untrained, same colour")
    panel.set_title(evidence.title(data))
    panel.set_xlabel("timestep t")
    panel.set_ylabel("linear probe accuracy, %")
    panel.legend(loc="upper center", bbox_to_anchor=(0.46, -0.17), ncols=2, handlelength=1.6, columnspacing=1.0)


def _rates(panel, evidence: DierEvidence, data: str, sentences: list[str]) -> None:
    rates, variants = zip(*evidence.rates(data).items(), strict=True)
    replicates = [100 * evidence.values(data, name, "lpa", evidence.middle(data, name)) for name in variants]
    accuracy = [values.mean() for values in replicates]
    ends = ([getattr(values, end)() for values in replicates] for end in ("min", "max"))
    panel.fill_between(rates, *ends, color=PALETTE[0], alpha=0.15, linewidth=0)
    panel.plot(rates, accuracy, color=PALETTE[0], marker="o", label="LPA (left)")
    panel.set_xscale("log")
    panel.set_title(f"{evidence.title(data)}: short runs, {evidence.seeds(data, variants[0])}")
    panel.set_xlabel("learning rate")
    panel.set_ylabel("linear probe accuracy, %")
    norms = [
        float(
            pd.concat([log.tail(max(1, len(log) // 10)) for log in evidence.logs[data, name]])["encoder_gradient_norm"].median()
        )
        for name in variants
    ]
    other = panel.twinx()
    other.plot(rates, norms, color=PALETTE[1], marker="s")
    other.set_yscale("log")
    other.grid(visible=False)
    other.set_ylabel("encoder's gradient norm")
    panel.plot([], [], color=PALETTE[1], marker="s", label="gradient norm (right)")
    panel.legend(loc="upper center", bbox_to_anchor=(0.46, -0.17), ncols=2, handlelength=1.6)
    points = ", ".join(
        f"{rate:g}: LPA {value:.1f}, gradient {norm:.3g}" for rate, value, norm in zip(rates, accuracy, norms, strict=True)
    )
    sentences.append(f"{evidence.title(data)}, learning rate {points}.")
