"""One model of one or several trainings, for claims that are tried on numbers which are written out."""

from dataclasses import replace

import pandas as pd

from semantic_bottleneck.reporting.core.claim import Finding, Rule
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from tests.unit.reporting import synthetic

SEEDS = synthetic.SEEDS
MODEL = SEEDS[0]
STUDY = replace(synthetic.describe(), models=[MODEL], not_run={})
ALONE = replace(STUDY, replicates={})


def trained(count: int) -> ReportFacts:
    """The study with so many trainings of the model."""
    return replace(STUDY, replicates={MODEL: SEEDS[:count]})


def judged(rule: Rule, evidence: PaperEvidence) -> Finding:
    """The finding on the one model."""
    (finding,) = rule.claim(evidence).findings
    return finding


def geometry_rows(numbers: dict, model: str = MODEL, step: int = -1, checkpoint: str = "final") -> pd.DataFrame:
    """Rows of a geometry file at the initial step: (kind, metric) -> value, or value, low and high."""
    rows = [(kind, metric, *(value if isinstance(value, tuple) else [value])) for (kind, metric), value in numbers.items()]
    frame = pd.DataFrame(rows).reindex(columns=range(5)).set_axis(["kind", "metric", "value", "low", "high"], axis=1)
    return frame.assign(model=model, training_step=step, checkpoint=checkpoint, timestep=1.0)
