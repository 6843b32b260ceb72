"""A change reruns exactly what depends on it, and the result never depends on how the work was cut."""

import os
import signal
import subprocess
import time

import numpy as np
import pytest

from semantic_bottleneck.files import parquet
from semantic_bottleneck.training.classifier import load_classifier
from tests.workflow.project import clean_environment, count_rules

EXPENSIVE = {"train_model", "train_classifier", "train_clip", "run_trunk", "run_branch"}


def test_a_second_run_has_nothing_to_do(nano):
    assert "Nothing to be done" in nano.run("-n", "all").stdout


def test_one_threshold_reruns_its_variant_only(copy):
    config = copy.configured(
        "other", tau=("head-10-every: {side: head, quantile: 0.10}", "head-10-every: {side: head, quantile: 0.2}")
    )
    planned = copy.planned(config=config)
    once = ("run_branch", "decode_examples", "extract_features", "score_variant", "describe_variants")
    assert all(planned[rule] == 1 for rule in once)
    assert planned["render_table"] == 3  # tables 2 and 6 print the removed shares of this model, and its errors have a budget
    assert not planned.keys() & {"train_model", "run_trunk", "measure_geometry", "extract_conditions"}


def test_a_new_variant_runs_its_branch_only(copy):
    last = "    head-10-every: {side: head, quantile: 0.10}\n"
    config = copy.configured(
        "more",
        variant=(last, last + "    new: {side: tail, quantile: 0.5, window: last}\n"),
        table=("tail-39-last, head-10-every]}\n  table4", "tail-39-last, head-10-every, new]}\n  table4"),
    )
    planned = copy.planned("table2", config=config)
    assert planned["run_branch"] == planned["score_variant"] == 1
    assert not planned.keys() & {"train_model", "run_trunk"}


def test_the_study_seed_reruns_sampling_but_no_geometry(copy):
    planned = copy.planned(config=copy.configured("seed", seed=("seed: 0\n", "seed: 5\n")))
    assert planned["run_trunk"] == 1
    assert planned["run_branch"] == 3


def test_the_precision_reruns_sampling_and_sharing_a_device_reruns_nothing(copy):
    start = "  micro_batch: 10\n"
    precise = copy.planned(config=copy.configured("precise", precision=(start, start + "  precision: bf16\n")))
    assert precise["run_trunk"] == 1
    assert precise["run_branch"] == 3
    assert "train_model" not in precise
    shared = copy.planned(config=copy.configured("shared", jobs=(start, start + "  jobs_per_device: 2\n")))
    assert not shared.keys() & {*EXPENSIVE, "extract_features"}


@pytest.mark.parametrize(
    ("module", "reruns", "spares"),
    [
        ("geometry/measures.py", {"measure_geometry", "measure_training_geometry"}, EXPENSIVE),
        ("models/mdt.py", set(), EXPENSIVE | {"measure_geometry", "extract_conditions"}),
        ("pruning/criteria.py", {"run_branch", "describe_variants"}, {"train_model", "run_trunk", "measure_geometry"}),
        ("reporting/paper/tables/conditions.py", {"render_table"}, EXPENSIVE | {"measure_geometry", "score_variant"}),
        ("scores/kid.py", {"score_variant"}, EXPENSIVE | {"extract_features"}),
        ("features/study_cnn.py", {"extract_features", "embed_reference", "score_variant"}, EXPENSIVE),
        ("models/dit.py", {"train_model", "run_trunk", "run_branch"}, {"train_classifier", "train_clip"}),
    ],
)
def test_a_library_edit_reruns_its_users(copy, module, reruns, spares):
    copy.edit(module)
    output = copy.run("-n", "all").stdout
    planned = count_rules(output)
    assert reruns <= planned.keys()
    assert not spares & planned.keys()
    assert ("Params have changed" in output) == bool(reruns)


def test_comments_docstrings_and_formatting_rerun_nothing(copy):
    path = copy.folder / "workflow_scripts/semantic_bottleneck/geometry/measures.py"
    text = path.read_text().replace('"""Geometry of', '"""All about the geometry of')
    path.write_text(text.replace("return vectors * 0.5", "return (  # the logistic function\n        vectors) * 0.5"))
    copy.edit("geometry/measures.py", "# a last word")
    assert not copy.planned()


def test_one_table_plans_nothing_more_than_it_needs(nano, tmp_path):
    project = type(nano).copy_of(nano.folder, tmp_path / "project")
    planned = project.planned("table1")
    assert planned == {
        "train_alignment": 1,  # of repa-nano alone; the judge is not asked for
        "train_model": 4,
        "read_trained_conditioner": 4,
        "extract_conditions": 4,
        "measure_geometry": 4,
        "render_table": 1,
        "table1": 1,
    }
    assert project.planned("table2")["train_model"] == 1


def test_no_model_is_trained_towards_the_judge_of_its_samples(nano):
    planned = nano.planned(options=("--forcerun", "train_classifier"))
    assert planned["extract_features"] > 0
    assert "train_model" not in planned
    judge, alignment = (
        load_classifier(nano.folder / f"results/nano/{name}.pt").hidden.weight
        for name in ("evaluators/classifier", "checkpoints/alignment")
    )
    assert not judge.equal(alignment)


def test_results_do_not_depend_on_the_number_of_shards(copy):
    folder = copy.folder / "results/nano"
    variants = ("baseline", "tail-39-last")
    before = {name: parquet.read(folder / f"latents/sit-nano/{name}/000.parquet") for name in variants}
    scores = (folder / "scores/sit-nano/tail-39-last.parquet").read_bytes()
    config = copy.configured("shards", shards=("  micro_batch: 10\n", "  micro_batch: 10\n  shards: 3\n"))
    copy.run("--cores", "2", "results/nano/scores/sit-nano/tail-39-last.parquet", "--quiet", "rules", config=config)
    for name in variants:
        shards = [parquet.read(folder / f"latents/sit-nano/{name}/00{shard}.parquet") for shard in range(3)]
        assert [len(shard["sample"]) for shard in shards] == [20, 20, 20]
        for column, values in before[name].items():
            assert np.concatenate([shard[column] for shard in shards]).tobytes() == values.tobytes()
    assert (folder / "scores/sit-nano/tail-39-last.parquet").read_bytes() == scores


def test_a_killed_run_goes_on_to_the_same_bytes(copy):
    folder = copy.folder / "results/nano/latents/sit-nano"
    target = "results/nano/latents/sit-nano/head-10-every/000.parquet"
    before = (copy.folder / target).read_bytes()
    (copy.folder / target).unlink()
    command = copy.command("--cores", "1", target, "--configfile", "config/nano.yaml")
    process = subprocess.Popen(command, cwd=copy.folder, env=clean_environment(), start_new_session=True, stdout=-3, stderr=-3)
    deadline = time.monotonic() + 120
    while not list(folder.glob("head-10-every/000/*.npz")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    copy.run("--unlock")
    copy.run("--cores", "1", target)
    assert (copy.folder / target).read_bytes() == before
    assert not (folder / "head-10-every/000").exists()
