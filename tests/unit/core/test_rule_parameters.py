"""Every rule gives its script each parameter that it reads, also a rule that another one is made from."""

import re

import pytest

from tests.workflow.project import ROOT

RULE = re.compile(r"^( *)(?:rule (\w+):|use rule (\w+) as (\w+) with:)\n(.*?)(?=^\1\S|\Z)", re.DOTALL | re.MULTILINE)


def section(body: str, indent: str, name: str) -> str | None:
    """What stands below `name:` in a rule, or None where the rule has no such section."""
    found = re.search(rf"^{indent}    {name}:\n((?:{indent}        .*\n|\n)*)", body, re.MULTILINE)
    return found and found.group(1)


def rules() -> dict[str, tuple[str, set[str]]]:
    """Name of a rule -> its script and the names of its parameters."""
    found: dict[str, tuple[str, set[str]]] = {}
    texts = [path.read_text() for path in sorted(ROOT.glob("rules/*.smk"))]
    matches = [match for text in texts for match in RULE.finditer(text)]
    for indent, name, base, derived, body in sorted((match.groups() for match in matches), key=lambda each: bool(each[2])):
        parent = found.get(base, ("", set())) if base else ("", set())
        script, given = section(body, indent, "script"), section(body, indent, "params")
        named = set(re.findall(rf"^{indent}        (\w+)=", given, re.MULTILINE)) if given else parent[1]
        found[name or derived] = (re.findall(r"(\w+)\.py", script)[0] if script else parent[0], named)
    return {name: rule for name, rule in found.items() if rule[0]}


@pytest.mark.parametrize("name", rules())
def test_a_rule_gives_its_script_every_parameter(name):
    script, given = rules()[name]
    read = set(re.findall(r"snakemake\.params\.(\w+)", (ROOT / f"workflow_scripts/{script}.py").read_text()))
    assert read <= given


def test_derived_rules_are_among_them():
    assert rules()["score_given"][0] == "score_variant"
