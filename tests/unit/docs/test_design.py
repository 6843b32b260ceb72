"""docs/design.md documents every Parquet file that a rule makes; what the files hold is checked in tests/workflow."""

import re
from pathlib import Path

import pyarrow as pa

from tests.contracts import DESIGN, contract_of, contracts, explained_keys

ROOT = Path(__file__).resolve().parents[3]
TEXT = "\n".join(path.read_text() for path in [ROOT / "Snakefile", *sorted((ROOT / "rules").rglob("*.smk"))])


def outputs():
    """Every Parquet path below a study's results folder that the rules speak of, with wildcards filled in."""
    patterns = set(re.findall(r'"<results>/([^"]+\.parquet)"', TEXT))
    return {re.sub(r"\{\w+\}", "x", pattern.replace("{run}.loss", "x.s0.loss")) for pattern in patterns}


def test_every_parquet_file_of_a_rule_has_one_contract():
    assert len(outputs()) > 20
    assert {path: [contract.name for contract in contract_of(path)] for path in outputs() if len(contract_of(path)) != 1} == {}


def test_every_contract_is_of_files_that_rules_make():
    made = outputs() | {"results/compare/a--b.parquet"}
    assert [contract.name for contract in contracts() if not any(contract in contract_of(path) for path in made)] == []


def test_every_rule_that_a_contract_or_the_picture_names_exists():
    rules = set(re.findall(r"^ *rule (\w+):", TEXT, flags=re.MULTILINE))
    named = {rule for contract in contracts() for rule in contract.rules}
    assert named <= rules
    picture = re.search(r"```mermaid\n(.*?)```", DESIGN.read_text(), flags=re.DOTALL)[1]
    assert set(re.findall(r"\b[a-z]+_[a-z_]+\b", picture)) <= rules


def test_every_metadata_key_is_explained():
    keys = {key for contract in contracts() for key in contract.metadata}
    assert keys == explained_keys()


def test_a_wrong_type_a_missing_and_an_unknown_column_are_told():
    (latents,) = contract_of("latents/dit/baseline/000.parquet")
    schema = pa.schema({"sample": pa.int64(), "latent": pa.list_(pa.float64(), 4), "colour": pa.string()})
    metadata = {"shapes": '{"latent": [1, 2, 2]}', "model": "dit", "variant": "baseline", "mood": "good"}
    said = latents.complaints("a.parquet", schema.with_metadata(metadata))
    assert said == [
        "a.parquet: the column colour is not documented",
        "a.parquet: the documented column label is absent",
        "a.parquet: the column latent is float64[*, *, *], documented as float32[*, *, *]",
        "a.parquet: the metadata key mood is not documented",
        *(
            f"a.parquet: the documented metadata key {key} is absent"
            for key in ("checkpoint_sha256", "checkpoint_source", "evaluations")
        ),
    ]
