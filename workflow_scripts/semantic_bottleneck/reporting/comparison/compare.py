"""What changed between two result folders: each number of one beside the same number of the other.

Rules, in order.

only left, only right        the other folder lacks the number
identical                    the two values are equal to the last bit, and so are their sample sizes
not comparable (sample size) the metric's expectation depends on the number of samples, and the two numbers differ in it
no interval                  the two differ and one of them has no interval (geometry that is exact, too few groups)
changed beyond the intervals zero lies outside the interval of the difference
within the intervals         otherwise

The interval of the difference right - left joins the two 95 % intervals as those of independent runs: its half widths are
the roots of the summed squares. Two runs that share their random numbers vary less than that, so the verdict `changed` is
then on the safe side.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.reporting.core.inputs import read_geometry, read_scores
from semantic_bottleneck.reporting.core.verdicts import BETTER, OTHER_SIZE, WORSE
from semantic_bottleneck.reporting.core.vocabulary import measure
from semantic_bottleneck.uncertainty.origins import PARTS

CHANGED = "changed beyond the intervals"
WITHIN = "within the intervals"
NO_INTERVAL = "no interval"
ONLY_LEFT = "only left"
ONLY_RIGHT = "only right"
SAME = "identical"
VERDICTS = (CHANGED, OTHER_SIZE, NO_INTERVAL, ONLY_LEFT, ONLY_RIGHT, WITHIN, SAME)
KEY = ("model", "variant", "metric", "quantity")
"""`quantity` is value or difference (to the baseline of the same run); for geometry `variant` names the vectors."""
NUMBERS = ("value", "low", "high", "n")


def read_numbers(folder: str | Path) -> pd.DataFrame:
    """Every score and every number of the final geometry at the noisiest step (columns KEY, NUMBERS and origins.PARTS).

    A folder that has neither (only a report was kept) gives the cells of the tables in its metrics.json, without origins.

    Raises:
        UserError: it holds none of the three.
    """
    folder = Path(folder)
    scores = read_scores(sorted(folder.glob("scores/*/*.parquet")))
    geometry = read_geometry(sorted(folder.glob("geometry/*/final.parquet")))
    if scores.empty and geometry.empty:
        return _cells(read_json(folder / "metrics.json"), folder)
    geometry = geometry[geometry["training_step"] == geometry.groupby("model")["training_step"].transform("max")]
    first = geometry[geometry["kind"] == "c"].groupby("model")["timestep"].first()
    noisiest = geometry["timestep"].isna() | (geometry["timestep"] == geometry["model"].map(first))
    geometry = geometry[noisiest].assign(variant=geometry["kind"], quantity="value")
    numbers = pd.concat([frame[[*KEY, *NUMBERS, "origin"]] for frame in (scores, geometry)], ignore_index=True)
    origins = pd.DataFrame([astuple(origin) for origin in numbers.pop("origin")], columns=list(PARTS))
    return pd.concat([numbers, origins], axis=1)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, empty where the file is absent."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _cells(metrics: Mapping[str, Any], folder: Path) -> pd.DataFrame:
    rows: dict[tuple, list[float]] = {}
    for cell in (cell for table in metrics.get("tables", {}).values() for cell in table["cells"]):
        if cell.get("value") is None:
            continue
        parts = [("value", ("value", "low", "high", "n"))]
        if cell["difference"] is not None:
            parts.append(("difference", ("difference", "difference_low", "difference_high", "n")))
        for quantity, names in parts:
            key = (cell["model"], cell["variant"], cell["column"], quantity)
            rows.setdefault(key, [math.nan if cell[name] is None else float(cell[name]) for name in names])
    if not rows:
        raise UserError(f"{folder} holds neither scores, geometry nor tables; give the folder of a study that was run.")
    return pd.DataFrame([(*key, *values) for key, values in rows.items()], columns=[*KEY, *NUMBERS])


def compare(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Both numbers, their difference (right minus left) with its interval, a verdict and the direction of a change.

    Returns:
        Columns KEY, `left`, `left_low`, `left_high`, `left_n`, where it comes from (`left_result_file` and the
        other PARTS, empty if unknown), the same of right, `difference`, `difference_low`,
        `difference_high`, `verdict` and `direction` (better, worse or empty), in the order of VERDICTS, then as on the left.
    """
    sides = [
        frame.reindex(columns=[*KEY, *NUMBERS, *PARTS]).rename(
            columns={name: side if name == "value" else f"{side}_{name}" for name in (*NUMBERS, *PARTS)}
        )
        for side, frame in (("left", left), ("right", right))
    ]
    merged = sides[0].merge(sides[1], on=list(KEY), how="outer", sort=False)
    texts = [f"{side}_{part}" for side in ("left", "right") for part in PARTS]
    merged[texts] = merged[texts].astype(object).fillna("")
    position = {key: index for index, key in enumerate(_keys(pd.concat([left, right])))}
    judged = pd.DataFrame([_judge(row) for row in merged.to_dict("records")])
    merged = pd.concat([merged, judged], axis=1)
    order = merged["verdict"].map(VERDICTS.index), [position[key] for key in _keys(merged)]
    return merged.iloc[np.lexsort((order[1], order[0]))].reset_index(drop=True)


def _keys(frame: pd.DataFrame) -> list[tuple]:
    return list(dict.fromkeys(frame[list(KEY)].itertuples(index=False, name=None)))


def _judge(row: Mapping[str, Any]) -> dict[str, Any]:
    left, right = row["left"], row["right"]
    difference = right - left
    ends = [(row[f"{side}_low"], row[f"{side}_high"]) for side in ("left", "right")]
    low = difference - math.hypot(right - ends[1][0], ends[0][1] - left)
    high = difference + math.hypot(ends[1][1] - right, left - ends[0][0])
    verdict = _verdict(row, difference, low, high)
    better = measure(row["metric"]).better * difference if verdict == CHANGED else 0.0
    direction = "" if better == 0 else BETTER if better > 0 else WORSE
    numbers = {"difference": difference, "difference_low": low, "difference_high": high}
    return numbers | {"verdict": verdict, "direction": direction}


def _verdict(row: Mapping[str, Any], difference: float, low: float, high: float) -> str:
    if math.isnan(row["right"]):
        return ONLY_LEFT
    if math.isnan(row["left"]):
        return ONLY_RIGHT
    same_size = row["left_n"] == row["right_n"] or (math.isnan(row["left_n"]) and math.isnan(row["right_n"]))
    if difference == 0 and same_size:
        return SAME
    if measure(row["metric"]).biased and not same_size:
        return OTHER_SIZE
    if math.isnan(low) or math.isnan(high):
        return NO_INTERVAL
    return WITHIN if low <= 0 <= high else CHANGED


def changed_verdicts(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Claims whose verdict is another one: (statement, left, right), from two metrics.json."""
    verdicts = [{claim["statement"]: claim["verdict"] for claim in side.get("claims", [])} for side in (left, right)]
    return [
        (name, verdicts[0].get(name, "not judged"), verdicts[1].get(name, "not judged"))
        for name in dict.fromkeys([*verdicts[0], *verdicts[1]])
        if verdicts[0].get(name) != verdicts[1].get(name)
    ]


def changed_settings(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Differing entries of two provenance.json (configuration, cards, seeds, code, versions): (dotted key, left, right)."""
    kept = ("config", "cards", "training seeds", "code", "versions")
    flat = [dict(_flat({name: side[name] for name in kept if name in side})) for side in (left, right)]
    return [
        (key, flat[0].get(key, "—"), flat[1].get(key, "—"))
        for key in dict.fromkeys([*flat[0], *flat[1]])
        if flat[0].get(key) != flat[1].get(key)
    ]


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
