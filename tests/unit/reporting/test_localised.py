"""What replacing parts of c costs, in points of agreement or percent of a margin, and of which models and trainings."""

from dataclasses import replace

import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.localised import Localised, localised_models, localised_trainings
from tests.unit.reporting.one_model import ALONE, MODEL, SEEDS, trained
from tests.unit.reporting.test_localisation_claims import numbers

HEAD = ("head-mean", "baseline")


def of(*frames, **keys):
    return Localised([MODEL], Measures(pd.concat(frames)), **keys)


def test_agreement_is_in_points_and_a_margin_in_percent_of_the_baselines():
    agreement, margin = of(numbers({HEAD: -0.1})), of(numbers({HEAD: -0.1}, metric="clip_margin"))
    assert agreement.loss("head-mean").value == pytest.approx(10)
    assert margin.loss("head-mean").value == pytest.approx(20)  # of the baseline's 0.5
    assert (agreement.short_unit, margin.short_unit) == ("points", "% of margin")


def test_samples_without_a_judge_of_their_conditions_are_sampled_and_not_judged():
    nothing, distances, judged = of(numbers(model="other")), of(numbers(metric="fid")), of(numbers())
    assert [model.is_sampled for model in (nothing, distances, judged)] == [False, True, True]
    assert [model.is_judged for model in (nothing, distances, judged)] == [False, False, True]
    one = of(numbers().head(1))
    assert one.is_sampled


def test_trainings_that_were_asked_for_stand_together_under_their_number():
    def titles(facts, models):
        evidence = PaperEvidence(facts, models=models, localisation=Measures(numbers()))
        return localised_trainings(evidence), list(localised_models(evidence))

    several = trained(3)
    title = several.title(MODEL)
    assert titles(several, SEEDS) == ({MODEL: [*SEEDS]}, [f"{title}, 3 trainings"])
    assert titles(several, SEEDS[:2]) == ({MODEL: [*SEEDS[:2]]}, [f"{title}, 2 trainings"])
    assert titles(several, [MODEL]) == ({MODEL: [MODEL]}, [title])
    assert titles(replace(ALONE, not_run={MODEL: "absent"}), [MODEL]) == ({MODEL: [MODEL]}, [])
