"""The synthetic study, written once, and everything that is built from it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.inputs import read_geometry, read_scores, read_variants
from semantic_bottleneck.reporting.core.published import Published, load_published
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.paper.tables.audit import build_audit
from semantic_bottleneck.reporting.paper.tables.conditions import build_table1, build_table4
from semantic_bottleneck.reporting.paper.tables.controls import build_controls
from semantic_bottleneck.reporting.paper.tables.pruning import build_pruning_table
from semantic_bottleneck.reporting.paper.tables.seeds import build_seeds_table
from tests.unit.reporting import synthetic

PUBLISHED = Path(__file__).parents[3] / "config/published/hidden_semantic_bottleneck.csv"


@dataclass(frozen=True)
class Inputs:
    """The synthetic files, read."""

    files: synthetic.Synthetic
    geometry: pd.DataFrame
    scores: pd.DataFrame
    variants: pd.DataFrame
    published: Published


@pytest.fixture(scope="session")
def inputs(tmp_path_factory) -> Inputs:
    files = synthetic.write(tmp_path_factory.mktemp("study"))
    return Inputs(
        files,
        read_geometry(files.geometry),
        read_scores(files.scores),
        read_variants(files.variants),
        load_published([PUBLISHED]),
    )


@pytest.fixture(scope="session")
def tables(inputs) -> dict[str, Table]:
    study, published = inputs.files.study, inputs.published
    names = list(synthetic.VARIANTS)
    scored = (inputs.scores, inputs.variants)
    made = [
        build_table1(inputs.geometry, synthetic.MODELS, study, published),
        build_pruning_table("table2", *scored, ["sit-mini", "dit-mini"], names, study, published),
        build_pruning_table("table3", *scored, ["repa-mini", "absent"], names[:4], study, published),
        build_table4(inputs.geometry, ["dit-mini", "repa-mini"], study, published),
        build_pruning_table("table6", *scored, ["repa-mini"], ["baseline", "tail-39-last"], study, published),
        build_seeds_table(inputs.geometry, *scored, synthetic.SEEDS, ["baseline", "head-10-every"], study),
        build_controls(*scored, study),
        build_audit(published),
    ]
    return {table.name: table for table in made}
