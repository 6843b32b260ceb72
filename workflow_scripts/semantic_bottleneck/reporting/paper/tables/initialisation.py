"""Table `initialisation`: what time and class hold of each part of c, and how far y is from the table it started as."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from semantic_bottleneck.files.conditions_file import timesteps, vectors
from semantic_bottleneck.geometry.measures import centred
from semantic_bottleneck.geometry.parts import (
    correlation,
    distance_from_normal,
    effective_rank,
    part_of,
    part_shares,
    ranks_by_magnitude,
    spread_of_entries,
)
from semantic_bottleneck.reporting.core.published import TITLES as PAPER_TITLES
from semantic_bottleneck.reporting.core.published import Published
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.footnotes import common_footnotes
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.origins import read_origin

INITIAL_SIGMA = 0.02
"""Of the label table at initialisation, in DiT and all models that descend from it."""
SMALL = 1.0
"""Thresholds below it cut within the tail."""
SHARES = ("energy", "class_energy", "time_energy", "negative")
STARTS = (
    "Start: y before the first update, as the model's seed made it: its σ, and the correlation of its entries with those of "
    "the trained y; of models trained here. With none of the published checkpoints is the seed of its training known here."
)
EXACT = "exact: a property of all conditions"


def build_initialisation(evidence: PaperEvidence) -> Table:
    """One block of rows per model: head, shoulder and tail of c at the initial step, then y."""
    facts = evidence.facts
    maker, cells = CellMaker("initialisation", facts.not_run), []
    head, shoulder = (facts.protocol["localisation"][end] for end in ("head", "shoulder"))
    parts = {"head": (0.0, head), "shoulder": (head, shoulder), "tail": (shoulder, 1.0)}
    for model in evidence.models:
        files = [of[model] for of in (evidence.conditions, evidence.starts) if model in of]
        found = _numbers(files[0], parts) if files else {"c": {"dimensions": np.nan}}
        for row, numbers in (_from_start(*files) if len(files) > 1 else {}).items():
            found[row] |= numbers
        for row, numbers in found.items():
            for metric, value in numbers.items():
                behind = files if metric.startswith("start") else files[:1]
                estimate = Estimate(value, method=EXACT, origins=tuple(map(read_origin, behind)))
                section = facts.title(model)
                cell = maker.cell(row=row, model=model, variant="", metric=f"part_{metric}", estimate=estimate, section=section)
                cells.append(cell)
    footnotes = [
        f"Parts are ranges of each vector's own ranks by |c| at the initial step: the head is the largest {100 * head:.4g} % "
        f"of the dimensions, the shoulder follows until {100 * shoulder:.4g} %. Class: squares of c minus its mean over "
        "conditions; time: squares of that mean minus its own mean over a grid of timesteps, at the dimensions of each part.",
        f"σ is the root mean square of the entries; the distance is the largest between their distribution function and that "
        f"of N(0, {INITIAL_SIGMA}²), which DiT's table of labels starts as: near 0 where training has hardly moved it. The "
        "effective rank counts the directions in which conditions differ, after their mean is taken away.",
        *([STARTS] if evidence.starts else []),
        *_implied(evidence.published),
        *common_footnotes(cells, facts),
    ]
    return maker.table_of("What time and class hold of each part of c", cells, footnotes)


def _implied(published: Published | None) -> list[str]:
    """What the removed shares that the paper prints for one model would be those of: N(0, σ²)."""
    assert published is not None  # an input of every table
    frame = published.frame
    rows = frame[(frame["table"] == "table2") & (frame["metric"] == "removed_percent") & (frame["side"] == "tail")]
    rows = rows.assign(tau=rows["tau"].astype(float)).drop_duplicates("tau").sort_values("tau")
    rows = rows[rows["tau"] < SMALL]
    if rows.empty:
        return []
    sigmas = rows["tau"] / ndtri((1 + rows["value"] / 100) / 2)
    shares, taus = (" ".join(f"{number:g}" for number in column) for column in (rows["value"], rows["tau"]))
    model = rows["model"].iloc[0]
    return [
        f"The paper's removed shares of {PAPER_TITLES.get(model, model)}, {shares} % at τ = {taus}, are those of normal "
        f"entries with σ = {' '.join(f'{sigma:.4f}' for sigma in sigmas)}: the size of the initial table. A lead, no finding."
    ]


def _numbers(path: str | Path, parts: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, float]]:
    steps = np.stack([vectors(path, "c", t) for t in timesteps(path)])
    ranks, found = ranks_by_magnitude(steps[0]), part_shares(steps, parts)
    rows = {}
    for part, ends in parts.items():
        entries = steps[0][part_of(ranks, ends)]
        shares = {name: 100 * found[part][name] for name in SHARES}
        rows[part] = {"dimensions": found[part]["dimensions"], **shares, **_entries(entries)}
    for name, values in _tables(path).items():
        rows[name] = {"dimensions": float(values.shape[1]), **_entries(values), "effective_rank": effective_rank(values)}
    return rows


def _from_start(path: str | Path, start: str | Path) -> dict[str, dict[str, float]]:
    """How far training has moved y, of the same rows."""
    before, after = _tables(start), _tables(path)
    return {
        name: {"start_sigma": spread_of_entries(before[name]), "start_correlation": correlation(before[name], values)}
        for name, values in after.items()
    }


def _tables(path: str | Path) -> dict[str, np.ndarray]:
    y = vectors(path, "y")
    return {"y": y, "y, minus its mean over conditions": centred(y)}


def _entries(values: np.ndarray) -> dict[str, float]:
    return {"sigma": spread_of_entries(values), "distance": distance_from_normal(values, INITIAL_SIGMA)}
