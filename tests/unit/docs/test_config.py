"""docs/config.md is what the schemas say, and they say something about every key."""

import re
from pathlib import Path

from semantic_bottleneck.schemas.reference import anchor, reference

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/config.md"
SCHEMAS = ROOT / "config/schemas"
ROW = re.compile(r"^\| `(.+?)` \| (.*?) \| (.*?) \| (.*) \|$", re.MULTILINE)


def test_the_page_is_what_the_schemas_render():
    assert PAGE.read_text() == reference(SCHEMAS), "write it again with: make docs"


def test_every_schema_has_a_chapter():
    assert len(re.findall("^## ", PAGE.read_text(), flags=re.MULTILINE)) == len(list(SCHEMAS.glob("*.schema.yaml")))


def test_every_key_has_a_meaning():
    rows = ROW.findall(PAGE.read_text())
    assert len(rows) > 350
    assert [key for key, _, _, meaning in rows if not meaning.strip()] == []


def test_no_meaning_points_into_code():
    assert [row for row in ROW.findall(PAGE.read_text()) if re.search(r"\.py\b|workflow_scripts", " ".join(row))] == []


def test_every_link_leads_to_a_heading():
    page = PAGE.read_text()
    headings = [anchor(heading) for heading in re.findall(r"^#+ (.+)$", page, flags=re.MULTILINE)]
    assert len(headings) == len(set(headings))
    assert set(re.findall(r"\](#(.+?))", page)) <= set(headings)


def test_a_key_of_a_nested_list_stands_below_it():
    rows = {key: value for key, value, _, _ in ROW.findall(PAGE.read_text())}
    assert rows["files[].url"] == "text that is not empty"
    assert rows["generation.shards"] == "a whole number from 1 to 1000"
