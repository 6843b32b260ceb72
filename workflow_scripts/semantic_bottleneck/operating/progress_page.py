"""The progress of a run for a person to read: a Markdown table with a line below it."""

from collections.abc import Mapping, Sequence
from typing import Any

HEADS = ("model", "variant", "done", "planned", "images/s of a job", "time left of one job")


def progress_page(study: str, progress: Mapping[str, Any]) -> str:
    """One row for each model and variant, and what is left of all."""
    lines = [f"# Samples of the study '{study}'", ""]
    cells = [HEADS, ["---"] * len(HEADS), *progress_cells(progress["rows"])]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADS))]
    lines += ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    return "\n".join([*lines, "", progress_line(progress["total"])]) + "\n"


def progress_cells(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """What stands under HEADS of each model and variant."""
    return [
        [
            row["model"],
            row["variant"],
            f"{row['done']:,}",
            f"{row['planned']:,}",
            "" if row["images_per_second"] is None else f"{row['images_per_second']:.3g}",
            duration(row["seconds_left"]),
        ]
        for row in rows
    ]


def progress_line(total: Mapping[str, Any]) -> str:
    """What is left of all, in a sentence."""
    if total["done"] == total["planned"]:
        return f"All {total['planned']:,} samples are there."
    left = f"{duration(total['seconds_left'])} left at this pace" if total["done"] else "nothing timed yet"
    beside = f", without {', '.join(total['unknown'])}" if total["unknown"] and total["done"] else ""
    return f"{total['done']:,} of {total['planned']:,} samples; {total['jobs']} job(s) sampling now; {left}{beside}."


def duration(seconds: float | None) -> str:
    """`2 d 3 h`, `3 h 20 min`, `5 min`, `40 s`; nothing where it is not known, a dash where nothing is left."""
    if seconds is None:
        return ""
    if seconds == 0:
        return "-"
    minutes, hours, days = round(seconds / 60), round(seconds / 3600), round(seconds / 86400)
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{days} d" if days > 9 else f"{hours // 24} d {hours % 24} h"
