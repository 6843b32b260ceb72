"""How far the sampling of a study is, from the files on disk alone, so that it can be asked at any time and from anywhere."""

import csv
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from semantic_bottleneck.sampling.parts import finished_parts

PATIENCE = 5
"""A shard is being sampled if its next micro-batch is late by less than this many times the usual."""
AT_LEAST = 60.0
"""Seconds for which a shard counts as being sampled in any case."""


def shard_progress(latents: str | Path, benchmark: str | Path, samples: Sequence[int], now: float) -> dict[str, Any]:
    """`done` samples of a shard, the `seconds` that `timed` of them took (0: not known), and whether a job is at it (`active`).

    A finished shard's time is that of its job; an unfinished one's the median between two micro-batches, so that a pause
    between two runs does not count.
    """
    planned = samples[1] - samples[0]
    if Path(latents).exists():
        seconds = benchmark_seconds(benchmark)
        return {"done": planned, "timed": planned if seconds else 0, "seconds": seconds, "active": False}
    parts = finished_parts(Path(latents).with_suffix(""))
    ranges = sorted(parts.items(), key=lambda item: item[1])
    done = sum(batch.stop - batch.start for batch, _ in ranges)
    gaps = [later - earlier for (_, earlier), (_, later) in pairwise(ranges)]
    usual = median(gaps) if gaps else 0.0
    active = bool(ranges) and now - ranges[-1][1] < max(AT_LEAST, PATIENCE * usual)
    timed = done - (ranges[0][0].stop - ranges[0][0].start) if usual else 0
    return {"done": done, "timed": timed, "seconds": usual * len(gaps), "active": active}


def benchmark_seconds(path: str | Path) -> float:
    """Wall-clock seconds of a job, from Snakemake's benchmark; 0 without one."""
    try:
        with Path(path).open(encoding="utf-8", newline="") as stream:
            return float(next(csv.DictReader(stream, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError):
        return 0.0


def run_progress(planned: Mapping[str, Mapping[str, Mapping[str, Any]]], now: float) -> dict[str, Any]:
    """Every variant's samples, rate of one job and time left, and all of them together.

    Args:
        planned: model -> variant -> `steps` of a sample's own work and `shards` (`latents`, `benchmark`, `samples`).
        now: the time, in seconds since the epoch.
    """
    rows, jobs = [], 0
    for model, variants in planned.items():
        of_model = []
        for variant, plan in variants.items():
            shards = [
                shard_progress(Path(shard["latents"]), Path(shard["benchmark"]), shard["samples"], now)
                for shard in plan["shards"]
            ]
            of_model.append(
                {
                    "model": model,
                    "variant": variant,
                    "planned": sum(shard["samples"][1] - shard["samples"][0] for shard in plan["shards"]),
                    "done": sum(shard["done"] for shard in shards),
                    "images_per_second": _rate(shards),
                    "steps": plan["steps"],
                }
            )
            jobs += sum(shard["active"] for shard in shards)
        for row in of_model:
            row["seconds_left"] = _left(row, of_model)
        rows += of_model
    return {"rows": rows, "total": _total(rows, jobs)}


def _rate(shards: Sequence[Mapping[str, Any]]) -> float | None:
    timed = [shard for shard in shards if shard["seconds"]]
    return sum(shard["timed"] for shard in timed) / sum(shard["seconds"] for shard in timed) if timed else None


def _left(row: Mapping[str, Any], of_model: Sequence[Mapping[str, Any]]) -> float | None:
    """Seconds of one job for the rest; a variant not begun goes by the steps of those of its model that were timed."""
    left = row["planned"] - row["done"]
    if left == 0 or row["images_per_second"]:
        return left / row["images_per_second"] if left else 0.0
    per_step = [1 / (other["images_per_second"] * other["steps"]) for other in of_model if other["images_per_second"]]
    return left * row["steps"] * median(per_step) if per_step else None


def _total(rows: Sequence[Mapping[str, Any]], jobs: int) -> dict[str, Any]:
    known = [row["seconds_left"] for row in rows if row["seconds_left"] is not None]
    return {
        "planned": sum(row["planned"] for row in rows),
        "done": sum(row["done"] for row in rows),
        "jobs": jobs,
        "seconds_left": sum(known) / max(jobs, 1),
        "unknown": [f"{row['model']} {row['variant']}" for row in rows if row["seconds_left"] is None],
    }
