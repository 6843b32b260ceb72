"""Claims about where in c the class is, from samples in which one part of every vector was replaced (docs/localisation.md).

Several trainings of a model decide together (`paper.trainings`); a single one speaks of its checkpoint.

Replaced by the mean over classes, a part keeps its time and loses its class; set to zero, it loses both. The class that samples
show is measured by a classifier of the classes (points of agreement), or, where none exists, by how much nearer the image-text
model finds them to their own class than to the other one (percent of the baseline's margin).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Finding, Rule, beyond
from semantic_bottleneck.reporting.core.vocabulary import with_interval
from semantic_bottleneck.reporting.paper.claims.pruned_model import DAMAGED, FREE
from semantic_bottleneck.reporting.paper.claims.subjects import each_model
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.localised import AGREEMENT, Localised, shown
from semantic_bottleneck.reporting.paper.settings import setting_title
from semantic_bottleneck.reporting.paper.trainings import across, scope
from semantic_bottleneck.study.localisation import OWN
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.scales import POSITIVE

NOTHING_LOST, LOST = FREE[AGREEMENT], DAMAGED[AGREEMENT]
PAPER_DIMENSIONS = 20 / 1152
"""“15 to 20” of the paper's 1,152 dimensions carry the variance between classes."""
HOLDING = 90
"""Percent of the variance that counts as all of it."""


@dataclass(frozen=True)
class Decision:
    """A verdict, the clause that explains it, and the number that it rests on."""

    verdict: str
    sentence: str
    number: Estimate


def _costs_more(model: Localised, dear: str, cheap: str) -> Decision | None:
    """HOLDS where replacing the first part costs more of the class than the second (paired interval)."""
    gap, losses = model.points(cheap, dear), [model.loss(variant) for variant in (dear, cheap)]
    if ABSENT in (gap, *losses):
        return None
    names = [variant.removesuffix("-mean").replace("-", " ") for variant in (dear, cheap)]
    text = f"{names[0]} costs {shown(losses[0])} and {names[1]} {shown(losses[1])} {model.unit}, {shown(gap)} more"
    return Decision(_more(gap), text, gap)


def _more(gap: Estimate) -> str:
    """HOLDS above zero; samples that all agree decide nothing."""
    return OPEN if gap.ends() == (0.0, 0.0) else beyond(gap, 0.0)


def _both(first: Decision | None, second: Decision | None) -> Decision | None:
    if first is None or second is None:
        return None
    verdicts = {first.verdict, second.verdict}
    verdict = FAILS if FAILS in verdicts else OPEN if OPEN in verdicts else HOLDS
    return Decision(verdict, "; ".join(filter(None, (first.sentence, second.sentence))), first.number)


def _class_in_head(model: Localised) -> Decision | None:
    """Head against everything else, each replaced by the class mean."""
    return _costs_more(model, "head-mean", "rest-mean")


def _class_in_shoulder(model: Localised) -> Decision | None:
    """Shoulder against tail and against head."""
    return _both(_costs_more(model, "shoulder-mean", "tail-mean"), _costs_more(model, "shoulder-mean", "head-mean"))


def _tail_is_noise(model: Localised) -> Decision | None:
    """What the tail's own values are worth beyond their mean over classes."""
    loss, zero = model.loss("tail-mean"), model.loss("tail-zero")
    if ABSENT in (loss, zero):
        return None
    text = f"the tail as its class mean costs {shown(loss)}, as zero {shown(zero)} {model.unit}"
    return Decision(beyond(loss.scaled(-1.0), -NOTHING_LOST), text, loss)


def _magnitude_ranks_class(model: Localised) -> Decision | None:
    """The largest entries against as many at random."""
    return _costs_more(model, "top-mean", "top-mean-random")


def _mask_carries_class(model: Localised) -> Decision | None:
    """One mask for all classes against one for each, of equal count."""
    gap = model.points("tail-zero", "tail-zero-shared")
    losses = [model.loss(variant) for variant in ("tail-zero-shared", "tail-zero")]
    if ABSENT in (gap, *losses):
        return None
    text = f"one mask for all costs {shown(losses[0])}, one for each class {shown(losses[1])} {model.unit}, {shown(gap)} less"
    return Decision(beyond(gap, NOTHING_LOST), text, gap)


def _head_is_time(model: Localised) -> Decision | None:
    """The class survives the head's class mean, and the picture does not survive its removal."""
    loss, distance = model.loss("head-mean"), model.gap("head-zero", "head-mean", "fid")
    if ABSENT in (loss, distance):
        return None
    farther = with_interval("fid", distance.value, *distance.ends(), signed=True)
    text = f"the head as its class mean costs {shown(loss)} {model.unit}; as zero instead, FID changes by {farther}"
    kept = Decision(beyond(loss.scaled(-1.0), -LOST), text, loss)
    return _both(kept, Decision(beyond(distance, 0.0), "", distance))


def _head_fatal(model: Localised) -> Decision | None:
    """The head as zero at every guidance that was sampled: a strong one brings back what is left of the class."""
    losses = {name: setting.loss("head-zero") for name, setting in model.guidances().items()}
    if OWN not in losses or ABSENT in losses.values():
        return None
    verdicts = {beyond(loss, LOST) for loss in losses.values()}
    verdict = FAILS if FAILS in verdicts else OPEN if OPEN in verdicts else HOLDS
    each = ", ".join(f"{shown(loss)} ({setting_title(name)})" for name, loss in losses.items())
    return Decision(verdict, f"the head as zero costs {each} {model.unit}", losses[OWN])


def _shoulder_is_a_place(model: Localised) -> Decision | None:
    """Of transplants at the same dimensions for all classes, the shoulder's against the tail's and the head's."""
    brought = {part: model.brought(f"{part}-other-shared") for part in ("shoulder", "tail", "head")}
    gaps = [model.brought("shoulder-other-shared", f"{part}-other-shared") for part in ("tail", "head")]
    if ABSENT in (*brought.values(), *gaps):
        return None
    parts = ", ".join(f"{part} {shown(change)}" for part, change in brought.items())
    text = f"from another class, at the same dimensions for all, {parts} {model.unit_brought}"
    by_tail, by_head = (_more(gap) for gap in gaps)
    return _both(Decision(by_tail, text, gaps[0]), Decision(by_head, "", gaps[1]))


def _few_class_dimensions(evidence: PaperEvidence, model: str) -> Finding:
    """Dimensions that hold HOLDING percent of the variance between classes, against the paper's number scaled to this width."""
    trainings, title = evidence.facts.trainings(model), evidence.facts.title(model)
    needed, width = (
        across(trainings, partial(_measured, evidence, name), POSITIVE)
        for name in (f"variance_dimensions_{HOLDING}_percent", "dimension")
    )
    if ABSENT in (needed, width):
        return Finding(model, title, NOT_RUN, f"{title}: its conditional vectors were not measured.")
    bound = max(1, round(PAPER_DIMENSIONS * width.value))
    low, high = needed.ends()
    verdict = HOLDS if high <= bound else FAILS if low > bound else OPEN
    number = shown(needed) if low != high else f"{needed.value:.0f}"
    text = f"{HOLDING} % of the variance lie in {number} of {width.value:.0f} dimensions; the paper's share is {bound}."
    files = tuple(f"geometry/{member}/final.parquet" for member in (trainings if needed.trainings > 1 else [model]))
    return Finding(model, title, verdict, f"{title}, {scope(needed)}: {text}", files)


def _measured(evidence: PaperEvidence, metric: str, model: str) -> Estimate:
    """Geometry of c at the initial step, of one training."""
    return evidence.final.select(model=model, kind="c", metric=metric)


def _each(judge: Callable[[Localised], Decision | None]) -> Callable[[PaperEvidence], list[Finding]]:
    def finding(evidence: PaperEvidence, model: str) -> Finding:
        title, measures = evidence.facts.title(model), evidence.localisation
        localised = Localised(evidence.facts.trainings(model), measures)
        judged = judge(localised)
        if judged is None:
            unjudged = localised.is_sampled and not localised.is_judged
            reason = "no judge tells its conditions apart" if unjudged else "the table localisation was not made for it"
            return Finding(model, title, NOT_RUN, f"{title}: {reason}.")
        trainings = localised.trainings if judged.number.trainings > 1 else [model]
        files = tuple(f"localisation/{member}.parquet" for member in trainings)
        return Finding(model, title, judged.verdict, f"{title}, {scope(judged.number)}: {judged.sentence}.", files)

    return each_model(finding)


CLASS_IN_HEAD = Rule(
    "class_in_head",
    "The class is in the head: the few largest entries of c carry the semantic information.",
    "holds where replacing the head by the class mean costs more of the class than replacing everything else (paired interval "
    "above zero); does not hold where it costs less",
    _each(_class_in_head),
)
FEW_CLASS_DIMENSIONS = Rule(
    "few_class_dimensions",
    "Only 15 to 20 dimensions of c carry the variance between classes, the rest is nearly constant.",
    f"holds where {HOLDING} % of the variance over classes at the initial step lie in at most 20 of 1,152 dimensions, scaled "
    "to the model's width: a property of all its classes, without an interval; over several trainings where the interval of "
    "their mean ends there, does not hold where it begins beyond",
    each_model(_few_class_dimensions),
)
TAIL_IS_NOISE = Rule(
    "tail_is_noise",
    "The tail's entries are noise: nothing of the class is lost with them.",
    f"holds where the tail as its class mean costs less than {NOTHING_LOST:g} points (or percent) of the class, does not hold "
    "where it costs more (interval)",
    _each(_tail_is_noise),
)
MAGNITUDE_RANKS_CLASS = Rule(
    "magnitude_ranks_class",
    "|c| ranks what matters: the largest entries hold more of the class than as many others.",
    "holds where the largest tenth as its class mean costs more of the class than as many dimensions drawn at random for each "
    "class (paired interval above zero), does not hold where it costs less",
    _each(_magnitude_ranks_class),
)
CLASS_IN_SHOULDER = Rule(
    "class_in_shoulder",
    "The class is in the shoulder: neither the few largest entries nor the smallest two thirds hold as much of it.",
    "holds where the shoulder as its class mean costs more of the class than the tail and more than the head (paired intervals "
    "above zero), does not hold where it costs less than one of them",
    _each(_class_in_shoulder),
    paper=False,
)
MASK_CARRIES_CLASS = Rule(
    "mask_carries_class",
    "The mask itself carries class: which entries are removed from a vector tells its class.",
    f"holds where setting the tail to zero by one mask for all classes costs at least {NOTHING_LOST:g} points (or percent) "
    "more of the class than by each vector's own ranks, at equal count (interval); does not hold where it costs less than that",
    _each(_mask_carries_class),
    paper=False,
)
SHOULDER_IS_A_PLACE = Rule(
    "shoulder_is_a_place",
    "The shoulder is a place: the same dimensions of every vector hold its class, and bring it along to another one.",
    "holds where, by one mask for all classes (the ranks of their mean), the shoulder of another class makes more samples show "
    "that class than its tail does and than its head does (paired intervals above zero), does not hold where it makes fewer "
    "than one of them: then ranks of each vector's own pick the class out of a code without places",
    _each(_shoulder_is_a_place),
    paper=False,
)
HEAD_FATAL = Rule(
    "head_fatal",
    "The head as zero is fatal to the class, whatever the guidance.",
    f"holds where it costs at least {LOST:g} points (or percent) of the class at every guidance that was sampled, does not "
    "hold where it costs less at one of them (intervals): then “fatal” is a statement about guidance",
    _each(_head_fatal),
    paper=False,
)
HEAD_IS_TIME = Rule(
    "head_is_time",
    "The head is time: its values for a class do not matter, its mean over classes does.",
    f"holds where the head as its class mean costs less than {LOST:g} points (or percent) of the class and zero in its place "
    "makes a larger Fréchet distance than the mean does; does not hold where either is the other way round (intervals)",
    _each(_head_is_time),
    paper=False,
)
