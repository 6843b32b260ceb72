"""Sentences for pruning variants."""

import math

import pandas as pd

WINDOWS = {"every": "every step", "first": "first step", "last": "last steps"}


def is_baseline(row: pd.Series) -> bool:
    """The unpruned variant has no side."""
    return not isinstance(row["side"], str) or row["side"] in ("", "none")


def magnitude_symbol(magnitude: str) -> str:
    """What dimensions are ranked by."""
    return "|SiLU(c)|" if magnitude == "silu" else "|c|"


def variant_title(row: pd.Series) -> str:
    """`tail |c| < 0.23 (39 %), every step` from a row of the variants frame."""
    if is_baseline(row):
        return "baseline"
    symbol = magnitude_symbol(row["magnitude"])
    share = f"{row['removed_percent']:.3g} %"
    threshold = float(row["threshold"]) if row["threshold"] is not None else math.nan
    if row["side"] == "random":
        text = f"random dimensions, {share}"
    elif math.isnan(threshold):
        text = f"{row['side']} by {symbol}, {share}"
    else:
        sign = "<" if row["side"] == "tail" else ">"
        text = f"{row['side']} {symbol} {sign} {threshold:.3g}, {share}"
    if row["replacement"] not in ("zero", "", None):
        text += f", set to the {str(row['replacement']).replace('-', ' ')}"
    return f"{text}, {WINDOWS.get(row['window'], row['window'])}"


def short_title(row: pd.Series) -> str:
    """A form short enough for a plot's axis: `tail 39 %, last steps`."""
    if is_baseline(row):
        return "baseline"
    text = f"{row['side']} {row['removed_percent']:.3g} %"
    text += " by |SiLU(c)|" if row["magnitude"] == "silu" else ""
    text += " (mean)" if row["replacement"] == "class-mean" else ""
    return text if row["window"] == "every" else f"{text}, {WINDOWS.get(row['window'], row['window'])}"
