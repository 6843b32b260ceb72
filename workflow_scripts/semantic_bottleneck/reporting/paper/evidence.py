"""What the tables, figures and claims of the report are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.evidence import Evidence
from semantic_bottleneck.reporting.core.facts import ReportFacts, report_facts
from semantic_bottleneck.reporting.core.inputs import read_geometry, read_localisation, read_scores, read_variants
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.published import Published, PublishedNumber, load_published
from semantic_bottleneck.reporting.core.replicates import Replicates, compared
from semantic_bottleneck.reporting.paper.geometry import final_geometry
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate


@dataclass(frozen=True)
class PaperEvidence(Evidence):
    """What one table or figure, or the whole report, is made from; empty where it needs nothing of a kind.

    Attributes:
        facts: on the study.
        published: the printed numbers; None where none are shown.
        exhibit: its name.
        models: in order, those that were not run among them.
        variant_names: pruning variants, in order.
        samples: numbers of the samples it shows; empty for the first ones.
        geometry: rows of `inputs.read_geometry`, of all checkpoints that it needs. scores: rows of `inputs.read_scores`.
        nested: the same of the first so many samples (`subset`).
        variants: rows of `inputs.read_variants`.
        replicates: (model, variant) -> its file of scores without each group of samples.
        conditions: model -> conditions file of its last checkpoint. slicing: model -> measured costs.
        images: one file of example samples for each of `variant_names`.
        localisation: rows of `inputs.read_localisation`.
        starts: model trained here -> conditions file of its weights before the first update.
    """

    facts: ReportFacts
    published: Published | None = None
    exhibit: str = ""
    models: Sequence[str] = ()
    variant_names: Sequence[str] = ()
    samples: Sequence[int] = ()
    geometry: Measures = field(default_factory=lambda: Measures(read_geometry([])))
    scores: Measures = field(default_factory=lambda: Measures(read_scores([])))
    variants: pd.DataFrame = field(default_factory=lambda: read_variants({}))
    conditions: Mapping[str, str | Path] = field(default_factory=dict)
    slicing: Mapping[str, str | Path] = field(default_factory=dict)
    images: Sequence[str | Path] = ()
    nested: Measures = field(default_factory=lambda: Measures(read_scores([], nested=True)))
    replicates: Mapping[tuple[str, str], str | Path] = field(default_factory=dict)
    localisation: Measures = field(default_factory=lambda: Measures(read_localisation([])))
    starts: Mapping[str, str | Path] = field(default_factory=dict)

    @property
    def run(self) -> list[str]:
        """The models that were run, in order."""
        return [model for model in self.models if model not in self.facts.not_run]

    @property
    def reasons(self) -> list[str]:
        return [f"{self.facts.title(model)} was not run: {reason.rstrip('.')}." for model, reason in self.facts.not_run.items()]

    @property
    def nothing(self) -> str:
        return "" if self.run else ", ".join(map(self.facts.title, self.models))

    @cached_property
    def final(self) -> Measures:
        """Geometry of the last checkpoints at the initial step."""
        return final_geometry(self.geometry, self.facts.initial_timesteps)

    def score(self, model: str, variant: str, metric: str, quantity: str = "value") -> Estimate:
        """One score, ABSENT where it was not taken; `quantity` is value or difference (to the baseline)."""
        return self.scores.select(model=model, variant=variant, metric=metric, quantity=quantity)

    def between(self, model: str, variant: str, other: str, metric: str) -> Estimate:
        """The paired difference variant - other of two variants of one model; ABSENT where one was not scored by it.

        Both left out the same groups of samples, so no third variant stands between them.
        """
        files = [self.replicates.get((model, name)) for name in (variant, other)]
        if files[0] is None or files[1] is None:
            return ABSENT
        return compared(files[0], files[1], metric, self._read_replicates) or ABSENT

    @cached_property
    def _read_replicates(self) -> dict[str, Replicates]:
        return {}

    def printed(self, table: str, model: str, variant: str, metric: str) -> PublishedNumber | None:
        """The paper's number of the model that one of ours stands beside, or None."""
        assert self.published is not None  # an input of every table and figure
        return self.published.lookup(table, self.facts.compared(model), variant, metric)

    def scored(self, metrics: Sequence[str]) -> list[str]:
        """Those of `metrics` that something was scored by."""
        taken = set(self.scores.frame["metric"])
        return [metric for metric in metrics if metric in taken]


def read_evidence(files: Mapping[str, Sequence[str]], facts: Mapping[str, Any]) -> PaperEvidence:
    """Read the result files of one table or figure, or of the report.

    Args:
        files: by kind: geometry, history, conditions, starts, slicing, variants, scores, replicates, images, localisation, and
            `published` (CSV).
        facts: `config` and `cards` (`page_facts.report_facts`), `not_run` (model -> why it is left out), and for a table or
            figure `exhibit`, its name, and `asked` (`models`; for those of scores or samples `variants`; optionally `samples`).
    """
    asked = facts.get("asked", {})
    return PaperEvidence(
        report_facts(facts["config"], facts["cards"], facts["not_run"]),
        load_published(files["published"]) if files.get("published") else None,
        facts.get("exhibit", ""),
        asked.get("models", ()),
        asked.get("variants", ()),
        asked.get("samples", ()),
        Measures(read_geometry([*files.get("geometry", []), *files.get("history", [])])),
        Measures(read_scores(files.get("scores", []))),
        read_variants({Path(path).name.removesuffix(".parquet"): path for path in files.get("variants", [])}),
        _by_model(files.get("conditions", [])),
        _by_model(files.get("slicing", [])),
        list(files.get("images", [])),
        Measures(read_scores(files.get("scores", []), nested=True)),
        {(Path(path).parent.name, Path(path).name.removesuffix(".parquet")): path for path in files.get("replicates", [])},
        Measures(read_localisation(files.get("localisation", []))),
        _by_model(files.get("starts", [])),
    )


def _by_model(paths: Sequence[str]) -> dict[str, str]:
    return {parquet.read_metadata(path)["model"]: path for path in paths}
