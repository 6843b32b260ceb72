"""Tables 2, 3, 6 and 7: pruning variants of a model, each against its own baseline."""

from collections.abc import Mapping, Sequence

import pandas as pd

from semantic_bottleneck.reporting.published import Published
from semantic_bottleneck.reporting.study import BASELINE, Study
from semantic_bottleneck.reporting.tables.table import ABSENT, CellMaker, Estimate, Table, estimate_from
from semantic_bottleneck.reporting.wording import is_baseline, variant_title

SHAPE = ("removed_dimensions", "removed_percent", "threshold", "quantile")
METRICS: Mapping[str, tuple[str, ...]] = {
    "table2": ("fid", "inception_score", "clip_score", "class_agreement"),
    "table3": ("fid", "inception_score", "clip_score", "class_agreement"),
    "table6": ("fid", "inception_score", "clip_score", "precision", "recall"),
    "table7": ("fid", "ssim", "lpips", "psnr"),
}
TITLES = {
    "table2": "Pruning the conditional vector",
    "table3": "The same pruning on further models",
    "table6": "Precision and recall under pruning",
    "table7": "Pruning a pose-conditioned model",
}
OPTIONAL = ("class_agreement",)
"""Columns of ours that the paper lacks: dropped where nothing scored them."""
SAME_SHARE = 1.0
"""Largest difference of removed shares, in percentage points, at which a published row stands beside one of ours."""


def build_pruning_table(
    name: str,
    scores: pd.DataFrame,
    variants: pd.DataFrame,
    models: Sequence[str],
    names: Sequence[str],
    study: Study,
    published: Published,
) -> Table:
    """Table 2, 3, 6 or 7 (`name` = "table2" ...).

    Args:
        scores: rows of `inputs.read_scores` of the models and variants.
        variants: rows of `inputs.read_variants`.
        models: one block of rows each, in order; one without scores gets "not run" or "not scored" cells.
        names: variants, in order, the baseline among them.
    """
    maker = CellMaker(name, study, published)
    scored = set(scores["metric"])
    metrics = [metric for metric in METRICS[name] if metric not in OPTIONAL or metric in scored]
    cells, shown = [], []
    for model in models:
        for variant in names:
            found = variants[(variants["model"] == model) & (variants["variant"] == variant)]
            described = found.iloc[0] if len(found) else None
            if described is not None and not is_baseline(described):
                shown.append(described)
            beside = published_counterpart(published, name, study.compares_with.get(model, model), variant, described)
            common = {
                "row": variant if described is None else variant_title(described),
                "model": model,
                "variant": variant,
                "section": study.title(model),
                "published_variant": beside,
            }
            cells += [maker.cell(metric=metric, estimate=_shape(described, metric), **common) for metric in SHAPE]
            rows = scores[(scores["model"] == model) & (scores["variant"] == variant)]
            for metric in metrics:
                cells.append(maker.cell(metric=metric, **_scored(rows, metric, variant), **common))
    return maker.table_of(TITLES[name], cells, _footnotes(scores, variants, models, shown, study, published, name))


def published_counterpart(
    published: Published, table: str, model: str, variant: str, described: pd.Series | None
) -> str | None:
    """The published row beside a variant: of the same name, else of the same side and window and nearly the same share.

    Controls the paper lacks (random, class mean, SiLU ranking) have none.
    """
    rows = published.frame[(published.frame["table"] == table) & (published.frame["model"] == model)]
    if variant in set(rows["variant"]):
        return variant
    if described is None or described["magnitude"] != "c" or described["replacement"] != "zero":
        return None
    rows = rows[(rows["metric"] == "removed_percent") & (rows["side"] == described["side"]) & (rows["window"] == described["window"])]
    rows = rows.assign(distance=(rows["value"] - described["removed_percent"]).abs())
    rows = rows[rows["distance"] <= SAME_SHARE].sort_values("distance", kind="stable")
    return rows.iloc[0]["variant"] if len(rows) else None


def _shape(described: pd.Series | None, metric: str) -> Estimate:
    if described is None:
        return ABSENT
    if is_baseline(described):
        return Estimate(0.0) if metric.startswith("removed") else ABSENT
    value = described[metric]
    return Estimate(float(value)) if value is not None else ABSENT


def _scored(rows: pd.DataFrame, metric: str, variant: str) -> dict:
    rows = rows[rows["metric"] == metric]
    values, differences = rows[rows["quantity"] == "value"], rows[rows["quantity"] == "difference"]
    if values.empty:
        return {"note": "not scored"}
    return {
        "estimate": estimate_from(values.iloc[0]),
        "difference": estimate_from(differences.iloc[0]) if len(differences) and variant != BASELINE else ABSENT,
    }


def _footnotes(
    scores: pd.DataFrame,
    variants: pd.DataFrame,
    models: Sequence[str],
    shown: Sequence[pd.Series],
    study: Study,
    published: Published,
    name: str,
) -> list[str]:
    footnotes = [
        "Δ is the paired difference to the baseline of the same model (same labels and noise) with its 95 % interval; "
        "it is inside the noise where the interval contains zero.",
        "Removed dims and share are means over conditions at the initial step; τ is the threshold on the magnitude.",
    ]
    used = scores[(scores["quantity"] == "value") & scores["model"].isin(models)]
    if len(used):
        sizes = sorted({int(n) for n in used["n"].dropna()})
        methods = [text for text in dict.fromkeys(used["method"].astype(str)) if text]
        footnotes.append(f"n = {', '.join(f'{n:,}' for n in sizes)}; intervals: {'; '.join(methods)}.")
    last = {
        f"{study.title(row['model'])} {int(row['steps_pruned'])} steps" for row in shown if str(row["window"]) == "last"
    }
    if last:
        footnotes.append(f"The window “last” covers the final steps of the trajectory, which the paper leaves open: {', '.join(sorted(last))}.")
    beside = [
        (row["variant"], published_counterpart(published, name, study.compares_with.get(row["model"], row["model"]), row["variant"], row))
        for row in shown
    ]
    renamed = {f"{ours} beside {theirs}" for ours, theirs in beside if theirs and theirs != ours}
    if renamed:
        footnotes.append(f"Published rows of the same side, window and removed share stand beside ours: {', '.join(sorted(renamed))}.")
    return footnotes
