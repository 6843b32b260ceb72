import csv
import math
import re
from html import unescape

import pandas as pd
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.reporting.core.grid import grid_of
from semantic_bottleneck.reporting.core.inputs import read_geometry
from semantic_bottleneck.reporting.core.table import COLUMNS
from semantic_bottleneck.reporting.core.verdicts import NOT_RUN, OTHER_MODEL
from semantic_bottleneck.reporting.core.vocabulary import decimals_for, measure
from semantic_bottleneck.reporting.core.write import (
    FORMS,
    LATEX,
    MARKDOWN,
    escape,
    latex,
    markdown,
    read_table,
    write_page,
    write_table,
)
from semantic_bottleneck.reporting.paper.tables.pruning import build_pruning_table
from tests.unit.reporting import synthetic


def cell(table, **wanted):
    rows = table.frame
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_table1_holds_the_last_checkpoint_at_the_initial_step(inputs, tables):
    rows = inputs.evidence().final.only(model="dit-mini", kind="c").frame.set_index("metric")
    found = cell(tables["table1"], model="dit-mini", column="cosine_similarity")
    assert found["value"] == rows.loc["cosine_similarity", "value"]
    assert (found["low"], found["high"]) == tuple(rows.loc["cosine_similarity", ["low", "high"]])
    assert rows["training_step"].unique().tolist() == [3000]
    assert rows["timestep"].unique().tolist() == [999.0]
    assert found["published"] == 0.9001
    assert found["verdict"] == OTHER_MODEL
    assert list(tables["table1"].frame.columns) == list(COLUMNS)


def test_table4_puts_y_beside_c(tables):
    both = [cell(tables["table4"], model="repa-mini", variant=name, column="cosine_similarity") for name in ("y+t", "y")]
    assert both[0]["value"] > 0.9 > both[1]["value"]
    assert [row["published"] for row in both] == [0.9946, 0.5194]
    assert grid_of(tables["table4"]).heads[2] == ("y", "Cosine similarity")


def test_pruning_rows_hold_scores_differences_and_shape(inputs, tables):
    found = cell(tables["table2"], model="sit-mini", variant="tail-39-every", column="fid")
    scores = inputs.scores
    chosen = scores[(scores["model"] == "sit-mini") & (scores["variant"] == "tail-39-every") & (scores["metric"] == "fid")]
    by_quantity = chosen.set_index("quantity")
    assert found["value"] == by_quantity.loc["value", "value"]
    assert found["difference"] == by_quantity.loc["difference", "value"]
    assert found["difference_verdict"] == "better"
    assert cell(tables["table2"], model="sit-mini", variant="tail-39-every", column="quantile")["value"] == 0.39
    assert math.isnan(cell(tables["table2"], model="sit-mini", variant="baseline", column="fid")["difference"])
    assert (
        cell(tables["table2"], model="sit-mini", variant="head-10-every", column="class_agreement")["difference_verdict"]
        == "worse"
    )


def test_published_rows_of_the_same_share_stand_beside(tables):
    found = cell(tables["table2"], model="sit-mini", variant="tail-66-every", column="fid")
    assert (found["published"], found["published_model"]) == (9.2202, "repa")  # tau 0.02 removes 66.21 %
    assert math.isnan(cell(tables["table2"], model="sit-mini", variant="mean-39-every", column="fid")["published"])
    assert math.isnan(cell(tables["table2"], model="sit-mini", variant="silu-tail-39-every", column="fid")["published"])
    assert cell(tables["table6"], model="repa-mini", variant="tail-39-last", column="recall")["published"] == 0.6381
    assert cell(tables["table3"], model="repa-mini", variant="baseline", column="fid")["published"] == 7.1694
    assert any("tail-39-every beside tail-0.01-every" in note for note in tables["table2"].footnotes)


def test_an_absent_model_gets_its_reason_and_the_others_still_build(tables):
    rows = tables["table1"].frame
    absent = rows[rows["model"] == "absent"]
    assert (absent["verdict"] == NOT_RUN).all()
    assert (absent["note"] == synthetic.REASON).all()
    assert absent["value"].isna().all()
    assert rows[rows["model"] == "dit-mini"]["value"].notna().all()
    assert grid_of(tables["table1"]).rows[-1].reason == f"not run: {synthetic.REASON}"


def test_an_unscored_variant_says_so(inputs):
    table = build_pruning_table(inputs.evidence("table2", ["sit-mini"], ["baseline", "tail-99-every"]))
    assert cell(table, variant="tail-99-every", column="fid")["note"] == "not scored"


def test_notes_stand_below_with_the_cells_they_are_about(tables):
    notes = grid_of(tables["table6"]).notes
    assert "FID of every row: n < 3 d: the interval may be off." in notes
    assert "FID of tail 38.9 %, last steps: to resolve 0.01 takes about 9,000 samples." in notes
    text = markdown(tables["table6"], grid_of(tables["table6"]))
    assert "2.25† [2.13 to 2.37]" in text
    assert "- † FID of every row" in text


def test_the_published_name_wins_over_the_share(inputs):
    renamed = inputs.variants.assign(variant=inputs.variants["variant"].replace("tail-39-every", "tail-0.05-every"))
    table = build_pruning_table(inputs.evidence("table2", ["sit-mini"], ["tail-0.05-every"], variants=renamed))
    assert cell(table, variant="tail-0.05-every", column="fid")["published"] == 56.2308


def test_seeds_are_averaged_with_students_interval(inputs, tables):
    found = cell(tables["seeds"], variant="head-10-every", column="fid")
    values = [
        inputs.scores.query("model == @model and variant == 'head-10-every' and metric == 'fid' and quantity == 'value'")[
            "value"
        ].item()
        for model in synthetic.SEEDS
    ]
    assert found["value"] == pytest.approx(sum(values) / 3)
    assert found["n"] == 3
    spread = pd.Series(values).std()
    bent = found["value"] * math.exp(4.302653 * spread / math.sqrt(3) / found["value"])
    assert found["high"] == pytest.approx(bent, rel=1e-6)


def test_every_form_is_written_and_the_numbers_come_back_bit_for_bit(tables, tmp_path):
    for table in tables.values():
        write_table(table, tmp_path)
        again = read_table(tmp_path / f"{table.name}.parquet")
        pd.testing.assert_frame_equal(again.frame, table.frame, check_dtype=False)
        assert (again.title, again.footnotes) == (table.title, table.footnotes)
        assert all((tmp_path / f"{table.name}.{form}").stat().st_size > 100 for form in FORMS)
        with (tmp_path / f"{table.name}.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert len(rows) == len(table.frame)
        if "value" in table.frame:
            assert [row["value"] for row in rows] == ["" if math.isnan(x) else repr(x) for x in table.frame["value"]]


def test_rewriting_gives_the_same_bytes(tables, tmp_path):
    for folder in ("one", "two"):
        write_table(tables["table2"], tmp_path / folder)
    for form in FORMS:
        assert (tmp_path / f"one/table2.{form}").read_bytes() == (tmp_path / f"two/table2.{form}").read_bytes()


def test_markdown_cells_cannot_break_the_table(tables):
    text = markdown(tables["table1"], grid_of(tables["table1"]))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {6}
    assert "Absent & &lt;co&gt;" in text
    assert r"data\_files" in text
    assert escape("a|b\\", MARKDOWN) == "a\\|b\\\\"


def test_latex_is_escaped_and_balanced(tables):
    text = latex(tables["table1"], grid_of(tables["table1"]))
    assert r"Absent \& \textless{}co\textgreater{}" in text
    assert r"its 5\% of \textbar{} data\_files" in text
    assert text.count(r"\begin{") == text.count(r"\end{") == 2
    assert r"\toprule" in text
    assert text.isascii()
    assert escape("{\\}", LATEX) == r"\{\textbackslash{}\}"
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {line.replace(r"\&", "").count("&") for line in body} == {4}


@pytest.mark.parametrize("name", ["table2", "table3", "table6", "seeds", "audit"])
def test_every_latex_table_is_plain_ascii(tables, name):
    assert latex(tables[name], grid_of(tables[name])).isascii()


def test_a_file_without_a_column_is_refused(inputs):
    with pytest.raises(UserError, match="lacks the column 'model'"):
        read_geometry([inputs.files.variants["dit-mini"]])


def leading_number(text):
    """The number a cell begins with, and half a unit of its last decimal."""
    digits = re.match(r"[−-]?[0-9,]*\.?[0-9]+", text.replace("$-$", "−").lstrip("\\"))[0]
    plain = digits.replace("−", "-").replace(",", "")
    return float(plain), 0.5 * 10.0 ** -len(plain.partition(".")[2])


@pytest.mark.parametrize("name", ["table1", "table2", "table3", "table4", "table6", "seeds", "controls"])
def test_every_printed_form_agrees_with_the_parquet_file(tables, tmp_path, name):
    """Each cell of Markdown, LaTeX and HTML begins with the stored value, rounded to the decimals that it shows."""
    write_table(tables[name], tmp_path)
    table = read_table(tmp_path / f"{name}.parquet")
    grid = grid_of(table)
    write_page(table, tmp_path / f"{name}.html")
    page = (tmp_path / f"{name}.html").read_text()
    lines = {
        "md": [
            re.split(r" (?<!\\)\| ", line[2:-2])
            for line in (tmp_path / f"{name}.md").read_text().splitlines()
            if line[:2] == "| "
        ],
        "tex": [
            re.split(r" (?<!\\)& ", line[:-3])
            for line in (tmp_path / f"{name}.tex").read_text().splitlines()
            if line.endswith(r" \\") and "multicolumn" not in line
        ],
        "html": [
            [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S)]
            for row in re.findall(r"<tr>(.*?)</tr>", re.sub("</?button[^>]*>", "", page), flags=re.S)
        ],
    }
    for form, rows in lines.items():
        rows = [row for row in rows if len(row) == len(grid.heads) + 1][1:]
        assert len(rows) == len(grid.rows), form
        for row, texts in zip(grid.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts[1:], strict=True):
                if cell.value is not None:
                    shown, half = leading_number(text)
                    assert shown == pytest.approx(cell.value.exact * measure(cell.column).scale, abs=half * 1.000001), (
                        form,
                        text,
                    )


def test_every_value_has_an_interval_or_says_why_not_and_every_difference_a_verdict(tables):
    for name in ("table1", "table2", "table3", "table4", "table6", "seeds", "controls"):
        frame = tables[name].frame
        bare = frame[frame["value"].notna() & (frame["low"].isna() | frame["high"].isna())]
        assert bare["method"].str.startswith("exact").all(), name
        changed = frame[frame["difference"].notna()]
        assert changed[["difference_low", "difference_high"]].notna().all(axis=None)
        assert (changed["difference_verdict"] != "").all()


def test_differences_are_printed_fine_enough_to_see_their_sign():
    assert decimals_for("inception_score", -0.0048, -0.0012) == 2
    assert decimals_for("inception_score", -0.0048, -0.0012, finer=2) == 4
    assert decimals_for("fid", 0.001, 0.9, finer=2) == 2
