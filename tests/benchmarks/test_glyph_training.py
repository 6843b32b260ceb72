"""The glyph training at a tenth of its width: the same code, a few updates."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.draw_glyph_training import draw
from benchmarks.glyph_training import TINY, VARIANTS, Plan, card_of
from semantic_bottleneck.models.registry import build_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("glyphs") / "numbers.json"
    command = [sys.executable, "benchmarks/glyph_training.py", str(path), "--size", "tiny"]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return json.loads(path.read_text())


def test_the_plan_is_the_published_shape_and_the_tests_a_tenth_of_it():
    card = card_of(Plan())
    assert (card.architecture["hidden_size"], card.architecture["depth"], card.architecture["num_heads"]) == (
        768,
        12,
        12,
    )
    network = build_network(card.family, card.architecture, device="meta")
    assert len(network.blocks) == 12
    assert network.y_embedder.embedding_table.weight.shape == (260, 768)
    assert not hasattr(network, "projectors")
    assert (TINY.depth, TINY.width) == (12, 76)


def test_the_loss_falls_and_every_measurement_is_there(found):
    updates = [row["update"] for row in found["geometry"]]
    assert updates == [0, 3, 6]
    assert found["geometry"][2]["loss"] < found["geometry"][1]["loss"]
    assert set(found["agreement"][-1]) == {"update", *VARIANTS}
    assert list(found["precisions"]) == ["fp32", "tf32", "bf16, compiled"]
    assert found["precisions"]["fp32"]["difference"][0] == 0.0
    low, high = found["precisions"]["tf32"]["distance"][1:]
    assert low < found["precisions"]["bf16, compiled"]["distance"][0] < high


def test_the_figure_says_what_it_shows(found, tmp_path):
    alt = draw(found, tmp_path / "figure.svg")
    assert "nPR, % of t" in alt
    assert "<svg" in (tmp_path / "figure.svg").read_text()


def test_the_figure_of_the_docs_is_that_of_the_numbers(tmp_path):
    numbers = json.loads((ROOT / "benchmarks/measured/glyph-training-h200.json").read_text())
    draw(numbers, tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").read_bytes() == (ROOT / "docs/glyph_training.svg").read_bytes()
