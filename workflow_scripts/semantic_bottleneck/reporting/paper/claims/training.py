"""Claims about training: similarity rises, the number of used dimensions falls."""

from functools import partial

import pandas as pd

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Finding, Rule, beyond
from semantic_bottleneck.reporting.core.measures import mean_over
from semantic_bottleneck.reporting.core.vocabulary import measure, number
from semantic_bottleneck.reporting.paper.claims.subjects import each_model
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.geometry import training_curve
from semantic_bottleneck.reporting.paper.trainings import scope
from semantic_bottleneck.uncertainty.scales import scale_of

STEADY = 0.8
"""Rank correlation with the training step from which a curve counts as rising or falling throughout."""
FEWEST = 4
"""Checkpoints below which there is no curve to judge."""


def _judge(metric: str, sign: int, evidence: PaperEvidence, model: str) -> Finding:
    title, seeds = evidence.facts.title(model), evidence.facts.trainings(model)
    timesteps = evidence.facts.initial_timesteps
    curves = [
        training_curve(evidence.geometry, [seed], "c", metric, timesteps).set_index("training_step")["mean"] for seed in seeds
    ]
    curves = [curve for curve in curves if len(curve) >= FEWEST]
    if not curves:
        return Finding(model, title, NOT_RUN, f"{title}: there are no checkpoints from along its training.")
    change = mean_over((curve.iloc[-1] - curve.iloc[0] for curve in curves), scale=scale_of(metric, "difference"))
    steady = sum(_steadiness(curve) for curve in curves) / len(curves)
    verdict = beyond(change.scaled(sign), 0.0)  # of a single training: open, whatever its curve
    if verdict == HOLDS and sign * steady < STEADY - 1e-9:
        verdict = OPEN
    if sign * steady <= 0 and len(curves) > 1:
        verdict = FAILS
    mean = pd.concat(curves, axis=1).mean(axis=1)
    inner = mean.iloc[1:-1]
    extremes = ", ".join(
        f"{number(metric, inner[step])} at step {step:,.0f}" for step in sorted({inner.idxmin(), inner.idxmax()})
    )
    low, high = change.ends()
    interval = (
        f" [{number(metric, low, signed=True, unit=False)} to {number(metric, high, signed=True, unit=False)}]"
        if low != high
        else ""
    )
    alone = "" if len(curves) > 1 else " One training decides nothing."
    sentence = (
        f"{title}, {scope(change)}: {measure(metric).label} "
        f"{number(metric, mean.iloc[0])} at step {mean.index[0]:,.0f}, {extremes}, "
        f"{number(metric, mean.iloc[-1])} at step {mean.index[-1]:,.0f}; "
        f"change {number(metric, change.value, signed=True)}{interval}, "
        f"rank correlation with the step {_signed(steady)}.{alone}"
    )
    return Finding(model, title, verdict, sentence, tuple(f"geometry/{seed}/training.parquet" for seed in seeds))


def _steadiness(curve: pd.Series) -> float:
    """Rank correlation with the training step; 0 for a constant curve."""
    # Imported only here: scipy.stats takes longer than a table, and few studies show training.
    from scipy.stats import spearmanr

    return float(spearmanr(curve.index, curve).statistic) if curve.nunique() > 1 else 0.0


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _trend(name: str, statement: str, metric: str, sign: int) -> Rule:
    way = "rises" if sign > 0 else "falls"
    rule = (
        f"holds where {measure(metric).label} of c at the initial timestep {way} from initialisation to the end (interval over "
        f"trainings; a single one is inconclusive) and its rank correlation with the step is at least {STEADY}; "
        "does not hold where the end lies on the other side or the correlation is not in that direction at all"
    )
    return Rule(name, statement, rule, each_model(partial(_judge, metric, sign)))


SIMILARITY_GROWS = _trend("similarity_grows", "Similarity grows in training.", "cosine_similarity", +1)
SPARSITY_GROWS = _trend(
    "sparsity_grows",
    "Conditional vectors use fewer and fewer dimensions in training: nPR falls.",
    "normalized_participation_ratio_percent",
    -1,
)
