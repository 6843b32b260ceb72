"""What replacing parts of c does to the class that the samples of a model show, in one unit for claims and figures."""

from collections.abc import Sequence
from functools import partial

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.trainings import across
from semantic_bottleneck.study.localisation import GUIDANCE, OWN
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.scales import LINE, Scale, scale_of

AGREEMENT, OTHER_AGREEMENT, MARGIN = "class_agreement", "other_class_agreement", "clip_margin"

POINTS = Scale(-100.0, 100.0)
"""Of differences of class agreement, in points, over several trainings."""


class Localised:
    """What replacing parts of c does to the class that the samples of one model, of all its trainings, show in one setting."""

    def __init__(self, trainings: Sequence[str], measures: Measures, setting: str = OWN):
        """`measures`: of all settings."""
        self.trainings, self._every = trainings, measures.only(model=[*trainings])
        self._measures = self._every.only(setting=setting)
        self.metric = AGREEMENT
        if self._measures.select(metric=self.metric) is ABSENT:
            self.metric = MARGIN

    @property
    def is_sampled(self) -> bool:
        return len(self._measures) > 0

    @property
    def is_judged(self) -> bool:
        """Whether a judge tells its conditions apart."""
        return self._measures.select(metric=self.metric) is not ABSENT

    def guidances(self) -> dict[str, "Localised"]:
        """The same at every guidance that was sampled, by the name of the setting."""
        names = [name for name in dict.fromkeys(self._every.frame["setting"]) if name == OWN or name.startswith(GUIDANCE)]
        return {name: Localised(self.trainings, self._every, name) for name in names}

    def gap(self, first: str, second: str, metric: str) -> Estimate:
        """Paired difference of two variants, the first minus the second, of one training as the files hold it."""
        return across(self.trainings, lambda member: self._gap(member, first, second, metric), scale_of(metric, "difference"))

    def points(self, first: str, second: str = BASELINE) -> Estimate:
        """The gap of the class in points, or in percent of the baseline's margin."""
        scale = POINTS if self.metric == AGREEMENT else LINE
        return across(self.trainings, lambda member: self._points(member, first, second), scale)

    def _gap(self, member: str, first: str, second: str, metric: str) -> Estimate:
        return self._measures.select(model=member, variant=first, against=second, metric=metric, quantity="difference")

    def _points(self, member: str, first: str, second: str) -> Estimate:
        gap, whole = self._gap(member, first, second, self.metric), 1.0
        if self.metric != AGREEMENT:
            whole = self._measures.select(model=member, variant=BASELINE, metric=self.metric, quantity="value").value
        return gap.scaled(100.0 / whole) if gap is not ABSENT and whole > 0 else ABSENT

    def loss(self, variant: str) -> Estimate:
        """How much of the class a variant loses."""
        change = self.points(variant)
        return change if change is ABSENT else change.scaled(-1.0)

    def brought(self, first: str, second: str = BASELINE) -> Estimate:
        """How much more of the other class one transplant shows than another, in the unit of the loss.

        The margin is the own class's lead over the other: what one brings, the other loses.
        """
        if self.metric != AGREEMENT:
            change = self.points(first, second)
            return change if change is ABSENT else change.scaled(-1.0)
        drawn = partial(self._gap, first=first, second=second, metric=OTHER_AGREEMENT)
        return across(self.trainings, lambda member: drawn(member).scaled(100.0), POINTS)

    @property
    def short_unit(self) -> str:
        return "points" if self.metric == AGREEMENT else "% of margin"

    @property
    def unit_brought(self) -> str:
        return "points drawn as that class" if self.metric == AGREEMENT else self.unit

    @property
    def unit(self) -> str:
        return "points of class agreement" if self.metric == AGREEMENT else "% of the CLIP margin"


def localised_trainings(evidence: PaperEvidence) -> dict[str, list[str]]:
    """Model -> those of its trainings that the table or figure is of; itself, where it was not run."""
    facts = evidence.facts
    families = dict.fromkeys(map(facts.family, evidence.models))
    return {model: [run for run in facts.trainings(model) if run in evidence.models] or [model] for model in families}


def localised_models(evidence: PaperEvidence) -> dict[str, Localised]:
    """Title -> what its samples lose, of each model that was run; several trainings of one stand together."""
    facts, found = evidence.facts, {}
    for model, trainings in localised_trainings(evidence).items():
        if model not in facts.not_run:
            title = facts.title(model) + (f", {len(trainings)} trainings" if len(trainings) > 1 else "")
            found[title] = Localised(trainings, evidence.localisation)
    return found


def shown(estimate: Estimate) -> str:
    """`24.0 [18.1 to 29.9]`."""
    low, high = estimate.ends()
    text = f"{estimate.value:z.1f}" + (f" [{low:z.1f} to {high:z.1f}]" if low != high else "")
    return text.replace("-", "−")
