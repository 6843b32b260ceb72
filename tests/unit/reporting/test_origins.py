"""Where each cell of each table comes from: in its Parquet file, on the pages, and nowhere else."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.grid import grid_of
from semantic_bottleneck.reporting.core.inputs import read_geometry
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.write import read_table, write_page, write_table
from semantic_bottleneck.reporting.dynamics.tables import build_ablations, build_trajectory
from semantic_bottleneck.reporting.paper.metrics_json import metrics
from semantic_bottleneck.uncertainty.origins import COLUMNS, SEPARATOR, CellOrigin, Origin, cell_origin
from tests.unit.reporting import synthetic
from tests.unit.reporting.conftest import PUBLISHED
from tests.unit.reporting.test_dynamics import results
from tests.unit.reporting.test_report import Page, claims, page  # noqa: F401

SCORED = {"fid", "inception_score", "clip_score", "class_agreement", "precision", "recall"}
TABLES = ("table1", "table2", "table3", "table4", "table6", "seeds", "controls")


def stored(table, folder):
    write_table(table, folder)
    return pd.DataFrame(parquet.read(folder / f"{table.name}.parquet"))


@pytest.mark.parametrize("name", TABLES)
def test_every_number_names_the_file_that_holds_it_and_the_weights_behind_it(tables, inputs, tmp_path, name):
    root = inputs.files.root
    for row in stored(tables[name], tmp_path).to_dict("records"):
        if np.isnan(row["value"]):
            assert row["result_file"] == row["checkpoint_url"] == row["checkpoint_sha256"] == ""
            continue
        models = synthetic.SEEDS if name == "seeds" else [row["model"]]
        if row["column"] in SCORED:
            expected = [root / f"scores/{model}/{row['variant']}.parquet" for model in models]
        elif name in ("table1", "table4", "seeds"):
            expected = [root / f"geometry/{model}/all.parquet" for model in models]
        else:
            expected = [root / f"variants/{model}.parquet" for model in models]
        assert row["result_file"].split(SEPARATOR) == [str(path) for path in expected]
        weights = [synthetic.origin(model) for model in models]
        assert row["checkpoint_url"] == SEPARATOR.join(entry["checkpoint_source"] for entry in weights)
        assert row["checkpoint_sha256"] == SEPARATOR.join(entry["checkpoint_sha256"] for entry in weights)


@pytest.mark.parametrize("name", TABLES)
def test_every_published_number_names_its_csv_and_table(tables, tmp_path, name):
    for row in stored(tables[name], tmp_path).to_dict("records"):
        file, _, table = row["published_file"].partition(", Table ")
        assert (file == str(PUBLISHED)) == (not np.isnan(row["published"]))
        if table:
            source = pd.read_csv(file, dtype={"table": str})
            assert row["published"] in set(source.loc[source["table"] == table, "value"])


def test_the_audit_names_every_table_that_an_identity_uses(tables, tmp_path):
    frame = stored(tables["audit"], tmp_path)
    assert set(frame.loc[frame["check"] == "PR / d = nPR", "published_file"]) == {f"{PUBLISHED}, Table 1"}
    again = frame[frame["check"].str.contains(" as in Table 1")]
    assert set(again["published_file"]) == {f"{PUBLISHED}, Table {n}; {PUBLISHED}, Table 1" for n in (4, 5)}
    assert (frame["result_file"] == "").all()


def test_only_the_parquet_file_has_the_origins(tables, inputs, tmp_path):
    for table in tables.values():
        write_table(table, tmp_path)
        assert not set(COLUMNS) & set(table.frame.columns)
        pd.testing.assert_frame_equal(read_table(tmp_path / f"{table.name}.parquet").origins, table.origins)
        bare = replace(table, origins=table.origins.iloc[:0])
        write_table(bare, tmp_path / "bare")
        for form in ("csv", "md", "tex"):
            assert (tmp_path / f"{table.name}.{form}").read_bytes() == (tmp_path / f"bare/{table.name}.{form}").read_bytes()
    cells = metrics(inputs.files.study, list(tables.values()), [])["tables"]
    assert not set(COLUMNS) & {key for table in cells.values() for cell in table["cells"] for key in cell}


def test_a_row_of_another_checkpoint_than_the_metadata_tell_of_claims_no_hash(inputs, tmp_path):
    columns = parquet.read(inputs.files.geometry[0])
    columns["checkpoint"] = np.where(columns["training_step"] == 3000, "step-3000", "earlier").astype(object)
    parquet.write(tmp_path / "training.parquet", columns, synthetic.origin("x") | {"checkpoint": "step-3000"})
    frame = read_geometry([tmp_path / "training.parquet"])
    known = frame["origin"].map(lambda origin: origin.checkpoint_sha256 != "")
    assert (known == (frame["training_step"] == 3000)).all()
    assert known.any()
    assert {origin.result_file for origin in frame["origin"]} == {str(tmp_path / "training.parquet")}


@pytest.mark.parametrize(
    "origin",
    [
        CellOrigin((Origin("a", "u", "h", "t"),)),
        CellOrigin((Origin("a", "u", "h"), Origin("b"), Origin("c", "v", "", "t"))),
        CellOrigin((Origin("a"), Origin("b")), "p.csv, Table 2"),
        CellOrigin(published="p.csv, Table 2; p.csv, Table 3"),
    ],
)
def test_the_columns_hold_everything(origin):
    assert cell_origin(origin.columns()) == origin
    assert cell_origin(CellOrigin().columns()) is None


def test_the_tables_of_dynamics_name_the_runs_of_all_seeds():
    def with_files(measures, name):
        runs = zip(measures.frame["variant"], measures.frame["seed"], strict=True)
        return Measures(measures.frame.assign(origin=[Origin(f"{v}.s{s}/{name}.parquet") for v, s in runs]))

    evidence = results()
    evidence = replace(
        evidence, measures=with_files(evidence.measures, "geometry"), losses=with_files(evidence.losses, "metrics")
    )
    table = build_ablations(evidence)
    rows = pd.concat([table.frame, table.origins], axis=1).set_index(["variant", "column"])["result_file"]
    base, decayed = (SEPARATOR.join(f"{name}.s{seed}/geometry.parquet" for seed in range(3)) for name in ("base", "wd"))
    assert rows["base", "dynamics_npr_c"] == base
    assert rows["wd", "dynamics_npr_c"] == f"{decayed}; {base}"  # the paired difference needs the base's too
    assert rows["base", "dynamics_loss"] == base.replace("geometry", "metrics")
    assert set(build_trajectory(evidence).origins["result_file"]) == {base}


def test_every_number_of_the_page_opens_its_origin(page):  # noqa: F811
    text = page.read_text(encoding="utf-8")
    elements = Page(text).elements
    popovers = {named["id"] for tag, named in elements if tag == "div" and "popover" in named}
    opened = [named for tag, named in elements if tag == "button" and named.get("class") == "origin"]
    assert {named["popovertarget"] for named in opened} == popovers
    assert all(named["title"] and named["type"] == "button" for named in opened)
    cells = re.findall(r'<td[^>]*data-model="[^>]*data-value="[^>]*>(.*?)</td>', text, flags=re.S)
    assert len(cells) > 100
    assert all('<button type="button" class="origin"' in cell for cell in cells)
    assert text.count(synthetic.origin("sit-mini")["checkpoint_sha256"]) < len(cells) / 4  # shared, not repeated


def test_a_table_without_origins_has_no_buttons(tables, tmp_path):
    bare = replace(tables["table2"], origins=tables["table2"].origins.iloc[:0])
    assert all(cell.origin is None for row in grid_of(bare).rows for cell in row.cells)
    write_page(bare, tmp_path / "bare.html")
    assert "<button" not in (tmp_path / "bare.html").read_text()


SHOWN = "[...document.querySelectorAll('[popover]:popover-open')].map((box) => box.innerText)"
FID = "td[data-model=sit-mini][data-variant=tail-39-every][data-column=fid] button.origin"


@pytest.fixture
def report(page):  # noqa: F811
    return page, f"document.querySelector('#table2 {FID}')"


@pytest.fixture
def alone(tables, tmp_path):
    write_page(tables["table2"], tmp_path / "table2.html")
    return tmp_path / "table2.html", "document.querySelector('button[title$=\"scores/sit-mini/tail-39-every.parquet\"]')"


@pytest.mark.parametrize(("where", "width"), [("report", 380), ("report", 1280), ("alone", 1280)])
def test_a_click_or_a_key_opens_the_origin_and_escape_closes_it(browser, request, inputs, where, width):
    path, button = request.getfixturevalue(where)
    file = str(inputs.files.root / "scores/sit-mini/tail-39-every.parquet")
    browser.open(path, width)
    assert browser.evaluate(f"{button}.title") == file
    assert browser.evaluate(SHOWN) == []
    browser.evaluate(f"{button}.click()")
    [text] = browser.evaluate(SHOWN)
    for said in (file, *synthetic.origin("sit-mini").values(), "hidden_semantic_bottleneck.csv, Table 2"):
        assert said in text
    place = "(() => { const a = document.querySelector(':popover-open').getBoundingClientRect(); return [a.left, a.right]; })()"
    left, right = browser.evaluate(place)
    assert 0 <= left < right <= width
    browser.press("Escape")
    assert browser.evaluate(SHOWN) == []
    browser.evaluate(f"{button}.focus()")
    browser.press("Enter")
    assert browser.evaluate(SHOWN) == [text]
    assert browser.complaints() == []
    assert browser.requests() == [Path(path).resolve().as_uri()]


def test_keys_are_the_same_on_every_page():
    origin = CellOrigin((Origin("a", "u", "h", "t"),))
    assert origin.key == CellOrigin((Origin("a", "u", "h", "t"),)).key != CellOrigin((Origin("a", "u", "h", "s"),)).key
