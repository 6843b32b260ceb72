import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from semantic_bottleneck.files.conditions_file import vectors
from semantic_bottleneck.geometry.measures import cosine_matrix
from semantic_bottleneck.reporting.core.elements import display_name, read_captions
from semantic_bottleneck.reporting.core.provenance import file_hashes, library_versions
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.paper.claims.judge import judge_claims
from semantic_bottleneck.reporting.paper.figures.figure1 import draw_figure1
from semantic_bottleneck.reporting.paper.figures.figure3 import draw_figure3
from semantic_bottleneck.reporting.paper.figures.figure_pruning import draw_figure_pruning
from semantic_bottleneck.reporting.paper.heatmaps import LARGEST, heatmap_of, heatmaps_of
from semantic_bottleneck.reporting.paper.metrics_json import write_metrics
from semantic_bottleneck.reporting.paper.report import report_page
from semantic_bottleneck.study.exhibits import EXHIBITS

TEMPLATES = Path(__file__).parents[3] / "report"
VOID = {"meta", "img", "br", "hr", "link", "input"}


@pytest.fixture(scope="session")
def claims(inputs):
    return judge_claims(inputs.evidence())


@pytest.fixture(scope="session")
def page(inputs, tables, claims, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    study = inputs.files.study
    evidence = inputs.evidence(models=["sit-mini", "dit-mini"])
    draw_figure1(inputs.evidence(models=["dit-mini", "sit-mini"]), [folder / "figure1.png"])
    draw_figure_pruning(evidence, [folder / "figure_pruning.png"])
    draw_figure3(evidence, [folder / "figure3.png"])
    figures = [read_drawing(folder / f"{name}.png") for name in ("figure1", "figure3", "figure_pruning")]
    provenance = {
        "study": {"seed": 0},
        "commit": "abc <1>",
        "versions": library_versions(),
        "files": file_hashes(inputs.files.root, inputs.files.geometry),
    }
    captions, heatmaps = read_captions(TEMPLATES / "captions"), heatmaps_of(evidence.conditions, study)
    text = report_page(study, list(tables.values()), figures, claims, provenance, captions, TEMPLATES, heatmaps)
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


class Page(HTMLParser):
    """Checks nesting and gathers what the tests look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.elements, self.ids = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.elements.append((tag, named))
        if "id" in named:
            self.ids.append(named["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="session")
def parsed(page) -> Page:
    return Page(page.read_text(encoding="utf-8"))


def test_well_formed_with_unique_ids_and_working_anchors(parsed):
    assert len(set(parsed.ids)) == len(parsed.ids)
    anchors = [named["href"][1:] for tag, named in parsed.elements if tag == "a" and named["href"].startswith("#")]
    assert anchors
    assert set(anchors) <= set(parsed.ids)


def test_nothing_is_loaded_from_anywhere(page, parsed):
    text = page.read_text(encoding="utf-8")
    loading = {"src", "srcset", "poster", "data", "action", "background"}
    for tag, named in parsed.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for name in loading & named.keys():
            assert named[name].startswith("data:"), (tag, named[name][:60])
    without_links = re.sub(r'<a href="https?://[^"]*"', "<a", text)
    without_images = re.sub(r'src="data:[^"]*"', "", without_links)
    assert "http" not in without_images
    assert "@import" not in text
    assert "url(" not in text


def test_pictures_have_alt_texts_with_numbers(parsed):
    images = [named for tag, named in parsed.elements if tag == "img"]
    assert len(images) == 5  # three figures, two of them also on the first screen
    assert all(re.search(r"\d\.\d", named["alt"]) for named in images)


def test_every_number_equals_its_source(tables, parsed):
    shown = [
        (named["data-model"], named["data-variant"], named["data-column"], float(named["data-value"]))
        for tag, named in parsed.elements
        if tag == "td" and {"data-model", "data-value"} <= named.keys()
    ]
    stored = [
        (row["model"], row["variant"], row["column"], row["value"])
        for name, table in tables.items()
        if name != "audit"
        for row in table.frame.to_dict("records")
        if not math.isnan(row["value"])
    ]
    assert sorted(shown) == sorted(stored)
    for kind, source in (("data-difference", "difference"), ("data-published", "published")):
        shown = [float(named[kind]) for _, named in parsed.elements if kind in named]
        stored = pd.concat([table.frame[source] for name, table in tables.items() if name != "audit"]).dropna()
        assert sorted(shown) == sorted(stored)
    audit = tables["audit"].frame
    shown = [
        float(named["data-value"]) for tag, named in parsed.elements if tag == "td" and named.get("data-column") == "recomputed"
    ]
    assert sorted(shown) == sorted(audit["recomputed"])


def test_claims_captions_commands_and_provenance_are_there(page, claims):
    text = page.read_text(encoding="utf-8")
    for claim in claims:
        assert f'id="claim-{claim.name}"' in text
    assert "snakemake --cores 2 --configfile=config/miniature.yaml table2<" in text
    assert "snakemake --cores 2 --configfile=config/miniature.yaml results/miniature/figures/figure_pruning.png<" in text
    assert "not run: its 5% of | data_files are absent" in text
    assert "Absent &amp; &lt;co&gt;" in text
    assert "abc &lt;1&gt;" in text
    assert "The paper prunes REPA" in text
    assert "<math" in text


def test_the_same_page_every_time(inputs, tables, claims):
    arguments = (inputs.files.study, list(tables.values()), [], claims, {"commit": "abc"}, {}, TEMPLATES)
    assert report_page(*arguments) == report_page(*arguments)


def test_a_page_without_results_renders(inputs):
    text = report_page(inputs.files.study, [], [], [], {}, {}, TEMPLATES)
    Page(text)
    assert 'id="audit"' not in text


def test_captions_exist_for_everything(tables):
    captions = read_captions(TEMPLATES / "captions")
    shown = {name for exhibits in EXHIBITS.values() for name in exhibits}
    assert {*tables, *shown} - {"controls"} <= captions.keys()
    assert all("\n" not in text and text.endswith(".") for text in captions.values())


def test_display_names():
    assert [display_name(name) for name in ("table2", "figure12", "figure_pruning", "seeds")] == [
        "Table 2",
        "Figure 12",
        "Figure",
        "Table",
    ]


def test_metrics_are_json_without_nan(inputs, tables, claims, tmp_path):
    write_metrics(tmp_path / "metrics.json", inputs.files.study, list(tables.values()), claims)
    read = json.loads((tmp_path / "metrics.json").read_text(), parse_constant=lambda text: pytest.fail(text))
    cells = read["tables"]["table1"]["cells"]
    assert len(cells) == len(tables["table1"].frame)
    assert cells[3]["value"] == tables["table1"].frame["value"][3]
    assert [claim["verdict"] for claim in read["claims"]] == [claim.verdict for claim in claims]


WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.mark.parametrize("width", [380, 1280])
def test_no_horizontal_scroll_and_no_complaints(browser, page, width):
    browser.open(page, width)
    browser.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert browser.evaluate(WIDTHS) == [width, width]
    assert browser.complaints() == []
    assert browser.requests() == [page.resolve().as_uri()]


def test_column_heads_sort_by_exact_values(browser, page, tables):
    browser.open(page, 1280)
    values = "[...document.querySelectorAll('#table2 tbody:nth-of-type(1) td[data-column=fid]')].map((c) => c.dataset.value)"
    before = [float(value) for value in browser.evaluate(values)]
    frame = tables["table2"].frame
    assert before == frame[(frame["model"] == "sit-mini") & (frame["column"] == "fid")]["value"].tolist()
    browser.evaluate("[...document.querySelectorAll('#table2 th button')].find((b) => b.textContent.startsWith('FID')).click()")
    after = [float(value) for value in browser.evaluate(values)]
    assert after == sorted(before)
    assert after != before
    assert browser.complaints() == []


LOOKUP = "document.querySelector('.lookup output').textContent"
CANVAS = "document.querySelector('.lookup canvas')"


def test_a_pair_is_looked_up_by_pointer_keys_and_lists(browser, page, inputs):
    """The value said is that of the conditions file, whichever way the pair was chosen."""
    matrices = {kind: cosine_matrix(vectors(inputs.files.conditions["sit-mini"], kind)) for kind in ("c", "y")}
    browser.open(page, 1280)
    start = "SiT-mini, c = y + t, conditions"
    assert browser.evaluate(LOOKUP) == f"{start} 0 and 1: cosine similarity {matrices['c'][0, 1]:.4f}"
    browser.evaluate(f"{CANVAS}.scrollIntoView({{behavior: 'instant', block: 'center'}})")
    left, top, side = browser.evaluate(
        f"(() => {{ const a = {CANVAS}.getBoundingClientRect(); return [a.left, a.top, a.width]; }})()"
    )
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=left + 0.75 * side, y=top + 0.25 * side)
    assert browser.evaluate(LOOKUP) == f"{start} 2 and 7: cosine similarity {matrices['c'][2, 7]:.4f}"
    browser.evaluate(f"{CANVAS}.focus()")
    for key in ("ArrowDown", "ArrowLeft", "ArrowLeft"):
        browser.call("Input.dispatchKeyEvent", type="keyDown", key=key)
    assert browser.evaluate(LOOKUP) == f"{start} 3 and 5: cosine similarity {matrices['c'][3, 5]:.4f}"
    chosen = "const list = document.querySelector('.lookup [name={}]'); list.value = {};"
    change = f"(() => {{{{ {chosen} list.dispatchEvent(new Event('change')); }}}})()"
    browser.evaluate(change.format("layer", 1))
    said = f"{matrices['y'][3, 5]:.4f}".replace("-", "−")
    assert browser.evaluate(LOOKUP) == f"SiT-mini, y alone, conditions 3 and 5: cosine similarity {said}"
    browser.evaluate(change.format("column", 3))
    assert browser.evaluate(LOOKUP).endswith("the same condition, similarity 1")
    browser.evaluate(change.format("model", 1))
    assert browser.evaluate(LOOKUP).startswith("DiT-mini, c = y + t, conditions 0 and 1")
    assert browser.complaints() == []


def test_many_conditions_are_thinned_and_keep_their_numbers(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr("semantic_bottleneck.reporting.paper.heatmaps.LARGEST", 4)
    path = inputs.files.conditions["sit-mini"]
    heatmap = heatmap_of(path, "SiT")
    assert (list(heatmap.conditions), heatmap.total) == ([0, 3, 6, 9], 10)
    assert heatmap.layers["c = y + t"][1] == round(cosine_matrix(vectors(path, "c"))[0, 6], 6)
    assert LARGEST == 100


def test_print_hides_what_only_works_on_a_screen_and_fits_the_paper(browser, page):
    browser.open(page, 720)
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert browser.evaluate(WIDTHS) == [720, 720]
    assert browser.evaluate("getComputedStyle(document.querySelector('.lookup')).display") == "none"
    assert browser.evaluate("[...document.querySelectorAll('details')].every((fold) => fold.open)")


def test_dark_mode_changes_the_colours(browser, page):
    colour = "getComputedStyle(document.body).backgroundColor"
    browser.open(page, 1280)
    light = browser.evaluate(colour)
    browser.open(page, 1280, dark=True)
    assert browser.evaluate(colour) != light
