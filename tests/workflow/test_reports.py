"""What a reader of the nano study gets: the report, its machine-readable twins, Snakemake's own report, a comparison."""

import json
import math
import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from semantic_bottleneck.files import parquet
from semantic_bottleneck.uncertainty.origins import COLUMNS as ORIGIN_COLUMNS
from tests.accessibility import faults

TABLES = ("table1", "table2", "table4", "table6")


@pytest.fixture
def results(nano):
    return nano.folder / "results/nano"


def frame_of(path):
    return pd.DataFrame(parquet.read(path))


def test_every_value_has_an_interval_or_says_why_not_and_every_difference_a_verdict(results):
    cells = [cell for table in json.loads((results / "metrics.json").read_text())["tables"].values() for cell in table["cells"]]
    cells = [cell for cell in cells if cell.get("column") and cell["value"] is not None]
    assert len(cells) > 60
    for cell in cells:
        named = (cell["table"], cell["model"], cell["variant"], cell["column"])
        reason = cell["method"].startswith("exact") or "no interval" in cell["note"]
        assert (cell["low"] is not None and cell["low"] <= cell["value"] <= cell["high"]) or reason, named
        if cell["difference"] is not None:
            assert cell["difference_low"] <= cell["difference"] <= cell["difference_high"], named
            assert cell["difference_verdict"].removesuffix(" before correction") in ("better", "worse", "inside the noise"), (
                named
            )
    assert sum(cell["difference"] is not None for cell in cells) > 15


@pytest.mark.parametrize("name", TABLES)
def test_metrics_json_and_csv_hold_what_the_parquet_file_holds(results, name):
    stored = frame_of(results / f"tables/{name}.parquet").drop(columns=[*ORIGIN_COLUMNS])
    numbers = stored.select_dtypes("number").columns
    cells = pd.DataFrame(json.loads((results / "metrics.json").read_text())["tables"][name]["cells"])
    written = pd.read_csv(results / f"tables/{name}.csv", float_precision="round_trip", keep_default_na=False, na_values=[""])
    for other in (cells, written):
        assert list(other.columns) == list(stored.columns)
        np.testing.assert_array_equal(other[numbers].astype(float).to_numpy(), stored[numbers].to_numpy())
        for column in stored.columns.difference(numbers):
            assert other[column].fillna("").tolist() == stored[column].fillna("").tolist()


def test_footnotes_name_the_protocol(results):
    notes = " ".join(json.loads((results / "metrics.json").read_text())["tables"]["table6"]["footnotes"])
    for said in ("study-cnn", "data set digits", "k = 3", "10 shuffled splits", "n = 60", "last 34 %", "null vector is pruned"):
        assert said in notes


def test_snakemakes_own_report_holds_every_part_with_its_caption(nano, tmp_path):
    nano.run("--report", str(tmp_path / "page.zip"))
    with zipfile.ZipFile(tmp_path / "page.zip") as archive:
        names = {name.rpartition("/")[2]: name for name in archive.namelist()}
        texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith((".html", ".js"))]
    assert {"table2.html", "audit.html", "figure1.png", "sit-nano.png"} <= names.keys()
    text = "".join(texts)
    for category in ("Report", "Tables", "Figures", "Training"):
        assert f'"{category}"' in text
    assert "Conditional vectors at the noisiest step" in text  # the caption of Table 1
    assert "--configfile=config/nano.yaml</span>" in text  # in the command below it


def test_compare_finds_the_score_that_moved_and_nothing_else(copy):
    results = copy.folder / "results"
    shutil.copytree(results / "nano", results / "other", ignore=shutil.ignore_patterns("latents", "checkpoints", "features"))
    path = results / "other/scores/sit-nano/baseline.parquet"
    moved = parquet.read(path)
    chosen = (moved["metric"] == "kid") & (moved["quantity"] == "value")
    shift = 10 * float((moved["high"] - moved["low"])[chosen][0])
    for name in ("value", "low", "high"):
        moved[name] = np.where(chosen, moved[name] - shift, moved[name])
    parquet.write(path, moved)
    sides = ("left=results/nano", "right=results/other/")
    copy.run("--cores", "1", "compare", "--config", *sides, config="")
    found = frame_of(results / "compare/nano-other.parquet")
    changed = found[found["verdict"] == "changed beyond the intervals"]
    assert changed[["model", "variant", "metric", "direction"]].to_numpy().tolist() == [
        ["sit-nano", "baseline", "kid", "better"]
    ]
    assert math.isclose(changed["difference"].item(), -shift)
    assert set(found["verdict"]) == {"changed beyond the intervals", "identical"}
    page = (results / "compare/nano-other.html").read_text()
    assert page.count('data-form="LaTeX"') == page.count('class="tabled folds"') == 2
    again = copy.run("-n", "compare", "--config", *sides, config="").stdout
    assert "Nothing to be done" in again


@pytest.mark.parametrize(
    ("sides", "sentence"),
    [
        ([], "compare needs two result folders; add --config left=results/a right=results/b."),
        (["left=results/nano", "right=results/nono"], "There is no result folder results/nono; beside it are results/nano;"),
    ],
)
def test_compare_without_two_folders_says_what_is_missing(nano, sides, sentence):
    result = nano.run("-n", "compare", *(["--config", *sides] if sides else []), check=False, config="")
    assert result.returncode != 0
    assert sentence in result.stdout


def test_the_page_of_a_real_run_works_in_a_browser(browser, results):
    page = results / "report.html"
    for width in (380, 1280, 1440):
        browser.open(page, width)
        widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        assert browser.evaluate(widths) == [width, width]
        assert browser.complaints() == []
        assert browser.requests() == [page.resolve().as_uri()]
    top = browser.evaluate("document.querySelector('.headlines').getBoundingClientRect().top")
    assert top < 700, "the plots start below the first screen of 900 pixels"
    said = browser.evaluate("document.querySelector('.lookup output').textContent")
    assert said.startswith("SiT (nano), c = y + t, conditions 0 and 1: cosine similarity 0.")


def test_everybody_can_use_the_report(each_browser, results):
    assert faults(each_browser, results / "report.html") == []


VISIBLE = "getComputedStyle(document.querySelectorAll('.flip .pruned')[2]).visibility"


def test_pictures_flip_to_the_same_sample_pruned(browser, results):
    browser.open(results / "report.html", 1280)
    assert browser.evaluate("document.querySelectorAll('.flip').length") == 8
    assert browser.evaluate(VISIBLE) == "hidden"
    flip = "document.querySelectorAll('.flip')[2]"
    browser.evaluate(f"{flip}.click()")
    assert browser.evaluate(f"[{VISIBLE}, {flip}.getAttribute('aria-pressed')]") == ["visible", "true"]
    before = browser.evaluate(f"{flip}.lastElementChild.src")
    browser.evaluate(
        "(() => { const list = document.querySelector('.strip select'); list.selectedIndex = 1; "
        "list.dispatchEvent(new Event('change')); })()"
    )
    assert browser.evaluate(f"{flip}.lastElementChild.src") != before
    assert browser.evaluate(f"{flip}.lastElementChild.alt").startswith("class 2, head 10")
    assert browser.complaints() == []


def test_a_study_in_progress_shows_what_exists_and_marks_the_rest_as_pending(copy):
    results = copy.folder / "results/nano"
    for path in (
        "scores/sit-nano/head-10-every.parquet",
        "figures/figure3.png",
        "geometry/mg-nano/final.parquet",
        "report.html",
    ):
        (results / path).unlink()
    shutil.rmtree(results / "tables")
    copy.run("--cores", "1", "report_so_far")
    text = (results / "report_so_far.html").read_text()
    assert not (results / "report.html").exists()
    assert not (results / "tables").exists()
    pending = dict(re.findall(r'<li><b>([^<]*)</b> <span class="chip none">pending</span> ([^<]*)</li>', text))
    assert pending.keys() == {"Table 1", "Table 2", "Figure 3"}
    assert pending["Table 2"] == "sit-nano 4 of 5 result files are there"
    assert pending["Figure 3"] == "its result files are there; it is not drawn yet"
    assert "not run: pending, 0 of 1 result files are there" in text
    assert 'id="table4"' in text
    assert "All 240 samples are there." in text
