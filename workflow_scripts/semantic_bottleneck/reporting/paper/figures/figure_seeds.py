"""How much the training seed matters: geometry and pruning cost of each replicate of one model."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.style import MARKERS, NEUTRAL, canvas, colours, legend, save
from semantic_bottleneck.reporting.core.vocabulary import heading, measure, number
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.uncertainty.estimates import ABSENT


def draw_figure_seeds(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """One row per variant, one mark per training seed with its 95 % interval: class agreement where scored, else FID.

    Returns:
        Alt text with every value.
    """
    facts, models, names, variants = evidence.facts, evidence.run, evidence.variant_names, evidence.variants
    metric = next(iter(evidence.scored(["class_agreement"])), "fid")
    scale, palette = measure(metric).scale, colours(models)
    labels, sentences = [], []
    with canvas(height=1.3 + 0.5 * len(names)) as (figure, axes):
        panel = axes[0, 0]
        for position, variant in enumerate(names):
            rows = variants[(variants["variant"] == variant) & variants["model"].isin(models)]
            labels.append(variant_title(rows.iloc[0]) if len(rows) and variant != BASELINE else variant)
            values = []
            for index, model in enumerate(models):
                score = evidence.score(model, variant, metric)
                if score is ABSENT:
                    continue
                height = position + 0.22 * (index - (len(models) - 1) / 2)
                panel.hlines(height, score.low * scale, score.high * scale, color=palette[model], linewidth=1.4)
                look = {"color": palette[model], "marker": MARKERS[index % len(MARKERS)], "linestyle": ""}
                panel.plot(score.value * scale, height, **look, label=facts.title(model) if position == 0 else None)
                values.append(number(metric, score.value))
            sentences.append(f"{labels[-1]}: {', '.join(values)}.")
        panel.set_yticks(range(len(names)), labels)
        panel.invert_yaxis()
        panel.grid(axis="y", visible=False)
        panel.set_xlabel(heading(metric) + (", %" if measure(metric).suffix else ""), color=NEUTRAL)
        legend(figure, panel, columns=1)
        alt = f"{measure(metric).label} of {', '.join(facts.title(model) for model in models)} per variant. " + " ".join(
            sentences
        )
        return save(figure, paths, f"{facts.title(models[0])}, one mark per training seed", alt)
