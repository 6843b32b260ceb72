"""Scores of one pruned model, written out, for claims about pruning and the numbers that they rest on."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.score_columns import WHOLE
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.uncertainty.stored import ALL, COLUMNS
from tests.unit.reporting.one_model import ALONE, MODEL, SEEDS, judged

AGREEMENT, FID, CLIP = "class_agreement", "fid", "clip_score"
BASELINE = {AGREEMENT: 0.9, FID: 4.0}
"""A change of FID by 0.04 is 1 % of the baseline's."""
VARIANTS = {
    # name: side, window, ranked by, removed percent
    "tail-20": ("tail", "every", "magnitude", 20.0),
    "tail-38": ("tail", "every", "magnitude", 38.5),
    "tail-66": ("tail", "every", "magnitude", 66.0),
    "tail-38-first": ("tail", "first", "magnitude", 38.5),
    "tail-38-early": ("tail", "early", "magnitude", 38.5),
    "tail-38-last": ("tail", "last", "magnitude", 38.5),
    "random-38": ("random", "every", "magnitude", 38.5),
    "random-38-last": ("random", "last", "magnitude", 38.5),
    "head-10": ("head", "every", "magnitude", 10.0),
    "head-30": ("head", "every", "magnitude", 30.0),
    "head-38": ("head", "every", "magnitude", 38.5),
    "silu-tail-39": ("tail", "every", "silu", 39.0),
    "silu-head-38": ("head", "every", "silu", 38.5),
}
REMOVED = {name: share for name, (*_, share) in VARIANTS.items()}
TAIL, RANDOM, HEAD, SILU = ("tail-38", "random-38", "head-38", "silu-head-38")
LATE, EARLY, FIRST = "tail-38-last", "tail-38-early", "tail-38-first"
HALF = {AGREEMENT: 0.004, FID: 0.016}
"""Half the width of an interval: 0.4 points, or 0.4 % of the baseline's FID."""


def variants(model=MODEL, **changes):
    """Rows of a variants file; `changes` are columns by variant."""
    frame = pd.DataFrame.from_dict(VARIANTS, orient="index", columns=["side", "window", "ranked_by", "removed_percent"])
    mask = np.where(frame["side"] == "random", "shared", "per-vector")
    frame = frame.assign(model=model, mask=mask, replacement="zero", branch="both", head_positive=3.0, head_negative=7.0)
    for column, values in changes.items():
        for name, value in values.items():
            frame.loc[name, column] = value
    return frame.rename_axis("variant").reset_index()


def scored(changes=(), metrics=(AGREEMENT, FID), without=(), baseline=4.0, model=MODEL):
    """Rows of score files: (variant, metric) -> difference to the baseline, or difference and the ends of its interval.

    A difference is 0 where nothing else is said. `without` are variants, or pairs with a metric, that were not scored.
    """
    rows = [("baseline", metric, "value", value, value, value) for metric, value in (BASELINE | {FID: baseline}).items()]
    for name in VARIANTS:
        for metric in metrics:
            number = dict(changes).get((name, metric), 0.0)
            if name not in without and (name, metric) not in without:
                half = HALF.get(metric, 0.0)
                ends = number if isinstance(number, tuple) else (number, number - half, number + half)
                rows.append((name, metric, "difference", *ends))
    frame = pd.DataFrame(rows, columns=["variant", "metric", "quantity", "value", "low", "high"])
    return frame.assign(model=model)


def replicates(folder, names, differences=(), metrics=(AGREEMENT, FID), model=MODEL):
    """Files of scores without each of two groups of samples: (variant, metric) -> difference, with an interval of HALF.

    What is not named has no spread, so that the interval of a pair is that of the one that is named.
    """
    files = {}
    for name in names:
        columns = {key: [] for key in ("subset", "metric", "n", *COLUMNS)}
        for metric in metrics:
            value = dict(differences).get((name, metric), 0.0)
            error = HALF[metric] / student.ppf(0.975, 1) if (name, metric) in dict(differences) else 0.0
            for group, sign in enumerate((-1, 1)):
                row = (WHOLE, metric, 20, value, ALL, group, 0, 10, value + sign * error)
                for column, entry in zip(columns.values(), row, strict=True):
                    column.append(entry)
        files[model, name] = folder / f"replicates/{model}/{name}.parquet"
        parquet.write(files[model, name], columns)
    return files


EVERY = pd.concat([variants(model) for model in SEEDS], ignore_index=True)


def finding(rule, *scores, pairs=(), facts=ALONE, frame=EVERY):
    evidence = PaperEvidence(
        facts, scores=Measures(pd.concat(scores, ignore_index=True)), variants=frame, replicates=dict(pairs)
    )
    return judged(rule, evidence)


def losses(metric, number):
    """A loss in points, or in percent of the baseline's FID, as the difference that it is."""
    return -number / 100 if metric == AGREEMENT else number * BASELINE[FID] / 100


def scored_by(metric, name, number):
    """Scores by one metric, of which one variant loses so many points or percent."""
    return scored({(name, metric): losses(metric, number)}, [metric])
