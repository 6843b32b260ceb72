"""The page about one question: everything given to it stands on it, and nothing is loaded from elsewhere."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, Finding, Rule
from semantic_bottleneck.reporting.core.elements import regenerate
from semantic_bottleneck.reporting.core.page import Page, page_html
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.paper.figures.figure1 import draw_figure1
from tests.accessibility import violations

TEMPLATES = Path(__file__).parents[3] / "report"


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def text(inputs, tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    draw_figure1(inputs.evidence(models=["dit-mini", "sit-mini"]), [folder / "figure1.png"])
    findings = [Finding("a", "A", HOLDS, "A: 1 < 2."), Finding("b", "B", FAILS, "B: 3.", ("file.parquet",))]
    page = Page(
        title="One question",
        study="nano",
        lead=["What & why."],
        claims=[Rule("claimed", "It is so.", "holds where it is so", lambda evidence: findings, paper=False).claim(None)],
        figures=[read_drawing(folder / "figure1.png")],
        tables=[tables["table2"]],
        commands={"page": regenerate("dynamics", "config/nano.yaml"), "figure1": regenerate("figure1.png", "")},
        facts={"Seeds": "3"},
        folder="dynamics/",
        definitions={"nPR": "a ratio"},
        provenance={"versions": {"torch": "2"}, "files": [{"path": "a", "sha256": "b"}]},
    )
    return page_html(page, {"figure1": "A caption."}, TEMPLATES)


def test_everything_given_stands_on_the_page(text):
    for said in (
        *(
            "One question",
            "What &amp; why.",
            "It is so.",
            "not in the paper",
            "A: 1 &lt; 2.",
            "file.parquet",
            "Holds where it is so.",
        ),
        *("A caption.", "a ratio", "Seeds", 'href="dynamics/tables/table2.csv"'),
        *("snakemake --cores 2 --configfile=config/nano.yaml dynamics", "snakemake --cores 2 figure1.png"),
    ):
        assert said in text, said


def test_anchors_lead_somewhere_and_nothing_is_loaded(text):
    elements = Elements(text).found
    ids = [named["id"] for _, named in elements if "id" in named]
    assert len(ids) == len(set(ids))
    anchors = {named["href"][1:] for tag, named in elements if tag == "a" and named["href"].startswith("#")}
    assert {"claims", "figures", "tables", "definitions", "provenance"} <= anchors <= set(ids)
    assert all(named["src"].startswith("data:") and len(named["alt"]) > 20 for tag, named in elements if tag == "img")
    assert not {tag for tag, _ in elements} & {"link", "iframe", "object"}


@pytest.mark.parametrize(("width", "dark"), [(380, False), (1280, True)])
def test_axe_finds_nothing_grave(browser, text, tmp_path, width, dark):
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    assert violations(browser, tmp_path / "page.html", width, dark=dark) == []
    assert browser.complaints() == []
