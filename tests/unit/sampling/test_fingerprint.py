"""Unfinished work of a job is taken up only by a job that would do the same."""

import hashlib
import json
import os
import time
from dataclasses import asdict, replace

import pytest

from semantic_bottleneck.sampling.model_run import fingerprint
from semantic_bottleneck.study.sample_plan import SamplePlan

PLAN = SamplePlan(seed=0, samples=8, shards=2, micro_batch=4, labels="balanced", precision="fp32", compile=False)
CARD, SETTINGS = {"name": "dit"}, {"code": "a"}
OTHER = {"seed": 1, "samples": 9, "shards": 1, "micro_batch": 3, "labels": "random", "precision": "tf32", "compile": True}


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"one")
    return path


def test_the_same_job_has_the_same_fingerprint(weights):
    assert fingerprint(CARD, weights, None, PLAN, SETTINGS) == fingerprint(CARD, weights, None, PLAN, SETTINGS)


@pytest.mark.parametrize("change", [({"name": "sit"}, PLAN, SETTINGS), (CARD, PLAN, {"code": "b"})])
def test_another_setting_has_another(weights, change):
    card, plan, settings = change
    assert fingerprint(card, weights, None, plan, settings) != fingerprint(CARD, weights, None, PLAN, SETTINGS)


@pytest.mark.parametrize("key", asdict(PLAN))
def test_another_plan_has_another(weights, key):
    other = replace(PLAN, **{key: OTHER[key]})
    assert fingerprint(CARD, weights, None, other, SETTINGS) != fingerprint(CARD, weights, None, PLAN, SETTINGS)


def test_it_is_made_of_plain_data(weights):
    """So that work begun under an earlier version of these types is taken up."""
    plain = json.loads(json.dumps(asdict(PLAN)))
    stat = weights.stat()
    states = [(stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns)]
    decisive = json.dumps([CARD, plain, SETTINGS, states], sort_keys=True)
    expected = hashlib.sha256(decisive.encode()).hexdigest()[:16]
    assert fingerprint(CARD, weights, None, PLAN, SETTINGS) == expected


def test_other_bytes_of_the_same_size_and_time_have_another(weights):
    before, stat = fingerprint(CARD, weights, None, PLAN, SETTINGS), weights.stat()
    time.sleep(0.05)  # longer than the ticks in which file systems count
    weights.write_bytes(b"two")
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert weights.stat().st_mtime_ns == stat.st_mtime_ns
    assert fingerprint(CARD, weights, None, PLAN, SETTINGS) != before


def test_inputs_count_as_weights_do(weights, tmp_path):
    inputs = tmp_path / "inputs.npz"
    inputs.write_bytes(b"pictures")
    assert fingerprint(CARD, weights, inputs, PLAN, SETTINGS) != fingerprint(CARD, weights, None, PLAN, SETTINGS)
