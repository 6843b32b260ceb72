"""Several trainings decide over the trainings, by one rule: the board of claims and the table of seeds cannot contradict."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import t as student

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, OPEN, beyond
from semantic_bottleneck.reporting.core.verdicts import BETTER, WORSE
from semantic_bottleneck.reporting.paper.claims import geometry as about_geometry
from semantic_bottleneck.reporting.paper.claims import pruning as about_pruning
from semantic_bottleneck.reporting.paper.claims.pruned_model import FREE, PrunedModel
from semantic_bottleneck.reporting.paper.tables.seeds import build_seeds_table
from semantic_bottleneck.reporting.paper.trainings import across, scope
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.scales import SHARE
from tests.unit.reporting import synthetic
from tests.unit.reporting.test_claims import AGREEMENT, FID, changed

NAMES = list(synthetic.VARIANTS)


def test_one_training_speaks_for_itself_and_several_for_all():
    numbers = {"a": Estimate(0.9, 0.8, 0.95), "b": Estimate(0.7, 0.6, 0.8), "c": Estimate(0.8, 0.7, 0.9)}
    alone = across(["a", "x"], lambda model: numbers.get(model, ABSENT), SHARE)
    assert alone == numbers["a"]
    assert scope(alone) == "this checkpoint"
    together = across(list(numbers), numbers.__getitem__, SHARE)
    error = student.ppf(0.975, 2) * 0.1 / math.sqrt(3) / (0.8 * 0.2)
    assert together.value == pytest.approx(0.8)
    assert together.high == pytest.approx(1 / (1 + math.exp(-math.log(4.0) - error)))
    assert scope(together) == "mean of 3 trainings"
    assert [scope(dataclasses.replace(alone, trainings=count)) for count in (1, 2)] == [
        "this checkpoint",
        "mean of 2 trainings",
    ]
    assert across(["x"], lambda model: ABSENT) is ABSENT


def spread(frame, values, **where):
    """Different values of the three trainings, each with a narrow interval of its own."""
    for model, value in zip(synthetic.SEEDS, values, strict=True):
        frame = changed(frame, (value, value - 1e-4, value + 1e-4), model=model, **where)
    return frame


def headline(rule, evidence):
    return next(finding for finding in rule.claim(evidence).findings if finding.model == "sit-mini")


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((0.952, 0.985, 0.988), OPEN), ((0.9951, 0.9952, 0.9953), HOLDS), ((0.95, 0.951, 0.952), FAILS)],
)
def test_similarity_of_three_trainings(inputs, values, verdict):
    """The first are the three SiT trainings of the first demo, whose checkpoints were judged one by one."""
    frame = spread(inputs.geometry, values, kind="c", metric="cosine_similarity")
    found = headline(about_geometry.EXTREME_SIMILARITY, inputs.evidence(geometry=frame))
    assert found.verdict == verdict
    assert "SiT-mini, mean of 3 trainings: " in found.sentence
    assert found.evidence == tuple(f"geometry/{model}/final.parquet" for model in synthetic.SEEDS)


def test_the_tail_that_one_training_needs_is_not_prunable_over_all(inputs):
    scores = spread(inputs.scores, (-0.006, -0.08, 0.0), variant="tail-39-every", **AGREEMENT)
    assert headline(about_pruning.TAIL_PRUNABLE, inputs.alone(scores=scores)).verdict == HOLDS
    assert headline(about_pruning.TAIL_PRUNABLE, inputs.evidence(scores=scores)).verdict == OPEN


def test_comparisons_of_two_variants_are_over_trainings_too(inputs, tmp_path):
    scores = spread(inputs.scores, (-0.36, -0.45, -0.40), variant="random-39-every", **AGREEMENT)
    scores = spread(scores, (-0.01, -0.08, -0.05), variant="tail-39-every", **AGREEMENT)
    files = synthetic.replicates(tmp_path, scores, synthetic.SEEDS)
    found = headline(about_pruning.RANDOM_WORSE_THAN_TAIL, inputs.evidence(scores=scores, replicates=files))
    excess = np.array([35.0, 37.0, 35.0])
    assert found.verdict == HOLDS
    assert f"that is {excess.mean():.2f} [" in found.sentence


@pytest.mark.parametrize("seed", range(10))
def test_board_and_seeds_table_never_contradict(inputs, seed):
    """Whatever the trainings measure, both rest on the same mean and interval, so no verdict is against the other's."""
    rng = np.random.default_rng(seed)
    width = rng.choice([0.002, 0.02, 0.2])
    shift = rng.choice([-0.1, -0.02, 0.0, 0.02])
    agreement = np.clip(shift + width * rng.standard_normal(3), -0.9, 0.005)
    fid = rng.choice([-0.3, 0.0, 0.3]) + width * rng.standard_normal(3)
    cosines = 1 - np.abs(rng.choice([0.002, 0.01, 0.05]) * (1 + width * rng.standard_normal(3)))
    scores = spread(inputs.scores, agreement, variant="tail-39-every", **AGREEMENT)
    scores = spread(scores, fid, variant="tail-39-last", **FID)
    frame = spread(inputs.geometry, cosines, kind="c", metric="cosine_similarity")
    evidence = inputs.evidence("seeds", synthetic.SEEDS, NAMES, scores=scores, geometry=frame)
    table = build_seeds_table(evidence).frame.set_index(["variant", "column"])

    cell = table.loc["tail-39-every", "class_agreement"]
    loss = Estimate(-cell["difference"], -cell["difference_high"], -cell["difference_low"]).scaled(100)
    found = headline(about_pruning.TAIL_PRUNABLE, evidence)
    assert found.verdict == beyond(loss.scaled(-1), -FREE["class_agreement"])
    assert -100 <= cell["difference_low"] * 100 <= cell["difference_high"] * 100 <= 100

    cell = table.loc["tail-39-last", "fid"]
    change = PrunedModel("sit-mini", evidence).change(evidence.variants.query("variant == 'tail-39-last'").iloc[0], "fid")
    assert (change.value, change.low, change.high) == tuple(cell[["difference", "difference_low", "difference_high"]])
    verdict = headline(about_pruning.PRUNING_IMPROVES_QUALITY, evidence).verdict
    assert not (verdict == HOLDS and not cell["difference_verdict"].startswith(BETTER))
    assert not (verdict == FAILS and cell["difference_verdict"].startswith(BETTER))
    assert not (cell["difference_verdict"] == WORSE and verdict == HOLDS)

    cell = table.loc["baseline", "cosine_similarity"]
    similar = headline(about_geometry.EXTREME_SIMILARITY, evidence)
    assert similar.verdict == beyond(Estimate(cell["value"], cell["low"], cell["high"]), about_geometry.SIMILAR)
    assert -1 < cell["low"] <= cell["high"] < 1


def test_no_end_of_an_interval_over_trainings_is_impossible(inputs):
    """What the first demo's table printed: cosine 1.024, agreement 108 % and FID −26."""
    scores = spread(inputs.scores, (0.997, 0.92, 0.99), variant="tail-39-every", metric="class_agreement", quantity="value")
    scores = spread(scores, (1.9, 25.0, 3.1), variant="tail-39-every", metric="fid", quantity="value")
    frame = spread(inputs.geometry, (0.952, 0.985, 0.988), kind="c", metric="cosine_similarity")
    table = build_seeds_table(inputs.evidence("seeds", synthetic.SEEDS, NAMES, scores=scores, geometry=frame)).frame
    for column, (low, high) in {"class_agreement": (0, 1), "fid": (0, math.inf), "cosine_similarity": (-1, 1)}.items():
        cells = table[(table["column"] == column) & table["value"].notna()]
        assert len(cells)
        assert (cells["low"] >= low).all()
        assert (cells["high"] <= high).all()


def test_models_of_several_families_have_a_section_each(inputs):
    study = dataclasses.replace(
        inputs.files.study, replicates={"sit-mini": synthetic.SEEDS, "dit-mini": ["dit-mini", "repa-mini"]}
    )
    table = build_seeds_table(inputs.evidence("trainings", [*synthetic.SEEDS, "dit-mini", "repa-mini"], NAMES[:2], study=study))
    assert list(table.frame["section"].unique()) == ["SiT-mini", "DiT-mini"]
    cells = table.frame[(table.frame["variant"] == "tail-39-every") & (table.frame["column"] == "fid")]
    assert cells["n"].tolist() == [3, 2]
    assert table.name == "trainings"
    assert "3 of SiT-mini, 2 of DiT-mini" in table.footnotes[0]
