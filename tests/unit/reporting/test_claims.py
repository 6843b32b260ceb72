import json
from dataclasses import asdict

import numpy as np
import pytest

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.paper.claims import pruning as about_pruning
from semantic_bottleneck.reporting.paper.claims import training as about_training
from semantic_bottleneck.reporting.paper.claims.judge import judge_claims
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from tests.unit.reporting import synthetic


def changed(frame, edits, **where):
    """A copy of `frame` with value, low and high replaced (or computed) where the columns match."""
    frame = frame.copy()
    rows = frame["value"].notna()
    for name, wanted in where.items():
        rows &= frame[name].isin(wanted) if isinstance(wanted, list) else frame[name] == wanted
    assert rows.any()
    for name, value in zip(("value", "low", "high"), edits, strict=True):
        frame.loc[rows, name] = value
    return frame


def outcome(claim):
    return claim.verdict, {finding.verdict for finding in claim.findings}


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        ([0.4, 0.6, 0.7, 0.8, 0.9], HOLDS),
        ([0.9, 0.8, 0.7, 0.6, 0.5], FAILS),
        ([0.4, 0.97, 0.8, 0.78, 0.85], OPEN),  # spike, dip, rise: ends higher, but not by growing
    ],
)
def test_similarity_grows(inputs, curve, verdict):
    frame = inputs.geometry
    for step, value in zip(sorted(frame["training_step"].unique()), curve, strict=True):
        frame = changed(frame, (value,) * 3, kind="c", metric="cosine_similarity", training_step=step)
    claim = about_training.SIMILARITY_GROWS.claim(inputs.evidence(geometry=frame))
    verdicts = {finding.model: finding.verdict for finding in claim.findings}
    assert verdicts == {"sit-mini": verdict, "dit-mini": OPEN, "repa-mini": OPEN}
    assert f"{curve[0]:.4f} at step 0" in claim.sentence
    assert "SiT-mini, mean of 3 trainings: " in claim.findings[0].sentence
    assert claim.findings[1].sentence.startswith("DiT-mini, this checkpoint: ")
    assert claim.findings[1].sentence.endswith("One training decides nothing.")


def test_sparsity_grows_is_the_same_rule_downwards(inputs):
    frame = inputs.geometry
    for step, value in zip(sorted(frame["training_step"].unique()), [64, 50, 40, 30, 20], strict=True):
        frame = changed(frame, (value,) * 3, kind="c", metric="normalized_participation_ratio_percent", training_step=step)
    assert about_training.SPARSITY_GROWS.claim(inputs.evidence(geometry=frame)).findings[0].verdict == HOLDS


def test_too_few_checkpoints_are_no_curve(inputs):
    frame = inputs.geometry[inputs.geometry["training_step"] >= 1000]
    assert about_training.SIMILARITY_GROWS.claim(inputs.evidence(geometry=frame)).verdict == NOT_RUN


AGREEMENT = {"metric": "class_agreement", "quantity": "difference"}
FID = {"metric": "fid", "quantity": "difference"}


@pytest.mark.parametrize(
    ("rule", "variant", "metric", "edits", "verdict"),
    [
        (about_pruning.TAIL_PRUNABLE, "tail-39-every", AGREEMENT, (-0.005, -0.015, 0.005), HOLDS),
        (about_pruning.TAIL_PRUNABLE, "tail-39-every", AGREEMENT, (-0.05, -0.06, -0.04), FAILS),
        (about_pruning.TAIL_PRUNABLE, "tail-39-every", AGREEMENT, (-0.02, -0.03, -0.01), OPEN),
        (about_pruning.HEAD_NOT_PRUNABLE, "head-10-every", AGREEMENT, (-0.3, -0.35, -0.25), HOLDS),
        (about_pruning.HEAD_NOT_PRUNABLE, "head-10-every", AGREEMENT, (-0.005, -0.01, 0.0), FAILS),
        (about_pruning.HEAD_NOT_PRUNABLE, "head-10-every", AGREEMENT, (-0.05, -0.06, -0.04), OPEN),
        (about_pruning.RANDOM_WORSE_THAN_TAIL, "random-39-every", AGREEMENT, (-0.4, -0.45, -0.35), HOLDS),
        (about_pruning.RANDOM_WORSE_THAN_TAIL, "random-39-every", AGREEMENT, (0.1, 0.09, 0.11), FAILS),
        (about_pruning.RANDOM_WORSE_THAN_TAIL, "random-39-every", AGREEMENT, (-0.002, -0.02, 0.01), OPEN),
        (about_pruning.LATE_PRUNING_BEST, "tail-39-last", FID, (-0.9, -1.0, -0.8), HOLDS),
        (about_pruning.LATE_PRUNING_BEST, "tail-39-last", FID, (0.9, 0.8, 1.0), FAILS),
        (about_pruning.LATE_PRUNING_BEST, "tail-39-last", FID, (0.0, -0.2, 0.2), OPEN),
        (about_pruning.PRUNING_IMPROVES_QUALITY, "tail-39-last", FID, (-0.1, -0.12, -0.08), HOLDS),
        (about_pruning.PRUNING_IMPROVES_QUALITY, "tail-39-last", FID, (0.01, 0.005, 0.02), FAILS),
        (about_pruning.PRUNING_IMPROVES_QUALITY, "tail-39-last", FID, (-0.1, -0.3, 0.1), OPEN),
        (about_pruning.PRUNING_IMPROVES_QUALITY, "random-39-last", FID, (-0.2, -0.22, -0.18), FAILS),
        (about_pruning.PRUNING_IMPROVES_QUALITY, "random-39-last", FID, (-0.02, -0.04, 0.0), OPEN),
        (about_pruning.MAGNITUDE_RANKS, "silu-head-10-every", AGREEMENT, (-0.1, -0.11, -0.09), HOLDS),
        (about_pruning.MAGNITUDE_RANKS, "silu-head-10-every", AGREEMENT, (-0.7, -0.75, -0.65), FAILS),
        (about_pruning.MAGNITUDE_RANKS, "silu-head-10-every", AGREEMENT, (-0.26, -0.3, -0.2), OPEN),
    ],
)
def test_pruning_claims_go_every_way(inputs, tmp_path, rule, variant, metric, edits, verdict):
    tail = changed(inputs.scores, (-0.02, -0.03, -0.01), variant="tail-39-last", **FID)
    scores = changed(tail, edits, variant=variant, **metric)
    claim = rule.claim(inputs.alone(scores=scores, replicates=synthetic.replicates(tmp_path, scores, ["dit-mini"])))
    finding = next(finding for finding in claim.findings if finding.model == "dit-mini")
    assert finding.verdict == verdict
    assert finding.sentence.startswith("DiT-mini, this checkpoint: ")
    assert f"scores/dit-mini/{variant}.parquet" in finding.evidence


def test_two_variants_are_compared_by_their_own_groups_and_not_by_two_intervals(inputs, tmp_path):
    """Intervals that overlap widely tell the variants apart where both move together from group to group."""
    scores = changed(inputs.scores, (-0.05, -0.10, 0.0), variant="random-39-every", **AGREEMENT)
    scores = changed(scores, (-0.03, -0.08, 0.02), variant="tail-39-every", **AGREEMENT)
    files = synthetic.replicates(tmp_path, scores, ["dit-mini"])
    rule, model = about_pruning.RANDOM_WORSE_THAN_TAIL, "dit-mini"

    def verdict():
        claim = rule.claim(inputs.alone(scores=scores, replicates=files))
        return next(finding.verdict for finding in claim.findings if finding.model == model)

    assert verdict() == OPEN
    columns = parquet.read(files[model, "tail-39-every"])
    together = parquet.read(files[model, "random-39-every"])
    rows = columns["metric"] == "class_agreement"
    without = np.where(rows, together["without"] + 0.02, columns["without"])
    parquet.write(files[model, "tail-39-every"], columns | {"without": without})
    assert verdict() == HOLDS


def test_without_replicates_two_variants_are_not_compared(inputs):
    assert about_pruning.RANDOM_WORSE_THAN_TAIL.claim(inputs.alone()).verdict == NOT_RUN


def test_without_its_control_an_improvement_is_inconclusive(inputs):
    scores = changed(inputs.scores, (-0.1, -0.12, -0.08), variant="tail-39-last", **FID)
    scores = scores[scores["variant"] != "random-39-last"]
    claim = about_pruning.PRUNING_IMPROVES_QUALITY.claim(inputs.alone(scores=scores))
    assert outcome(claim) == (OPEN, {OPEN})
    assert "its control, were not scored" in claim.sentence


def test_without_agreement_a_loss_is_judged_by_fid(inputs):
    scores = inputs.scores[inputs.scores["metric"] != "class_agreement"]
    free = changed(scores, (0.01, 0.0, 0.02), variant="tail-39-every", **FID)
    assert about_pruning.TAIL_PRUNABLE.claim(inputs.alone(scores=free)).verdict == HOLDS
    claim = about_pruning.HEAD_NOT_PRUNABLE.claim(inputs.alone(scores=free))
    assert claim.verdict == HOLDS
    assert "% of the baseline's FID" in claim.sentence


def test_the_sign_split_of_the_head_is_stated(inputs, tmp_path):
    claim = about_pruning.MAGNITUDE_RANKS.claim(
        inputs.alone(replicates=synthetic.replicates(tmp_path, inputs.scores, ["sit-mini"]))
    )
    assert "of the head by |c| 70 % are negative" in claim.sentence


def test_claims_become_json_and_empty_inputs_are_not_run(inputs):
    claims = judge_claims(inputs.evidence())
    records = json.loads(json.dumps([asdict(claim) for claim in claims]))
    assert [record["findings"][0]["sentence"] for record in records] == [claim.findings[0].sentence for claim in claims]
    nothing = judge_claims(PaperEvidence(inputs.files.study))
    assert [claim.name for claim in nothing] == [claim.name for claim in claims]
    assert {claim.verdict for claim in nothing} == {NOT_RUN}
