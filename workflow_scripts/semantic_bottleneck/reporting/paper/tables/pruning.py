"""Tables 2, 3, 6 and 7: pruning variants of a model, each against its own baseline."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.published import SAMPLES, Published
from semantic_bottleneck.reporting.core.table import NOTHING, Beside, CellMaker, Table
from semantic_bottleneck.reporting.core.vocabulary import measure
from semantic_bottleneck.reporting.core.wording import is_baseline, variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.reporting.paper.kinds import as_published
from semantic_bottleneck.reporting.paper.protocols import OWN_PROTOCOLS, protocol_footnotes
from semantic_bottleneck.reporting.paper.shares import PAPER_SHARE, SAME_SHARE
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

SHAPE = ("removed_dimensions", "removed_percent", "threshold", "quantile")
METRICS: Mapping[str, tuple[str, ...]] = {
    "table2": ("fid", "inception_score", "clip_score", "class_agreement"),
    "table3": ("fid", "inception_score", "clip_score", "class_agreement"),
    "table6": (
        *("fid", "fid_infinity", "sfid", "fd_dinov2", "kid"),
        *("inception_score", "inception_score_one_split", "inception_score_consecutive"),
        *("clip_score", "precision", "recall", "density", "coverage"),
    ),
    "table7": ("fid", "ssim", "ssim_gaussian", "lpips", "psnr"),
}
TITLES = {
    "table2": "Pruning the conditional vector",
    "table3": "The same pruning on further models",
    "table6": "Precision and recall under pruning",
    "table7": "Pruning a pose-conditioned model",
}
OPTIONAL = (
    *("class_agreement", "fid_infinity", "sfid", "fd_dinov2", "kid", "inception_score_one_split"),
    *("inception_score_consecutive", "density", "coverage", "ssim_gaussian"),
)
"""Columns of ours that the paper lacks: dropped where nothing scored them."""
SISTERS = {"table2": ("table2", "table3"), "table3": ("table3", "table2"), "table6": ("table6",), "table7": ("table7",)}
"""Where the paper prints the pruning of a model, this table first."""
PRINTED = ("fid", "inception_score", "clip_score", "precision", "recall")
"""Columns of the paper that depend on samples; also of the first so many of ours, where the paper has fewer."""
NESTED = (
    "First {size:,} samples: the paper's protocol, five of each class, nested in our samples (sample i has class i modulo "
    "1,000); the published numbers stand beside these. Scores of all samples are more precise but, where their expectation "
    "depends on the sample size, no numbers to compare with the paper's."
)
EXACT = "exact: a property of the masks"
"""Method of the columns that describe what is removed."""


def build_pruning_table(evidence: PaperEvidence) -> Table:
    """Table 2, 3, 6 or 7 (`evidence.exhibit` = "table2" ...): one block of rows per model, one row per variant.

    Models and variants without scores get "not run" or "not scored" cells.
    """
    name, facts, variants = evidence.exhibit, evidence.facts, evidence.variants
    maker = CellMaker(name, facts.not_run)
    metrics = [metric for metric in METRICS[name] if metric not in OPTIONAL or evidence.scored([metric])]
    size = SAMPLES.get(name, 0)
    nested = [metric for metric in metrics if metric in PRINTED and len(evidence.nested.only(subset=size, metric=metric))]
    cells, shown = [], []
    for model in evidence.models:
        for variant in evidence.variant_names:
            rows = variants[(variants["model"] == model) & (variants["variant"] == variant)]
            masks = rows.iloc[0] if len(rows) else None
            counterpart = find_counterpart(evidence, model, variant, masks)
            if masks is not None and not is_baseline(masks):
                shown.append((masks, counterpart))
            common: dict[str, Any] = {
                "row": variant if masks is None else variant_title(masks),
                "model": model,
                "variant": variant,
                "section": facts.title(model),
            }
            for metric in SHAPE:
                cells.append(
                    maker.cell(metric=metric, estimate=_shape(masks, metric), beside=counterpart.beside(metric), **common)
                )
            for metric in metrics:
                beside = NOTHING if metric in nested else counterpart.beside(metric)
                numbers = _scored(evidence.scores, model, variant, metric)
                cells.append(maker.cell(metric=metric, beside=beside, **numbers, **common))
            for metric in nested:
                numbers = _scored(evidence.nested.only(subset=size), model, variant, metric)
                group = f"first {size:,} samples"
                cells.append(maker.cell(metric=metric, beside=counterpart.beside(metric), group=group, **numbers, **common))
    footnotes = _footnotes(evidence, metrics, shown) + common_footnotes(cells, facts)
    if nested:
        footnotes.append(NESTED.format(size=size))
    return maker.table_of(TITLES[name], cells, footnotes)


@dataclass(frozen=True)
class Counterpart:
    """The published row beside one of ours; `variant` is None where there is none."""

    published: Published
    table: str
    model: str
    variant: str | None
    same_model: bool

    def beside(self, metric: str) -> Beside:
        """Its number of one metric."""
        number = self.published.lookup(self.table, self.model, self.variant, metric) if self.variant else None
        return Beside(number, self.model, self.same_model)


def find_counterpart(evidence: PaperEvidence, model: str, variant: str, masks: pd.Series | None) -> Counterpart:
    """The published row of the same model, in this table or a sister table.

    It has the same name, else the same side and window and nearly the same removed share. A model trained here whose
    counterpart the paper never pruned stands beside the table's first model. Controls that the paper lacks (random,
    class mean, SiLU ranking) have no counterpart.
    """
    published, name, facts = evidence.published, evidence.exhibit, evidence.facts
    assert published is not None  # an input of every table
    compared, frame = facts.compared(model), published.frame
    for table in SISTERS[name]:
        if ((frame["table"] == table) & (frame["model"] == compared)).any():
            break
    else:
        table = name
        if not facts.same_model(model):
            compared = frame.loc[frame["table"] == name, "model"].iloc[0]
    rows = frame[(frame["table"] == table) & (frame["model"] == compared)]
    return Counterpart(published, table, compared, _matching_variant(rows, variant, masks), facts.same_model(model))


def _matching_variant(rows: pd.DataFrame, variant: str, masks: pd.Series | None) -> str | None:
    if variant in set(rows["variant"]):
        return variant
    if masks is None or masks["ranked_by"] != "magnitude" or not as_published(masks.to_frame().T).all():
        return None
    rows = rows[(rows["side"] == masks["side"]) & (rows["window"] == masks["window"])]
    shares = rows[rows["metric"] == "removed_percent"].set_index("variant")["value"]
    if shares.empty and rows["tau"].nunique() == 1:
        return rows.iloc[0]["variant"] if abs(masks["removed_percent"] - PAPER_SHARE) <= SAME_SHARE else None
    distance = (shares - masks["removed_percent"]).abs()
    return str(distance.idxmin()) if len(distance) and distance.min() <= SAME_SHARE else None


def _shape(masks: pd.Series | None, metric: str) -> Estimate:
    if masks is None:
        return ABSENT
    if is_baseline(masks):
        return exact(0.0, masks) if metric.startswith("removed") else ABSENT
    value = masks[metric]
    return exact(value, masks) if value is not None else ABSENT


def exact(value: float, masks: pd.Series) -> Estimate:
    """A property of the masks, from a row of a variants frame."""
    return Estimate(float(value), method=EXACT, origins=(masks["origin"],))


def _scored(scores: Measures, model: str, variant: str, metric: str) -> dict:
    keys = {"model": model, "variant": variant, "metric": metric}
    estimate = scores.select(quantity="value", **keys)
    if estimate is ABSENT:
        return {"note": "not scored"}
    if math.isnan(estimate.value):
        return {"note": estimate.note or "not scored"}
    difference = ABSENT if variant == BASELINE else scores.select(quantity="difference", **keys)
    return {"estimate": estimate, "difference": difference}


def _footnotes(evidence: PaperEvidence, metrics: Sequence[str], shown: Sequence[tuple[pd.Series, Counterpart]]) -> list[str]:
    facts, own = evidence.facts, OWN_PROTOCOLS.get(evidence.exhibit, ())
    footnotes = [
        "Δ is the paired difference to the baseline of the same model (same labels and noise) with its 95 % interval; "
        "it is inside the noise where the interval contains zero.",
        "Dimensions are ranked by |c|, set to zero and pruned at every step unless the row says otherwise. "
        "Removed dims and share are means over conditions at the initial step; τ is the threshold on the magnitude. These "
        "four columns describe the masks themselves, over all conditions, so they have no interval.",
    ]
    moved = [
        row
        for row, _ in shown
        if row["window"] == "every" and abs(row["removed_percent_all_steps"] - row["removed_percent"]) > 1
    ]
    if moved:
        shares = ", ".join(
            f"{facts.title(row['model'])}, {variant_title(row)}: {row['removed_percent_all_steps']:.1f} %" for row in moved
        )
        footnotes.append(
            f"τ is fixed while the magnitudes of c change with the timestep. Share removed over a grid of timesteps: {shares}."
        )
    used = evidence.scores.only(quantity="value", model=list(evidence.models), metric=list(metrics)).frame
    if len(used):
        sizes = sorted({int(n) for n in used["n"].dropna()})
        footnotes.append(f"n = {', '.join(f'{n:,}' for n in sizes)}. Methods: {_methods(used, metrics)}.")
    footnotes += own
    if len(used) and not own:
        footnotes += protocol_footnotes(facts, metrics)
    last = {f"{facts.title(row['model'])} {int(row['steps_pruned'])} steps" for row, _ in shown if row["window"] == "last"}
    if last:
        share = facts.protocol.get("last_share")
        part = f"the last {100 * share:g} % of the steps" if share else "the final steps"
        footnotes.append(f"The window “last” covers {part} (a number the paper leaves open): {', '.join(sorted(last))}.")
    renamed = {
        f"{row['variant']} beside {other.variant}" for row, other in shown if other.variant not in (None, row["variant"])
    }
    if renamed:
        footnotes.append(
            f"Published rows of the same side, window and removed share stand beside ours: {', '.join(sorted(renamed))}."
        )
    return footnotes


def _methods(used: pd.DataFrame, metrics: Sequence[str]) -> str:
    """How each metric was computed, metrics of one method together."""
    labels: dict[str, list[str]] = {}
    for metric in metrics:
        for method in dict.fromkeys(used.loc[used["metric"] == metric, "method"].astype(str)):
            labels.setdefault(method, []).append(measure(metric).label)
    return ". ".join(f"{', '.join(dict.fromkeys(names))}: {method}" for method, names in labels.items())
