"""How many samples and shards the models of a study have, and what may not be scored."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from describe_variants import describe_variants
from render_figure import render_figure
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.page_facts import report_facts

ROOT = Path(__file__).resolve().parents[3]


def study(**changes):
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    return load_study(config | changes, ROOT)


def test_a_model_of_data_has_one_sample_per_condition():
    paper = study()
    assert paper.samples("repa") == paper.config["samples"]
    assert paper.samples("xmdpt-l") == 1000
    assert paper.sample_plan("xmdpt-l").samples == 1000
    assert study(samples=400, generation={"micro_batch": 50}).samples("xmdpt-l") == 400


def test_there_are_no_more_shards_than_micro_batches():
    paper = study(generation={"micro_batch": 50, "shards": 100}, samples=50_000)
    assert len(paper.shards("repa")) == 100
    assert len(paper.shards("xmdpt-l")) == paper.sample_plan("xmdpt-l").shards == 20


def test_sounds_may_be_shown_but_not_scored():
    assert [model for model in study().config["models"] if study().is_sound(model)] == ["mdsgen-b"]
    with pytest.raises(UserError, match=r"tables\.table7\.models names 'mdsgen-b'"):
        study(tables={"table7": {"models": ["xmdpt-l", "mdsgen-b"], "variants": ["baseline"]}})


def test_without_clips_the_figure_says_so(tmp_path):
    paper = study()
    output = tmp_path / "figure_sounds.png"
    facts = report_facts(paper) | {"asked": paper.wanted("figures", "figure_sounds")}
    facts |= {"not_run": {"mdsgen-b": "data/cavp holds 0 of the 16 clips needed"}}
    render_figure("paper", ["figure_sounds"], {"images": [], "variants": []}, facts, [output])
    reason = "MDSGen-B was not run: data/cavp holds 0 of the 16 clips needed."
    assert read_drawing(output).alt == f"Nothing is drawn. {reason}"


def test_the_figure_shows_the_examples_of_each_variant(tmp_path):
    paper = study()
    variants, images = tmp_path / "mdsgen-b.parquet", tmp_path / "baseline.parquet"
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((1, 4, 8)).astype(np.float32)
    metadata = {"model": "mdsgen-b"}
    conditions_file.write(
        tmp_path / "conditions.parquet", vectors, vectors[0], vectors[:, 0], np.array([999.0]), np.arange(4), metadata
    )
    describe_variants(tmp_path / "conditions.parquet", {"baseline": {}}, {"steps": 50, "last_share": 0.1}, variants)
    pictures = rng.integers(0, 256, (3, 8, 40, 1), dtype=np.uint8)
    parquet.write(images, {"sample": np.arange(3), "label": np.full(3, -1), "image": pictures})
    files, output = {"images": [images], "variants": [variants]}, tmp_path / "figure_sounds.png"
    facts = report_facts(paper) | {"asked": {"models": ["mdsgen-b"], "variants": ["baseline"]}, "not_run": {}}
    render_figure("paper", ["figure_sounds"], files, facts, [output])
    assert read_drawing(output).alt == "Log-mel spectrograms of 2 clips in 1 row: baseline."
