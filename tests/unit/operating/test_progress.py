"""Progress is read from files alone: finished shards, finished micro-batches, their times."""

import os

import numpy as np
import pytest

from semantic_bottleneck.operating.progress import run_progress, shard_progress
from semantic_bottleneck.operating.progress_page import duration, progress_page
from semantic_bottleneck.sampling.parts import finished_parts, part_path, save_part

NOW = 1_000_000.0


def finish(folder, batch, at, fingerprint="f00d"):
    path = part_path(folder, fingerprint, batch)
    save_part(path, {"latents": np.zeros(1)})
    os.utime(path, (at, at))


@pytest.fixture
def shard(tmp_path):
    """A shard of 40 samples of which three micro-batches of ten are finished: with a pause, the last one just now."""
    for number, at in enumerate((NOW - 5000, NOW - 20, NOW)):
        finish(tmp_path / "latents/000", range(10 * number, 10 * number + 10), at)
    finish(tmp_path / "latents/000", range(0, 40), NOW - 9000, "0ld-version")
    return {"latents": tmp_path / "latents/000.parquet", "benchmark": tmp_path / "000.tsv", "samples": [0, 40]}


def test_parts_of_an_older_version_do_not_count(tmp_path, shard):
    assert finished_parts(tmp_path / "latents/000") == {
        range(0, 10): NOW - 5000,
        range(10, 20): NOW - 20,
        range(20, 30): NOW,
    }
    assert finished_parts(tmp_path / "absent") == {}


def test_an_unfinished_shard_counts_its_micro_batches(shard):
    found = shard_progress(**shard, now=NOW + 30)
    assert (found["done"], found["active"]) == (30, True)
    assert not shard_progress(**shard, now=NOW + 100_000)["active"]


def test_a_pause_between_two_runs_does_not_count(tmp_path, shard):
    for number, at in ((3, NOW + 10), (4, NOW + 20), (5, NOW + 30)):
        finish(tmp_path / "latents/000", range(10 * number, 10 * number + 10), at)
    found = shard_progress(**shard | {"samples": [0, 80]}, now=NOW + 30)
    assert found["timed"] / found["seconds"] == 1.0


def test_a_finished_shard_goes_by_its_benchmark(shard):
    shard["latents"].write_bytes(b"")
    assert shard_progress(**shard, now=NOW) == {"done": 40, "timed": 0, "seconds": 0.0, "active": False}
    shard["benchmark"].write_text("s\th:m:s\n80.0\t0:01:20\n")
    assert shard_progress(**shard, now=NOW) == {"done": 40, "timed": 40, "seconds": 80.0, "active": False}


def test_what_is_left_goes_by_the_steps_of_what_was_timed(tmp_path, shard):
    shard["latents"].write_bytes(b"")
    shard["benchmark"].write_text("s\n80.0\n")  # 2 s an image, of 10 steps
    late = {"latents": tmp_path / "late.parquet", "benchmark": tmp_path / "late.tsv", "samples": [0, 40]}
    plan = {
        "sit": {"baseline": {"steps": 10, "shards": [shard]}, "late": {"steps": 5, "shards": [late]}},
        "dit": {"baseline": {"steps": 10, "shards": [late | {"latents": tmp_path / "other.parquet"}]}},
    }
    found = run_progress(plan, NOW)
    rows = {(row["model"], row["variant"]): row for row in found["rows"]}
    assert rows["sit", "baseline"]["images_per_second"] == 0.5
    assert rows["sit", "baseline"]["seconds_left"] == 0
    assert rows["sit", "late"]["seconds_left"] == 40
    assert rows["dit", "baseline"]["seconds_left"] is None
    total = {"planned": 120, "done": 40, "jobs": 0, "seconds_left": 40, "unknown": ["dit baseline"]}
    assert found["total"] == total
    page = progress_page("own", found)
    assert "40 of 120 samples; 0 job(s) sampling now; 40 s left at this pace, without dit baseline." in page


def test_jobs_beside_each_other_share_what_is_left(tmp_path, shard):
    other = tmp_path / "other"
    for number, at in enumerate((NOW - 20, NOW)):
        finish(other, range(10 * number, 10 * number + 10), at)
    second = {"latents": tmp_path / "other.parquet", "benchmark": tmp_path / "no.tsv", "samples": [0, 40]}
    plan = {"sit": {"baseline": {"steps": 10, "shards": [second]}, "all": {"steps": 10, "shards": [second]}}}
    assert run_progress(plan, NOW)["total"] == {"planned": 80, "done": 40, "jobs": 2, "seconds_left": 40.0, "unknown": []}


def test_a_finished_study_says_so(shard):
    shard["latents"].write_bytes(b"")
    found = run_progress({"sit": {"baseline": {"steps": 10, "shards": [shard]}}}, NOW)
    assert progress_page("own", found).endswith("All 40 samples are there.\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "-"), (0.2, "1 s"), (59, "59 s"), (90, "2 min"), (3600, "1 h 0 min"), (7300, "2 h 2 min"),
     (200_000, "2 d 8 h"), (900_000, "10 d")],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text
