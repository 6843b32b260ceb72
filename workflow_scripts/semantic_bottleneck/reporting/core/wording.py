"""Names of pruning variants, short enough for a row of a table or the axis of a plot."""

import pandas as pd

WINDOWS = {"every": "every step", "first": "first step", "early": "first steps", "last": "last steps"}

RANKED_BY = {
    "magnitude": "",
    "silu": " by |SiLU(c)|",
    "class-variance": " by variance over conditions",
    "time-variance": " by variance over time",
}
MASKS = {(False, "shared"): ", one mask for all", (True, "per-vector"): " of each condition"}
"""(chosen at random, mask) where it does not go unsaid."""
REPLACED = {"zero": "", "class-mean": " to the class mean", "other-class": " to another class"}


def is_baseline(row: pd.Series) -> bool:
    """The unpruned variant has no side."""
    return not isinstance(row["side"], str) or row["side"] in ("", "none")


def variant_title(row: pd.Series) -> str:
    """`tail 38.9 % by |SiLU(c)|, last steps` from a row of the variants frame; what the paper does goes unsaid."""
    if is_baseline(row):
        return "baseline"
    text = f"{row['side']} {row['removed_percent']:.3g} %"
    if row["side"] == "ranks":
        text = f"ranks {row['first_rank']:.0f} to {row['last_rank']:.0f}"
    text += RANKED_BY[row["ranked_by"]] + MASKS.get((row["side"] == "random", row["mask"]), "")
    text += f" with noise {row['noise']:g}" if row["replacement"] == "noise" else REPLACED[row["replacement"]]
    text += ", conditional branch alone" if row["branch"] == "conditional" else ""
    return text if row["window"] == "every" else f"{text}, {WINDOWS.get(row['window'], row['window'])}"


def grid_title(rows: pd.DataFrame) -> str:
    """`under pruning`, or what the pruned variants among `rows` (of the variants frame) have in common."""
    pruned = [row for _, row in rows.iterrows() if not is_baseline(row)]
    sides, windows = ({row[key] for row in pruned} for key in ("side", "window"))
    usual = {"ranked_by": "magnitude", "mask": "per-vector", "replacement": "zero", "branch": "both"}
    plain = all(row[key] == value for row in pruned for key, value in usual.items())
    if len(pruned) < 2 or len(sides) > 1 or sides == {"random"} or not plain:
        return "under pruning"
    if len(windows) > 1:
        return f"with the {sides.pop()} pruned at different steps"
    window = windows.pop()
    return f"with ever more of the {sides.pop()} pruned" + (f" at the {WINDOWS[window]}" if window != "every" else "")
