"""docs/config.md is what the schemas say, and they say something about every key."""

import inspect
import re
from pathlib import Path

import yaml

from semantic_bottleneck.schemas.reference import anchor, reference
from semantic_bottleneck.study.dier_settings import RunSettings

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


def test_what_an_absent_key_means_is_what_the_code_does():
    schema = yaml.safe_load((SCHEMAS / "study.schema.yaml").read_text())["$defs"]["dier_settings"]
    found = 0
    for key, part in schema["properties"].items():
        said = re.search(r"If absent, (\S+)\.$", part.get("description", ""))
        if said:
            found += 1
            assert "default" not in part, f"{key} says twice what it is by default"
            default = inspect.signature(RunSettings).parameters[key].default
            assert said[1] == (str(default).lower() if isinstance(default, bool) else str(default)), key
    assert found > 12
