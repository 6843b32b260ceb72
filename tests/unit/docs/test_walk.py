"""The walk of docs/walk.md leads through rules, scripts and functions that exist, each step's file made from the next one's."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/walk.md").read_text()
STEPS = [re.findall(r"`([^`]+)`", line) for line in PAGE.splitlines() if re.match(r"\| \d ", line)]
RULES = "\n".join(path.read_text() for path in (ROOT / "rules").rglob("*.smk"))
MODEL, VARIANT = "repa", "tail-0.01-last"


def rule_of(file, name):
    text = (ROOT / file).read_text()
    return re.search(rf"^rule {name}:\n(.*?)(?=^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)[1]


def test_there_are_five_steps_from_the_table_to_the_checkpoint():
    assert len(STEPS) == 5
    assert STEPS[0][0].startswith("tables/")
    assert STEPS[-1][0].startswith("results/checkpoints/")


@pytest.mark.parametrize("step", STEPS, ids=[step[1] for step in STEPS])
def test_a_step_is_a_rule_that_makes_the_file_with_the_script_of_its_name(step):
    made, rule, file, script, module, function = step
    body = rule_of(file, rule)
    for name, pattern in re.findall(r'^([A-Z]+) = ("<results>/[^"]+")', RULES, flags=re.MULTILINE):
        body = re.sub(rf"\b{name}\b", lambda _, pattern=pattern: pattern, body)
    outputs = re.findall(r'"(?:<results>/)?([^"]+\.(?:parquet|checkpoint))"', body)
    patterns = [re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(output)) for output in outputs]
    assert any(re.fullmatch(pattern, made) for pattern in patterns)
    assert script == f"workflow_scripts/{rule}.py"
    assert f'"../{script}"' in body
    assert (ROOT / script).is_file()
    tree = ast.parse((ROOT / "workflow_scripts/semantic_bottleneck" / module).read_text())
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_other_rule_that_the_walk_names_exists():
    text = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    rules = set(re.findall(r"^(?:use )?rule (?:\w+ as )?(\w+)", text, flags=re.MULTILINE))
    named = set(re.findall(r"(?:rules? |\()`(\w+_\w+)`", PAGE))
    assert len(named) >= 7
    assert named <= rules


def test_the_study_has_the_variant_and_the_model_of_the_walk():
    assert re.search(rf"^    {re.escape(VARIANT)}: ", (ROOT / "config/config.yaml").read_text(), flags=re.MULTILINE)
    assert (ROOT / f"config/models/{MODEL}.yaml").is_file()
