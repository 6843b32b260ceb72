"""Unfinished work of a job is taken up only by a job that would do the same."""

import os
import time
from dataclasses import replace

import pytest

from semantic_bottleneck.sampling.model_run import fingerprint
from tests.sections import card_of, guidance_of

CARD = card_of({"name": "dit", "family": "dit", "architecture": {"depth": 28}, "guidance": {"scale": 4}})
TRAJECTORY, SETTINGS = {"seed": 0}, {"code": "a"}


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"one")
    return path


def test_the_same_job_has_the_same_fingerprint(weights):
    assert fingerprint(CARD, weights, None, TRAJECTORY, SETTINGS) == fingerprint(CARD, weights, None, TRAJECTORY, SETTINGS)


@pytest.mark.parametrize(
    "change",
    [
        (replace(CARD, architecture={"depth": 12}), TRAJECTORY, SETTINGS),
        (replace(CARD, guidance=guidance_of({"scale": 1.5})), TRAJECTORY, SETTINGS),
        (CARD, {"seed": 1}, SETTINGS),
        (CARD, TRAJECTORY, {"code": "b"}),
    ],
)
def test_another_setting_has_another(weights, change):
    card, trajectory, settings = change
    assert fingerprint(card, weights, None, trajectory, settings) != fingerprint(CARD, weights, None, TRAJECTORY, SETTINGS)


def test_other_bytes_of_the_same_size_and_time_have_another(weights):
    before, stat = fingerprint(CARD, weights, None, TRAJECTORY, SETTINGS), weights.stat()
    time.sleep(0.05)  # longer than the ticks in which file systems count
    weights.write_bytes(b"two")
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert weights.stat().st_mtime_ns == stat.st_mtime_ns
    assert fingerprint(CARD, weights, None, TRAJECTORY, SETTINGS) != before


def test_inputs_count_as_weights_do(weights, tmp_path):
    inputs = tmp_path / "inputs.npz"
    inputs.write_bytes(b"pictures")
    assert fingerprint(CARD, weights, inputs, TRAJECTORY, SETTINGS) != fingerprint(CARD, weights, None, TRAJECTORY, SETTINGS)
