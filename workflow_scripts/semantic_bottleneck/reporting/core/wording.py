"""Names of pruning variants, short enough for a row of a table or the axis of a plot."""

import pandas as pd

WINDOWS = {"every": "every step", "first": "first step", "last": "last steps"}


def is_baseline(row: pd.Series) -> bool:
    """The unpruned variant has no side."""
    return not isinstance(row["side"], str) or row["side"] in ("", "none")


def variant_title(row: pd.Series) -> str:
    """`tail 38.9 % by |SiLU(c)|, last steps` from a row of the variants frame; |c|, zeros and every step go unsaid."""
    if is_baseline(row):
        return "baseline"
    text = f"{row['side']} {row['removed_percent']:.3g} %"
    text += " by |SiLU(c)|" if row["magnitude"] == "silu" else ""
    text += f" to the {row['replacement'].replace('-', ' ')}" if row["replacement"] != "zero" else ""
    return text if row["window"] == "every" else f"{text}, {WINDOWS.get(row['window'], row['window'])}"


def grid_title(rows: pd.DataFrame) -> str:
    """`under pruning`, or what the pruned variants among `rows` (of the variants frame) have in common."""
    pruned = [row for _, row in rows.iterrows() if not is_baseline(row)]
    sides, windows = ({row[key] for row in pruned} for key in ("side", "window"))
    plain = all(row["magnitude"] == "c" and row["replacement"] == "zero" for row in pruned)
    if len(pruned) < 2 or len(sides) > 1 or sides == {"random"} or not plain:
        return "under pruning"
    if len(windows) > 1:
        return f"with the {sides.pop()} pruned at different steps"
    return f"with ever more of the {sides.pop()} pruned" + {"first": " at the first step", "last": " at the last steps"}.get(
        windows.pop(), ""
    )
