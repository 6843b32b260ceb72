"""What DiER's summary says, and where the two papers meet, judged on a study's measures."""

import math
from collections.abc import Callable, Iterable

import pandas as pd

from semantic_bottleneck.geometry.timestep_choice import PRIMARY
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, OPPOSITE, Claim, Finding, Rule, beyond
from semantic_bottleneck.reporting.dier import comparisons
from semantic_bottleneck.reporting.dier.choices import CRITERION_TITLES, choices_of
from semantic_bottleneck.reporting.dier.evidence import INPUTS, DierEvidence
from semantic_bottleneck.reporting.dier.sentences import finding_on, name_of, percent, points
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.scales import DIFFERENCE_OF_SHARES

GAUSSIAN_NPR = 100 * 2 / 3.141592653589793
"""nPR of a vector of independent normal entries, percent."""
ALIKE = 0.9
AFFORDABLE = 0.01
KEPT = 0.34
"""The share that stays when two thirds go, as in the first paper's pruning at tau = 0.02."""
TAILS = {
    "wv/tail/c/zero": "tail by |x|",
    "wv/tail/silu/zero": "tail by |SiLU(x)|",
    "wv/random/c/zero": "random",
    "wv/head/c/zero": "head by |x|",
    "wv/tail/c/mean": "tail set to its mean",
}


def judge_dier(evidence: DierEvidence) -> list[Claim]:
    """All claims; one finding per data set that was run."""
    return [rule.claim(evidence) for rule in RULES]


def _intermediate_peak(evidence: DierEvidence, data: str) -> Finding:
    """LPA inside the chain against both of its ends."""
    variant = evidence.headline(data)
    steps, middle = evidence.timesteps(data, variant), evidence.middle(data, variant)
    curves = evidence.rows(data, variant, "lpa").pivot(index="timestep", columns="replicate", values="value")
    choices = {replicate: peak_of_others(curves, replicate) for replicate in curves}
    tops = pd.Series({replicate: curves.loc[t, replicate] for replicate, t in choices.items()})
    ends = [evidence.paired(data, tops, curves.loc[t]) for t in (steps[0], steps[-1])]
    verdicts = [beyond(end, 0.0) for end in ends]
    verdict = HOLDS if verdicts == [HOLDS, HOLDS] else FAILS if FAILS in verdicts else OPEN
    fixed = [evidence.paired(data, curves.loc[middle], curves.loc[t]) for t in (steps[0], steps[-1])]
    images = [evidence.paired_over_images(data, variant, name, middle) for name in ("gain_first", "gain_last")]
    text = (
        f"{name_of(evidence, data)}: at the timestep that the other replicates choose ({_listed(choices.values())}) LPA is "
        f"{percent(tops)}, {points(ends[0])} over t = {steps[0]} and {points(ends[1])} over t = {steps[-1]}. "
        f"At t = {middle}, fixed beforehand: {percent(curves.loc[middle])} ({_beside(evidence, data, middle)}), "
        f"{points(fixed[0])} and {points(fixed[1])}; over all test images, paired, {points(images[0])} and "
        f"{points(images[1])}. Highest mean at t = {evidence.best(data, variant)}, per replicate at "
        f"{_listed(curves.idxmax())}."
    )
    return finding_on(evidence, data, verdict, text)


def peak_of_others(curves: pd.DataFrame, replicate: int) -> int:
    """The timestep (row) with the highest mean LPA over the other replicates (columns); over all, if there is one only."""
    others = curves.drop(columns=replicate) if curves.shape[1] > 1 else curves
    return int(others.mean(axis=1).idxmax())


def _gain_over_untrained(evidence: DierEvidence, data: str) -> Finding:
    """Does training add anything to the shape of the encoder?"""
    variant = evidence.headline(data)
    middle = evidence.middle(data, variant)
    gain = evidence.estimate(data, variant, "gain_untrained", middle)
    text = (
        f"{name_of(evidence, data)}: {points(gain)} at t = {middle} (LPA "
        f"{percent(evidence.values(data, variant, 'lpa', middle))}; {_beside(evidence, data, middle)})."
    )
    return finding_on(evidence, data, beyond(gain, 0.0), text)


def _encoder_timestep_helps(evidence: DierEvidence, data: str) -> Finding | None:
    """The paper's central design: the encoder sees t."""
    variant, without = evidence.headline(data), _without_encoder_timestep(evidence, data)
    if without is None:
        return None
    middle = evidence.middle(data, variant)
    best = {name: evidence.rows(data, name, "lpa").groupby("replicate")["value"].max() for name in (variant, without)}
    gain = evidence.paired(data, evidence.values(data, variant, "lpa", middle), evidence.values(data, without, "lpa", middle))
    losses = [evidence.rows(data, name, "loss")["value"].mean() for name in (variant, without)]
    text = (
        f"{name_of(evidence, data)}: {points(gain)} of LPA at t = {middle} with t in the encoder (paired by replicate; "
        f"{points(evidence.paired(data, best[variant], best[without]))} at the best t); denoising loss {losses[0]:.4f} with, "
        f"{losses[1]:.4f} without."
    )
    return finding_on(evidence, data, beyond(gain, 0.0), text)


def _beats_pixels(evidence: DierEvidence, data: str) -> Finding:
    """Is the learned vector better than no representation at all?"""
    variant = evidence.headline(data)
    middle = evidence.middle(data, variant)
    pixels = evidence.values(data, INPUTS, "lpa", detail="pixels")
    width = evidence.embedding(data, variant)
    components = evidence.values(data, INPUTS, "lpa", detail=f"pca-{width}")
    own = evidence.values(data, variant, "lpa", middle)
    gain = evidence.paired(data, own, pixels)
    text = (
        f"{name_of(evidence, data)}: {points(gain)} over the pixels ({percent(pixels)}) at t = {middle}; "
        f"{points(evidence.paired(data, own, components))} over {width} principal components ({percent(components)})."
    )
    return finding_on(evidence, data, beyond(gain, 0.0), text)


def _label_free_timestep(evidence: DierEvidence, data: str) -> Finding:
    """DiER's open question: t without a search that needs labels."""
    variant = evidence.headline(data)
    parts, verdict = [], OPEN
    for criterion in (PRIMARY, *(name for name in CRITERION_TITLES if name != PRIMARY)):
        choices, losses = choices_of(evidence, data, variant, criterion)
        lost = evidence.mean(data, losses, scale=DIFFERENCE_OF_SHARES)
        if criterion == PRIMARY:
            verdict = OPPOSITE[beyond(lost, AFFORDABLE)]
        timesteps = ", ".join(map(str, choices))
        parts.append(f"{CRITERION_TITLES[criterion]} chooses t = {timesteps} and gives up {points(lost, signed=False)}")
    text = f"{name_of(evidence, data)}: {'; '.join(parts)}.".replace(" %;", " points;").replace(" %.", " points.")
    return finding_on(evidence, data, verdict, text)


def _learned_likeness(evidence: DierEvidence, data: str) -> Finding:
    """The first paper's first finding, on learned vectors."""
    return _geometry(evidence, data, "cosine_similarity", lambda value: beyond(value, ALIKE), "{:.3f}", "cosine")


def _learned_sparsity(evidence: DierEvidence, data: str) -> Finding:
    """The first paper's second finding, on learned vectors."""

    def sparse(value: Estimate) -> str:
        return OPPOSITE[beyond(value, GAUSSIAN_NPR)]

    return _geometry(evidence, data, "normalized_participation_ratio_percent", sparse, "{:.1f} %", "nPR")


def _learned_tail(evidence: DierEvidence, data: str) -> Finding | None:
    """The first paper's third finding: most of the vector can go."""
    variants = [name for name in evidence.variants(data) if len(evidence.rows(data, name, "pruned_lpa"))]
    if not variants:
        return None
    variant = variants[0]
    whole = _pruned(evidence, data, variant, "wv/tail/c/zero", 1.0)
    parts, verdicts = [], []
    for detail, name in TAILS.items():
        kept = _pruned(evidence, data, variant, detail, KEPT)
        cost = evidence.paired(data, kept["pruned_lpa"], whole["pruned_lpa"])
        loss = (kept["pruned_loss"] / whole["pruned_loss"]).mean()
        parts.append(f"{name}: LPA {points(cost)}, denoising loss × {loss:.2f}")
        verdicts.append(beyond(cost, -AFFORDABLE))
    text = f"{name_of(evidence, data)}, keeping {100 * KEPT:.0f} % of W v_t at t = {_pruned_at(evidence)}: {'; '.join(parts)}."
    return finding_on(evidence, data, verdicts[0], text)


def _pruned(evidence: DierEvidence, data: str, variant: str, detail: str, kept: float) -> dict:
    """quantity -> values per replicate at the share of dimensions nearest to `kept`."""
    values = {}
    for quantity in ("pruned_lpa", "pruned_loss"):
        rows = evidence.rows(data, variant, quantity, detail=detail)
        nearest = min(rows["share"].unique(), key=lambda share: abs(share - kept))
        values[quantity] = rows[rows["share"] == nearest].set_index("replicate")["value"]
    return values


def _pruned_at(evidence: DierEvidence) -> int:
    return int(evidence.study["pruning"]["timestep"])


def _geometry(
    evidence: DierEvidence, data: str, metric: str, judge: Callable[[Estimate], str], form: str, label: str
) -> Finding:
    """Judge v_t at the middle; c, W v_t and the ends of the chain are said beside."""
    variant = evidence.headline(data)
    steps, middle = evidence.timesteps(data, variant), evidence.middle(data, variant)
    value = evidence.estimate(data, variant, metric, middle, "v")
    others = [
        f"{name} {form.format(evidence.estimate(data, variant, metric, middle, kind).value)}"
        for kind, name in (("silu_v", "SiLU(v)"), ("wv", "W v"), ("c", "c"), ("silu_c", "SiLU(c)"))
    ]
    ends = [f"{form.format(evidence.estimate(data, variant, metric, t, 'v').value)} at t = {t}" for t in (steps[0], steps[-1])]
    interval = "" if math.isnan(value.low) else f" [{form.format(value.low)} to {form.format(value.high)}]"
    shown = f"{form.format(value.value)}{interval}"
    text = (
        f"{name_of(evidence, data)}: {label} of v_t {shown} at t = {middle}, "
        f"{', '.join(ends)}; at t = {middle} {', '.join(others)}."
    )
    return finding_on(evidence, data, judge(value), text)


def _beside(evidence: DierEvidence, data: str, t: int) -> str:
    """Both baselines, as every LPA has them beside."""
    untrained = evidence.values(data, evidence.headline(data), "lpa_untrained", t)
    return f"untrained encoder {percent(untrained)}, pixels {percent(evidence.values(data, INPUTS, 'lpa', detail='pixels'))}"


def _without_encoder_timestep(evidence: DierEvidence, data: str) -> str | None:
    """The variant that differs from the headline by the encoder's blindness to t."""
    settings = evidence.study["settings"][data]
    own = settings[evidence.headline(data)] | {"encoder_timestep": False}
    return next((name for name in evidence.variants(data) if settings[name] == own), None)


def _listed(timesteps: Iterable[int]) -> str:
    return ", ".join(str(int(t)) for t in timesteps)


def _each_data_set(
    judge: Callable[[DierEvidence, str], Finding | None],
) -> Callable[[DierEvidence], list[Finding]]:
    """One finding for each data set that was run and has what the claim is about, then those that were not run."""

    def findings(evidence: DierEvidence) -> list[Finding]:
        judged = [judge(evidence, data) for data in evidence.data()]
        absent = [
            Finding(data, evidence.title(data), NOT_RUN, f"{evidence.title(data)}: {reason}.")
            for data, reason in evidence.not_run.items()
        ]
        return [finding for finding in judged if finding is not None] + absent

    return findings


RULES = (
    Rule(
        "intermediate_peak",
        "LPA is highest at an intermediate timestep.",
        "holds where LPA at a timestep chosen on the other replicates (so not on the images it is scored on) lies above LPA at "
        "the first and at the last timestep, both intervals over replicates above 0; does not hold where one lies below 0; "
        "inconclusive otherwise",
        _each_data_set(_intermediate_peak),
        subjects="data sets",
    ),
    Rule(
        "gain_untrained",
        "Training the encoder beats its starting weights.",
        "holds where the gain in LPA at t = 500 over the same network's starting weights lies above 0",
        _each_data_set(_gain_over_untrained),
        paper=False,
        subjects="data sets",
    ),
    Rule(
        "encoder_timestep",
        "Giving the encoder t helps.",
        "holds where LPA at t = 500 with t in the encoder lies above LPA without, replicates with the same seed and fold "
        "paired",
        _each_data_set(_encoder_timestep_helps),
        subjects="data sets",
    ),
    Rule(
        "beats_pixels",
        "The learned vector beats raw pixels.",
        "holds where LPA at t = 500 lies above the LPA of the raw pixels",
        _each_data_set(_beats_pixels),
        paper=False,
        subjects="data sets",
    ),
    Rule(
        "beats_self_supervised",
        "The learned vector beats self-supervised methods.",
        "holds where LPA at t = 500 lies above that of every self-supervised baseline with the same encoder, the same training "
        "images and as many images seen, replicates with the same fold paired; does not hold where it lies below that of one",
        _each_data_set(comparisons.beats_self_supervised),
        subjects="data sets",
    ),
    Rule(
        "sparse_later",
        "Sparse pictures are read best at a larger t.",
        "holds where, with the same pictures small on a black canvas and filling it, the t of the highest LPA is larger for "
        "the small ones, replicates with the same fold paired; does not hold where it is smaller",
        _each_data_set(comparisons.sparse_later),
        subjects="data sets",
    ),
    Rule(
        "sparser_images_later",
        "Within a data set, sparser images are read best at a larger t.",
        "holds where the rank correlation, within classes, of the t at which a held-out image's own class is most likely to "
        "the probe with its share of lit pixels lies below 0 over the replicates; does not hold where it lies above",
        _each_data_set(comparisons.sparser_images_later),
        paper=False,
        subjects="data sets",
    ),
    Rule(
        "learning_rate_collapse",
        "Training collapses at a high learning rate.",
        "holds where LPA at t = 500 after a short training at the largest rate of the sweep lies below that of the untrained "
        "encoder; does not hold where it lies above",
        _each_data_set(comparisons.learning_rate_collapse),
        paper=False,
        subjects="data sets",
    ),
    Rule(
        "learning_rate_ceiling",
        f"Learning rates above {comparisons.CEILING:g} make training collapse.",
        f"holds where at every rate of the sweep above {comparisons.CEILING:g} LPA at t = 500 lies below that at "
        f"{comparisons.CEILING:g}, replicates with the same fold paired; does not hold where at one it lies above",
        _each_data_set(comparisons.learning_rate_ceiling),
        subjects="data sets",
    ),
    Rule(
        "label_free_timestep",
        "A criterion without labels finds a timestep that costs less than one point.",
        f"holds where the primary criterion ({CRITERION_TITLES[PRIMARY]}, fixed before any was scored) gives up less than "
        f"{100 * AFFORDABLE:.0f} point of LPA against the best timestep, the whole interval below; the others are exploratory",
        _each_data_set(_label_free_timestep),
        paper=False,
        subjects="data sets",
    ),
    Rule(
        "learned_likeness",
        "Learned vectors of different images are nearly alike.",
        f"holds where the mean pairwise cosine of v_t over images lies above {ALIKE} at t = 500 (the first paper: above .99)",
        _each_data_set(_learned_likeness),
        paper=False,
        subjects="data sets",
    ),
    Rule(
        "learned_sparsity",
        "Learned vectors use few of their dimensions.",
        f"holds where nPR of v_t at t = 500 lies below {GAUSSIAN_NPR:.1f} %, that of a Gaussian vector",
        _each_data_set(_learned_sparsity),
        paper=False,
        subjects="data sets",
    ),
    Rule(
        "learned_tail",
        "Two thirds of the learned vector can go.",
        "holds where setting the smallest two thirds of W v_t (what is added to the timestep embedding) to zero costs a frozen "
        "probe less than one point of LPA; random dimensions and the head are the controls",
        _each_data_set(_learned_tail),
        paper=False,
        subjects="data sets",
    ),
)
