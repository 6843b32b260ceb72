"""Two made-up runs that differ in known ways."""

import io
import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest

from render_comparison import render_comparison
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.comparison.compare import (
    CHANGED,
    NO_INTERVAL,
    ONLY_LEFT,
    ONLY_RIGHT,
    SAME,
    VERDICTS,
    WITHIN,
    changed_settings,
    changed_verdicts,
    compare,
    read_numbers,
)
from semantic_bottleneck.reporting.core.verdicts import OTHER_SIZE
from semantic_bottleneck.reporting.paper.metrics_json import write_metrics
from semantic_bottleneck.study.result_folders import content_hash, pair_name, result_files
from tests.accessibility import faults
from tests.unit.reporting import synthetic
from tests.unit.reporting.test_report import TEMPLATES, Page

NAN = math.nan


def numbers(*rows):
    return pd.DataFrame(
        [("m", "v", metric, "value", *rest) for metric, *rest in rows],
        columns=["model", "variant", "metric", "quantity", "value", "low", "high", "n"],
    )


@pytest.mark.parametrize(
    ("left", "right", "verdict", "direction"),
    [
        ((3.0, 2.9, 3.1, 100), (3.0, 2.9, 3.1, 100), SAME, ""),
        ((3.0, 2.9, 3.1, 100), (3.1, 3.0, 3.2, 100), WITHIN, ""),  # half widths 0.1 each: 0.141 together
        ((3.0, 2.9, 3.1, 100), (3.15, 3.05, 3.25, 100), CHANGED, "worse"),
        ((3.0, 2.9, 3.1, 100), (2.8, 2.7, 2.9, 100), CHANGED, "better"),
        ((3.0, 2.9, 3.1, 100), (9.0, 8.9, 9.1, 500), OTHER_SIZE, ""),
        ((3.0, NAN, NAN, 100), (3.1, 3.0, 3.2, 100), NO_INTERVAL, ""),
        ((3.0, NAN, NAN, NAN), (3.0, NAN, NAN, NAN), SAME, ""),
    ],
)
def test_every_verdict_follows_its_rule(left, right, verdict, direction):
    found = compare(numbers(("fid", *left)), numbers(("fid", *right))).iloc[0]
    assert (found["verdict"], found["direction"]) == (verdict, direction)
    assert found["difference"] == right[0] - left[0]


def test_the_interval_of_the_difference_adds_half_widths_in_quadrature():
    left, right = (0.5, 0.47, 0.53, 10), (0.9, 0.86, 0.94, 20)
    found = compare(numbers(("coverage", *left)), numbers(("coverage", *right))).iloc[0]
    assert found["difference_low"] == pytest.approx(0.4 - 0.05)
    assert found["difference_high"] == pytest.approx(0.4 + 0.05)
    assert found["verdict"] == CHANGED  # coverage does not depend on n


def test_numbers_of_one_side_are_named_and_rows_are_ordered():
    left = numbers(("fid", 1.0, 0.9, 1.1, 10), ("kid", 2.0, 1.9, 2.1, 10), ("recall", 0.5, 0.4, 0.6, 10))
    right = numbers(("precision", 0.7, 0.6, 0.8, 10), ("recall", 0.5, 0.4, 0.6, 10), ("fid", 2.0, 1.9, 2.1, 10))
    found = compare(left, right)
    assert list(zip(found["metric"], found["verdict"], strict=True)) == [
        ("fid", CHANGED),
        ("kid", ONLY_LEFT),
        ("precision", ONLY_RIGHT),
        ("recall", SAME),
    ]
    assert set(VERDICTS) >= set(found["verdict"])


@pytest.fixture
def runs(inputs, tables, tmp_path):
    """The synthetic study as two folders; the right one's FID of one variant is moved and one file is gone."""
    folders = []
    for name in ("left", "right"):
        folder = tmp_path / name
        for part in ("scores",):
            shutil.copytree(inputs.files.root / part, folder / part)
        for path in inputs.files.geometry:
            target = folder / path.relative_to(inputs.files.root)
            target.parent.mkdir(parents=True)
            shutil.copy(path, target.with_name("final.parquet"))
        write_metrics(folder / "metrics.json", inputs.files.study, list(tables.values()), [])
        folders.append(folder)
    path = folders[1] / "scores/sit-mini/tail-39-every.parquet"
    moved = parquet.read(path)
    chosen = (moved["metric"] == "fid") & (moved["quantity"] == "value")
    for name in ("value", "low", "high"):
        moved[name] = np.where(chosen, moved[name] + 1.0, moved[name])
    parquet.write(path, moved)
    (folders[1] / "scores/dit-mini/mean-39-every.parquet").unlink()
    return folders


def test_a_moved_score_is_found_and_every_number_on_the_page_equals_its_source(runs, tmp_path):
    outputs = [tmp_path / f"both.{form}" for form in ("html", "md", "parquet")]
    render_comparison(*map(str, runs), TEMPLATES / "compare.html.j2", *outputs)
    frame = pd.DataFrame(parquet.read(outputs[2]))
    changed = frame[frame["verdict"] == CHANGED]
    assert changed[["model", "variant", "metric"]].to_numpy().tolist() == [["sit-mini", "tail-39-every", "fid"]]
    assert changed["difference"].item() == pytest.approx(1.0)
    assert set(frame.loc[frame["verdict"] == ONLY_LEFT, "variant"]) == {"mean-39-every"}
    parsed = Page(outputs[0].read_text(encoding="utf-8"))
    for side in ("left", "right", "difference"):
        cells = [named for _, named in parsed.elements if named.get("data-column") == side]
        shown = [float(named["data-value"]) for named in cells if "data-value" in named]
        assert sorted(shown) == sorted(frame[side].dropna())
    file = "scores/sit-mini/tail-39-every.parquet"
    assert changed["left_result_file"].item() == str(runs[0] / file)
    assert changed["right_result_file"].item() == str(runs[1] / file)
    assert changed["left_checkpoint_sha256"].item() == synthetic.origin("sit-mini")["checkpoint_sha256"]
    assert changed["right_checkpoint_sha256"].item() == ""  # the moved file was written without metadata
    assert (frame.loc[frame["verdict"] == ONLY_LEFT, "right_result_file"] == "").all()
    opened = [named["popovertarget"] for tag, named in parsed.elements if tag == "button" and named.get("class") == "origin"]
    assert len(opened) == frame[["left", "right"]].notna().sum(axis=None)
    assert set(opened) == {named["id"] for _, named in parsed.elements if "popover" in named}
    text = outputs[1].read_text(encoding="utf-8")
    assert (
        "| sit-mini, tail-39-every | FID | 1.80 [1.68 to 1.92] | 2.80 [2.68 to 2.92] | +1.00 [+0.83 to +1.17] | worse |" in text
    )


def test_a_cell_says_half_the_width_and_everybody_can_use_the_page(each_browser, runs, tmp_path):
    page = tmp_path / "both.html"
    render_comparison(*map(str, runs), TEMPLATES / "compare.html.j2", page, tmp_path / "both.md", tmp_path / "both.parquet")
    assert faults(each_browser, page) == []
    cell = "document.querySelector('td[data-column=difference]')"
    assert each_browser.evaluate(f"{cell}.querySelector('.value').innerText.trim()") == "+1.00 ± 0.17"
    copy = "JSON.parse(document.querySelector('.tabled script').textContent)"
    assert each_browser.evaluate(f"{copy}.LaTeX").count(r"sit-mini, tail-39-every & FID & 1.80 [1.68 to 1.92] &") == 1
    exact = pd.read_csv(io.StringIO(each_browser.evaluate(f"{copy}.CSV")), float_precision="round_trip")
    stored = pd.DataFrame(parquet.read(tmp_path / "both.parquet")).query("verdict == @CHANGED")
    assert exact["difference"].tolist() == stored["difference"].tolist()


def test_without_result_files_the_tables_of_the_report_are_compared(runs, tables):
    for folder in runs:
        shutil.rmtree(folder / "scores")
        shutil.rmtree(folder / "geometry")
    found = read_numbers(runs[0])
    assert set(compare(found, read_numbers(runs[1]))["verdict"]) == {SAME}
    fid = tables["table2"].frame.query("model == 'sit-mini' and variant == 'tail-39-every' and column == 'fid'")
    stored = found.query("model == 'sit-mini' and variant == 'tail-39-every' and metric == 'fid'").set_index("quantity")
    assert stored.loc["value", "value"] == fid["value"].item()
    assert stored.loc["difference", "low"] == fid["difference_low"].item()
    (runs[0] / "metrics.json").write_text(json.dumps({"tables": {}}))
    with pytest.raises(UserError, match="holds neither scores, geometry nor tables"):
        read_numbers(runs[0])


def test_folders_are_checked_and_hashed_by_content(runs, tmp_path):
    before = content_hash(runs[0])
    assert content_hash(runs[0]) == before != content_hash(runs[1])
    assert len(result_files(runs[0])) > 50
    with pytest.raises(UserError, match=r"no result folder .*other; beside it are .*left, .*right; give"):
        result_files(tmp_path / "other")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="neither scores, geometry nor metrics"):
        result_files(tmp_path / "empty")
    assert pair_name("results/a", "elsewhere/b c/") == "a-b_c"


def test_changed_verdicts_and_settings():
    same = {"statement": "B.", "verdict": "holds"}
    claims = [{"claims": [{"statement": "A.", "verdict": verdict}, same]} for verdict in ("holds", "x")]
    assert changed_verdicts(*claims) == [("A.", "holds", "x")]
    left = {"config": {"seed": 0, "tables": {"table1": {}}}, "files": [1]}
    right = {"config": {"seed": 1, "tables": {"table1": {}}}, "code": {"git commit": "abc"}, "files": [2]}
    assert changed_settings(left, right) == [("config.seed", "0", "1"), ("code.git commit", "—", "abc")]
