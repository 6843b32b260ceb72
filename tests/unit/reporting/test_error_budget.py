"""The error budget: what samples, draws and trainings add, from made-up scores whose parts are known."""

import math

import pandas as pd
import pytest

from semantic_bottleneck.reporting.paper.tables.error_budget import build_error_budget
from tests.unit.reporting import synthetic
from tests.unit.reporting.test_claims import AGREEMENT, changed


def cells(table, variant):
    frame = table.frame[(table.frame["variant"] == variant) & (table.frame["column"] == "class_agreement")]
    return frame.set_index("group")["value"]


def test_samples_and_trainings_are_told_apart(inputs):
    scores = inputs.scores
    for model, value in zip(synthetic.SEEDS, (-0.01, -0.05, -0.03), strict=True):
        scores = changed(scores, (value, value, value), model=model, variant="tail-39-every", **AGREEMENT)
    rows = (scores["metric"] == "class_agreement") & (scores["quantity"] == "difference")
    scores.loc[rows, "standard_error"] = 0.012
    table = build_error_budget(inputs.evidence("error_budget", synthetic.SEEDS, ["baseline", "tail-39-every"], scores=scores))
    found = cells(table, "tail-39-every")
    assert found["samples"] == pytest.approx(0.012)
    assert found["trainings"] == pytest.approx(math.sqrt(0.02**2 - 0.012**2))
    assert math.isnan(found["draws"])
    own = synthetic.SPREAD["class_agreement"] / 2.1  # the made-up values of the three are 0.004 apart
    assert cells(table, "baseline")["trainings"] == pytest.approx(math.sqrt(0.004**2 - own**2))


def test_draws_of_one_control_are_told_apart_from_its_samples(inputs):
    other = inputs.variants[inputs.variants["variant"] == "random-39-every"].assign(variant="random-39-again")
    scores = inputs.scores[inputs.scores["variant"] == "random-39-every"].assign(variant="random-39-again")
    scores = pd.concat([inputs.scores, changed(scores, (-0.3, -0.3, -0.3), **AGREEMENT)], ignore_index=True)
    scores = changed(scores, (-0.5, -0.5, -0.5), variant="random-39-every", **AGREEMENT)
    rows = (scores["metric"] == "class_agreement") & (scores["quantity"] == "difference")
    scores.loc[rows, "standard_error"] = 0.1
    evidence = inputs.evidence(
        "error_budget", ["dit-mini"], ["random-39-every"], scores=scores, variants=pd.concat([inputs.variants, other])
    )
    found = cells(build_error_budget(evidence), "random-39-every")
    assert found["draws"] == pytest.approx(math.sqrt(0.2**2 / 2 - 0.1**2))
    assert math.isnan(found["trainings"])
