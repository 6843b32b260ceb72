"""Tables of a page say value ± half width; the rest is a pointer, a key or a button away, LaTeX and CSV on the clipboard."""

import pytest

from semantic_bottleneck.reporting.core.vocabulary import margin, number
from semantic_bottleneck.reporting.core.write import write_table
from tests.unit.reporting.test_report import claims, page  # noqa: F401

CELL = "document.querySelector('#table2 td[data-model=sit-mini][data-variant=tail-39-every][data-column=fid]')"
MORE = f"{CELL}.querySelector('.more').getBoundingClientRect().width > 1"
HINT = "(() => { const box = document.querySelector('.hint'); return box.hidden ? '' : box.innerText; })()"
TOO_WIDE = (
    "[...document.querySelectorAll('.tabled .scroll')]"
    ".filter((box) => box.offsetWidth && box.scrollWidth > box.clientWidth + 1).map((box) => box.getAttribute('aria-label'))"
)


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (2.0, 1.62, 2.38, "± 0.38"),
        (0.996, 0.9911, 1.0, "+0.40 −0.49"),
        (1.0, 1.0, 1.0, ""),
        (1.0, float("nan"), 1.0, ""),
    ],
)
def test_a_margin_is_half_the_interval_or_its_two_sides(value, low, high, expected):
    assert margin("class_agreement" if value < 1 else "fid", value, low, high, 2) == expected


def test_what_is_rounded_to_zero_has_no_sign():
    assert (number("fid", -0.0), number("fid", -0.001, 1), number("fid", -0.001, 1, signed=True)) == ("0.0000", "0.0", "+0.0")


def test_a_cell_says_value_and_half_width_and_the_rest_on_focus(browser, page, tables):  # noqa: F811
    browser.open(page, 1280)
    frame = tables["table2"].frame
    [row] = frame[(frame.model == "sit-mini") & (frame.variant == "tail-39-every") & (frame.column == "fid")].to_dict("records")
    half = f"{(row['high'] - row['low']) / 2:.2f}"
    assert f"± {half}" in browser.evaluate(f"{CELL}.querySelector('.value').innerText")
    assert browser.evaluate(MORE) is False
    browser.evaluate(f"{CELL}.querySelector('button').focus()")
    said = browser.evaluate(HINT)
    assert "Δ" in said
    assert "paper 7.2143" in said
    browser.press("Escape")
    assert browser.evaluate(HINT) == ""
    browser.press("Enter")
    assert "paper 7.2143" in browser.evaluate("document.querySelector(':popover-open').innerText")
    assert browser.complaints() == []


def test_a_pointer_shows_the_rest_and_a_button_shows_it_everywhere(browser, page):  # noqa: F811
    browser.open(page, 1280)
    browser.evaluate(f"{CELL}.scrollIntoView({{behavior: 'instant', block: 'center'}})")
    x, y = browser.evaluate(f"(() => {{ const a = {CELL}.getBoundingClientRect(); return [a.left + 9, a.top + 9]; }})()")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    assert "paper 7.2143" in browser.evaluate(HINT)
    button = "document.querySelector('#table2 button.all')"
    browser.evaluate(f"{button}.click()")
    assert browser.evaluate(f"[{MORE}, {button}.getAttribute('aria-pressed'), {HINT}]") == [True, "true", ""]
    browser.evaluate(f"{button}.click()")
    assert browser.evaluate(MORE) is False


def test_no_table_is_wider_than_the_page_and_heads_stay_in_sight(browser, page):  # noqa: F811
    browser.open(page, 1200)
    browser.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert browser.evaluate(TOO_WIDE) == []
    last = "document.querySelector('#table2 tbody:last-of-type tr:last-of-type')"
    browser.evaluate(f"{last}.scrollIntoView({{behavior: 'instant', block: 'end'}})")
    top = "document.querySelector('#table2 thead tr:last-child th').getBoundingClientRect().top"
    browser.evaluate(f"scrollTo({{top: scrollY + {top} + 200, behavior: 'instant'}})")
    assert browser.evaluate(top) == 0
    browser.open(page, 380)
    box = "document.querySelector('#table2 .scroll')"
    first = f"{box}.querySelector('tbody th[scope=row]').getBoundingClientRect().left - {box}.getBoundingClientRect().left"
    browser.evaluate(f"{box}.scrollLeft = 150")
    assert browser.evaluate(f"{box}.scrollLeft") == 150
    assert browser.evaluate(first) == 0


def test_the_clipboard_gets_what_the_files_hold(browser, page, tables, tmp_path):  # noqa: F811
    write_table(tables["table2"], tmp_path)
    browser.open(page, 1280)
    copied = "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); };"
    browser.evaluate(copied)
    for form, file in (("CSV", "table2.csv"), ("LaTeX", "table2.tex")):
        browser.evaluate(f"document.querySelector('#table2 button[data-form={form}]').click()")
        assert browser.evaluate("window.copied") == (tmp_path / file).read_text(encoding="utf-8")


def test_the_scoreboard_leads_to_the_row_that_shows_the_evidence(browser, page, claims):  # noqa: F811
    browser.open(page, 1280)
    links = "[...document.querySelectorAll('.board a.dot')].map((dot) => [dot.closest('tr').querySelector('a').hash.slice(7), "
    links += "dot.closest('td').dataset.title, dot.hash])"
    places = {(claim, model): place for claim, model, place in browser.evaluate(links)}
    row = browser.evaluate(
        f"(() => {{ const row = document.querySelector('{places['tail_prunable', 'SiT-mini']}'); "
        "return [row.closest('article').id, row.cells[1].dataset.variant]; })()"
    )
    assert row == ["table2", "tail-39-every"]
    scored = {
        (claim.name, finding.title)
        for claim in claims
        for finding in claim.findings
        if any(path.startswith("scores/") for path in finding.evidence)
    }
    assert len(scored) == 9
    assert not [key for key in scored if places[key].startswith("#claim-")]
