"""The synthetic study, written once, and everything that is built from it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.inputs import read_geometry, read_scores, read_variants
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.published import Published, load_published
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.tables.audit import build_audit
from semantic_bottleneck.reporting.paper.tables.conditions import build_table1, build_table4
from semantic_bottleneck.reporting.paper.tables.controls import build_controls
from semantic_bottleneck.reporting.paper.tables.pruning import build_pruning_table
from semantic_bottleneck.reporting.paper.tables.seeds import build_seeds_table
from tests.unit.reporting import pruning_scores, synthetic

PUBLISHED = Path(__file__).parents[3] / "config/published/hidden_semantic_bottleneck.csv"


@dataclass(frozen=True)
class Inputs:
    """The synthetic files, read."""

    files: synthetic.Synthetic
    geometry: pd.DataFrame
    scores: pd.DataFrame
    variants: pd.DataFrame
    published: Published

    def alone(self, **changed) -> PaperEvidence:
        """The same of a study in which no model is a replicate of another."""
        return self.evidence(study=replace(self.files.study, replicates={}), **changed)

    def evidence(self, exhibit="", models=(), variant_names=(), **changed) -> PaperEvidence:
        """What an exhibit of these models and variants is made from; `changed` are frames or files to use instead."""
        frames = {name: Measures(changed.pop(name, getattr(self, name))) for name in ("geometry", "scores")}
        conditions = {model: self.files.conditions[model] for model in models if model in self.files.conditions}
        given = {"variants": self.variants, "conditions": conditions} | frames | changed
        study = given.pop("study", self.files.study)
        return PaperEvidence(study, self.published, exhibit, models, variant_names, **given)


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
    names = list(synthetic.VARIANTS)
    made = [
        build_table1(inputs.evidence("table1", synthetic.MODELS)),
        build_pruning_table(inputs.evidence("table2", ["sit-mini", "dit-mini"], names)),
        build_pruning_table(inputs.evidence("table3", ["repa-mini", "absent"], names[:4])),
        build_table4(inputs.evidence("table4", ["dit-mini", "repa-mini"])),
        build_pruning_table(inputs.evidence("table6", ["repa-mini"], ["baseline", "tail-39-last"])),
        build_seeds_table(inputs.evidence("seeds", synthetic.SEEDS, ["baseline", "head-10-every"])),
        build_controls(inputs.evidence()),
        build_audit(inputs.evidence("audit")),
    ]
    return {table.name: table for table in made}


@pytest.fixture(scope="session")
def pairs(tmp_path_factory) -> dict[tuple[str, str], Path]:
    """Replicates of `pruning_scores.VARIANTS`, of which none differs from another."""
    return pruning_scores.replicates(tmp_path_factory.mktemp("pairs"), pruning_scores.VARIANTS)
