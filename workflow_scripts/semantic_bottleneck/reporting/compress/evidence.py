"""What was measured on the compressed forms of a study's models."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.evidence import Evidence
from semantic_bottleneck.reporting.core.inputs import read_scores
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.study.compressed import OPTIMAL, Compressed
from semantic_bottleneck.study.typed import required
from semantic_bottleneck.uncertainty.origins import read_origin

FULL = "baseline"
ALL_LAYERS = "all"


@dataclass(frozen=True)
class CompressEvidence(Evidence):
    """All models of a study's section `compress`.

    Attributes:
        errors: rows with model, method, rank, rows and fold, whose value is the mean error over layers; in the column `worst`
            that of the worst layer.
        footprints: rows with model, variant, batch and quantity.
        differences: rows with model, variant and quantity.
        scores: rows with model, variant, metric and quantity.
        needed: model -> `needed_ranks` (text of an error -> rank), `break_even_rank` and `rows`.
        study: from `Compression.reporting`.
    """

    errors: Measures
    footprints: Measures
    differences: Measures
    scores: Measures
    needed: Mapping[str, Mapping[str, Any]]
    study: Mapping[str, Any]

    @property
    def models(self) -> Mapping[str, str]:
        """Model -> its title."""
        return self.study["models"]

    @property
    def forms(self) -> list[Compressed]:
        """The compressed forms of each model, in order."""
        return [Compressed(**each) for each in self.study["forms"]]

    def quarter(self, model: str) -> Compressed | None:
        """The output-optimal form of the largest sampled rank up to a quarter of c's dimensions; None where all are larger."""
        width = self.study["widths"][model]
        small = [form for form in self.forms if form.method == OPTIMAL and 4 * required(form.rank) <= width]
        return max(small, key=lambda form: required(form.rank), default=None)


def read_evidence(files: Mapping[str, Sequence[str]], facts: Mapping[str, Any]) -> CompressEvidence:
    """Gather the files of all models.

    Args:
        files: `errors`, `footprints`, `differences` (each one file for a model, as the rules name them) and `scores`.
        facts: from `Compression.reporting`.
    """
    errors = _gather(files["errors"])
    keys = ["model", "method", "rank", "rows", "fold", "origin"]
    groups = errors.groupby(keys, sort=False)["error"]
    means = pd.DataFrame({"value": groups.mean(), "worst": groups.max()}).reset_index()
    footprints = _gather(files["footprints"]).melt(["model", "variant", "batch", "origin"], var_name="quantity")
    needed = {}
    for path in files["errors"]:
        metadata = parquet.read_metadata(path)
        ranks = {"needed_ranks": json.loads(metadata["needed_ranks"]), "break_even_rank": int(metadata["break_even_rank"])}
        needed[metadata["model"]] = ranks | {"rows": int(metadata["rows"])}
    differences = Measures(_gather(files["differences"]))
    return CompressEvidence(
        Measures(means), Measures(footprints), differences, Measures(read_scores(files["scores"])), needed, facts
    )


def _gather(paths: Sequence[str]) -> pd.DataFrame:
    frames = [
        pd.DataFrame(parquet.read(path)).assign(model=parquet.read_metadata(path)["model"], origin=read_origin(path))
        for path in paths
    ]
    return pd.concat(frames, ignore_index=True)
