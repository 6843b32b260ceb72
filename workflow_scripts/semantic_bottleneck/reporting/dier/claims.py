"""What DiER's summary says, and where the two papers meet, judged on a study's measures."""

import math
from collections.abc import Callable, Sequence

import pandas as pd

from semantic_bottleneck.geometry.timestep_choice import PRIMARY
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim, Finding, conclude
from semantic_bottleneck.reporting.core.claim import beyond as beyond_bound
from semantic_bottleneck.reporting.dier.measured import INPUTS, Measured, difference, over_replicates, points
from semantic_bottleneck.reporting.dier.tables import CRITERION_TITLES, choices_of
from semantic_bottleneck.uncertainty.estimates import Estimate

GAUSSIAN_NPR = 100 * 2 / 3.141592653589793
"""nPR of a vector of independent normal entries, percent."""
ALIKE = 0.9
AFFORDABLE = 0.01
KEPT = 0.34
"""The share that stays when two thirds go, as in the first paper's pruning at tau = 0.02."""


def judge_dier(measured: Measured) -> list[Claim]:
    """All claims; one finding per data set that was run."""
    return [
        intermediate_peak(measured),
        gain_over_untrained(measured),
        encoder_timestep_helps(measured),
        beats_pixels(measured),
        label_free_timestep(measured),
        learned_likeness(measured),
        learned_sparsity(measured),
        learned_tail(measured),
    ]


def beyond(estimate: Estimate, bound: float) -> str:
    """As the other reports judge, but without an interval (one seed) nothing is decided."""
    return OPEN if math.isnan(estimate.low) else beyond_bound(estimate, bound)


def intermediate_peak(measured: Measured) -> Claim:
    """LPA inside the chain against both of its ends."""

    def judge(data: str) -> Finding:
        variant = measured.headline(data)
        steps, middle = measured.timesteps(data, variant), measured.middle(data, variant)
        curves = measured.rows(data, variant, "lpa").pivot(index="timestep", columns="replicate", values="value")
        chosen = {replicate: peak_of_others(curves, replicate) for replicate in curves}
        tops = pd.Series({replicate: curves.loc[t, replicate] for replicate, t in chosen.items()})
        ends = [difference(tops, curves.loc[t]) for t in (steps[0], steps[-1])]
        verdicts = [beyond(end, 0.0) for end in ends]
        verdict = HOLDS if verdicts == [HOLDS, HOLDS] else FAILS if FAILS in verdicts else OPEN
        fixed = [difference(curves.loc[middle], curves.loc[t]) for t in (steps[0], steps[-1])]
        images = [measured.paired_over_images(data, variant, name, middle) for name in ("gain_first", "gain_last")]
        text = (
            f"{_name(measured, data)}: at the timestep that the other replicates choose ({_listed(chosen.values())}) LPA is "
            f"{_percent(tops)}, {points(ends[0])} over t = {steps[0]} and {points(ends[1])} over t = {steps[-1]}. "
            f"At t = {middle}, fixed beforehand: {_percent(curves.loc[middle])} ({_beside(measured, data, middle)}), "
            f"{points(fixed[0])} and {points(fixed[1])}; over all test images, paired, {points(images[0])} and "
            f"{points(images[1])}. Highest mean at t = {measured.best(data, variant)}, per replicate at "
            f"{_listed(curves.idxmax())}."
        )
        return _finding(data, measured, verdict, text)

    rule = (
        "holds where LPA at a timestep chosen on the other replicates (so not on the images it is scored on) lies above LPA at "
        "the first and at the last timestep, both intervals over replicates above 0; does not hold where one lies below 0; "
        "inconclusive otherwise"
    )
    return _conclude("intermediate_peak", "LPA is highest at an intermediate timestep.", rule, judge, measured)


def peak_of_others(curves: pd.DataFrame, replicate: int) -> int:
    """The timestep (row) with the highest mean LPA over the other replicates (columns); over all, if there is one only."""
    others = curves.drop(columns=replicate) if curves.shape[1] > 1 else curves
    return int(others.mean(axis=1).idxmax())


def gain_over_untrained(measured: Measured) -> Claim:
    """Does training add anything to the shape of the encoder?"""

    def judge(data: str) -> Finding:
        variant = measured.headline(data)
        middle = measured.middle(data, variant)
        gain = measured.estimate(data, variant, "gain_untrained", middle)
        text = (
            f"{_name(measured, data)}: {points(gain)} at t = {middle} (LPA "
            f"{_percent(measured.values(data, variant, 'lpa', middle))}; {_beside(measured, data, middle)})."
        )
        return _finding(data, measured, beyond(gain, 0.0), text)

    rule = "holds where the gain in LPA at t = 500 over the same network's starting weights lies above 0"
    return _conclude("gain_untrained", "Training the encoder beats its starting weights.", rule, judge, measured, paper=False)


def encoder_timestep_helps(measured: Measured) -> Claim:
    """The paper's central design: the encoder sees t."""

    def judge(data: str) -> Finding | None:
        variant, without = measured.headline(data), _without_encoder_timestep(measured, data)
        if without is None:
            return None
        middle = measured.middle(data, variant)
        best = {name: measured.rows(data, name, "lpa").groupby("replicate")["value"].max() for name in (variant, without)}
        gain = difference(measured.values(data, variant, "lpa", middle), measured.values(data, without, "lpa", middle))
        losses = [measured.rows(data, name, "loss")["value"].mean() for name in (variant, without)]
        text = (
            f"{_name(measured, data)}: {points(gain)} of LPA at t = {middle} with t in the encoder (paired by replicate; "
            f"{points(difference(best[variant], best[without]))} at the best t); denoising loss {losses[0]:.4f} with, "
            f"{losses[1]:.4f} without."
        )
        return _finding(data, measured, beyond(gain, 0.0), text)

    rule = (
        "holds where LPA at t = 500 with t in the encoder lies above LPA without, replicates with the same seed and fold paired"
    )
    return _conclude("encoder_timestep", "Giving the encoder t helps.", rule, judge, measured)


def beats_pixels(measured: Measured) -> Claim:
    """Is the learned vector better than no representation at all?"""

    def judge(data: str) -> Finding:
        variant = measured.headline(data)
        middle = measured.middle(data, variant)
        pixels = measured.values(data, INPUTS, "lpa", detail="pixels")
        width = measured.embedding(data, variant)
        components = measured.values(data, INPUTS, "lpa", detail=f"pca-{width}")
        own = measured.values(data, variant, "lpa", middle)
        gain = difference(own, pixels)
        text = (
            f"{_name(measured, data)}: {points(gain)} over the pixels ({_percent(pixels)}) at t = {middle}; "
            f"{points(difference(own, components))} over {width} principal components ({_percent(components)})."
        )
        return _finding(data, measured, beyond(gain, 0.0), text)

    rule = "holds where LPA at t = 500 lies above the LPA of the raw pixels"
    return _conclude("beats_pixels", "The learned vector beats raw pixels.", rule, judge, measured, paper=False)


def label_free_timestep(measured: Measured) -> Claim:
    """DiER's open question: t without a search that needs labels."""

    def judge(data: str) -> Finding:
        variant = measured.headline(data)
        parts, verdict = [], OPEN
        for criterion in (PRIMARY, *(name for name in CRITERION_TITLES if name != PRIMARY)):
            choices, losses = choices_of(measured, data, variant, criterion)
            lost = over_replicates(losses)
            if criterion == PRIMARY:
                verdict = {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}[beyond(lost, AFFORDABLE)]
            chosen = ", ".join(map(str, choices))
            parts.append(f"{CRITERION_TITLES[criterion]} chooses t = {chosen} and gives up {points(lost, signed=False)}")
        text = f"{_name(measured, data)}: {'; '.join(parts)}.".replace(" %;", " points;").replace(" %.", " points.")
        return _finding(data, measured, verdict, text)

    rule = (
        f"holds where the primary criterion ({CRITERION_TITLES[PRIMARY]}, fixed before any was scored) gives up less than "
        f"{100 * AFFORDABLE:.0f} point of LPA against the best timestep, the whole interval below; the others are exploratory"
    )
    statement = "A criterion without labels finds a timestep that costs less than one point."
    return _conclude("label_free_timestep", statement, rule, judge, measured, paper=False)


def learned_likeness(measured: Measured) -> Claim:
    """The first paper's first finding, on learned vectors."""

    def judge(data: str) -> Finding:
        return _geometry(measured, data, "cosine_similarity", lambda value: beyond(value, ALIKE), "{:.3f}", "cosine")

    rule = f"holds where the mean pairwise cosine of v_t over images lies above {ALIKE} at t = 500 (the first paper: above .99)"
    return _conclude(
        "learned_likeness", "Learned vectors of different images are nearly alike.", rule, judge, measured, paper=False
    )


def learned_sparsity(measured: Measured) -> Claim:
    """The first paper's second finding, on learned vectors."""

    def judge(data: str) -> Finding:
        def sparse(value: Estimate) -> str:
            return {HOLDS: FAILS, FAILS: HOLDS, OPEN: OPEN}[beyond(value, GAUSSIAN_NPR)]

        return _geometry(measured, data, "normalized_participation_ratio_percent", sparse, "{:.1f} %", "nPR")

    rule = f"holds where nPR of v_t at t = 500 lies below {GAUSSIAN_NPR:.1f} %, that of a Gaussian vector"
    return _conclude("learned_sparsity", "Learned vectors use few of their dimensions.", rule, judge, measured, paper=False)


def learned_tail(measured: Measured) -> Claim:
    """The first paper's third finding: most of the vector can go."""

    def judge(data: str) -> Finding | None:
        variants = [name for name in measured.variants(data) if len(measured.rows(data, name, "pruned_lpa"))]
        if not variants:
            return None
        variant = variants[0]
        whole = _pruned(measured, data, variant, "wv/tail/c/zero", 1.0)
        parts, verdicts = [], []
        for detail, name in TAILS.items():
            left = _pruned(measured, data, variant, detail, KEPT)
            cost = difference(left["pruned_lpa"], whole["pruned_lpa"])
            loss = (left["pruned_loss"] / whole["pruned_loss"]).mean()
            parts.append(f"{name}: LPA {points(cost)}, denoising loss × {loss:.2f}")
            verdicts.append(beyond(cost, -AFFORDABLE))
        text = (
            f"{_name(measured, data)}, keeping {100 * KEPT:.0f} % of W v_t at t = {_pruned_at(measured)}: {'; '.join(parts)}."
        )
        return _finding(data, measured, verdicts[0], text)

    rule = (
        "holds where setting the smallest two thirds of W v_t (what is added to the timestep embedding) to zero costs a frozen "
        "probe less than one point of LPA; random dimensions and the head are the controls"
    )
    return _conclude("learned_tail", "Two thirds of the learned vector can go.", rule, judge, measured, paper=False)


TAILS = {
    "wv/tail/c/zero": "tail by |x|",
    "wv/tail/silu/zero": "tail by |SiLU(x)|",
    "wv/random/c/zero": "random",
    "wv/head/c/zero": "head by |x|",
    "wv/tail/c/mean": "tail set to its mean",
}


def _pruned(measured: Measured, data: str, variant: str, detail: str, kept: float) -> dict:
    """quantity -> values per replicate at the share of dimensions nearest to `kept`."""
    found = {}
    for quantity in ("pruned_lpa", "pruned_loss"):
        rows = measured.rows(data, variant, quantity, detail=detail)
        nearest = min(rows["share"].unique(), key=lambda share: abs(share - kept))
        found[quantity] = rows[rows["share"] == nearest].set_index("replicate")["value"]
    return found


def _pruned_at(measured: Measured) -> int:
    return int(measured.study["pruning"]["timestep"])


def _geometry(measured: Measured, data: str, metric: str, judge: Callable[[Estimate], str], form: str, label: str) -> Finding:
    """Judge v_t at the middle; c, W v_t and the ends of the chain are said beside."""
    variant = measured.headline(data)
    steps, middle = measured.timesteps(data, variant), measured.middle(data, variant)
    value = measured.estimate(data, variant, metric, middle, "v")
    said = [
        f"{name} {form.format(measured.estimate(data, variant, metric, middle, kind).value)}"
        for kind, name in (("silu_v", "SiLU(v)"), ("wv", "W v"), ("c", "c"), ("silu_c", "SiLU(c)"))
    ]
    ends = [f"{form.format(measured.estimate(data, variant, metric, t, 'v').value)} at t = {t}" for t in (steps[0], steps[-1])]
    interval = "" if math.isnan(value.low) else f" [{form.format(value.low)} to {form.format(value.high)}]"
    shown = f"{form.format(value.value)}{interval}"
    text = (
        f"{_name(measured, data)}: {label} of v_t {shown} at t = {middle}, "
        f"{', '.join(ends)}; at t = {middle} {', '.join(said)}."
    )
    return _finding(data, measured, judge(value), text)


def _beside(measured: Measured, data: str, t: int) -> str:
    """Both baselines, as every LPA has them beside."""
    untrained = measured.values(data, measured.headline(data), "lpa_untrained", t)
    return f"untrained encoder {_percent(untrained)}, pixels {_percent(measured.values(data, INPUTS, 'lpa', detail='pixels'))}"


def _without_encoder_timestep(measured: Measured, data: str) -> str | None:
    """The variant that differs from the headline by the encoder's blindness to t."""
    settings = measured.study["settings"][data]
    own = settings[measured.headline(data)] | {"encoder_timestep": False}
    return next((name for name in measured.variants(data) if settings[name] == own), None)


def _listed(timesteps) -> str:
    return ", ".join(str(int(t)) for t in timesteps)


def _percent(values) -> str:
    return f"{100 * values.mean():.1f} %"


def _name(measured: Measured, data: str) -> str:
    variant = measured.headline(data)
    return f"{measured.title(data)} ({measured.variant_title(variant)}, {measured.seeds(data, variant)})"


def _finding(data: str, measured: Measured, verdict: str, text: str) -> Finding:
    return Finding(data, measured.title(data), verdict, text, (f"dier/measures/{data}/",))


def _conclude(
    name: str, statement: str, rule: str, judge: Callable[[str], Finding | None], measured: Measured, *, paper: bool = True
) -> Claim:
    findings: list[Finding] = [found for data in measured.data() if (found := judge(data)) is not None]
    for data, reason in measured.study["not_run"].items():
        findings.append(Finding(data, measured.title(data), NOT_RUN, f"{measured.title(data)}: {reason}."))
    return _named(conclude(name, statement, rule, findings, paper=paper), findings)


def _named(claim: Claim, findings: Sequence[Finding]) -> Claim:
    """Claims count models elsewhere; here they count data sets."""
    sentence = claim.sentence.replace(" models", " data sets") if len(findings) > 1 else claim.sentence
    return Claim(claim.name, claim.statement, claim.rule, claim.verdict, sentence, claim.findings, claim.paper)
