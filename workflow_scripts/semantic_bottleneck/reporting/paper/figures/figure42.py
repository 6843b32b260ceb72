"""Figure 42: what pruning saves if its zeros are left out of AdaLN, in AdaLN alone and in a whole block."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.style import blocks, colours, legend, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

PARTS = {"adaln": "AdaLN alone", "block": "whole block"}


def savings(path: str | Path) -> dict[str, pd.DataFrame]:
    """Part -> percent saved against the dense layer, by removed percent: operations, weights read, time at each batch."""
    table = pd.DataFrame(parquet.read(path))
    percent_saved = {}
    for part in PARTS:
        rows = table[table["part"] == part]
        curves: dict[str, pd.Series] = {}
        for count, own in rows.groupby("rows"):
            own = own.set_index(100 * own["removed_share"])
            cost = own[["flops", "bytes", "seconds"]] / own[["flops", "bytes", "seconds"]].iloc[0]
            if not curves:
                curves |= {"operations": cost["flops"], "weights read": cost["bytes"]}
            curves[f"time, {count} row{'s' if count > 1 else ''}"] = cost["seconds"]
        percent_saved[part] = 100 * (1 - pd.DataFrame(curves))
    return percent_saved


def draw_figure42(evidence: PaperEvidence, paths: Sequence[str | Path]) -> str:
    """Percent saved against percent of dimensions removed, two panels per model.

    Returns:
        Alt text: what is saved at the largest removed share, where it was timed, and what the study's masks share.
    """
    sentences = []
    with blocks(len(evidence.slicing), 2, height=2.2) as (figure, cells):
        for panels, (model, path) in zip(cells, evidence.slicing.items(), strict=True):
            metadata = parquet.read_metadata(path)
            for panel, (part, curves) in zip(panels, savings(path).items(), strict=True):
                palette = colours(list(curves))
                for name, curve in curves.items():
                    panel.plot(curve.index, curve, marker="o", color=palette[name], label=name)
                panel.set_title(f"{evidence.facts.title(model)}: {PARTS[part]}")
                panel.set_ylabel("% saved")
                last = curves.iloc[-1]
                at_last = ", ".join(f"{name} {value:.1f} %" for name, value in last.items())
                sentences.append(f"{evidence.facts.title(model)}, {PARTS[part]}, {last.name:.0f} % removed: {at_last}.")
            panels[-1].set_xlabel(f"% of dimensions removed ({metadata['timed']}, {metadata['device']})")
            masks = json.loads(metadata["masks"]).items()
            removed = "; ".join(f"{name} {100 * m['mean']:.1f} and {100 * m['shared']:.1f} %" for name, m in masks)
            sentences.append(f"Removed on average and from all classes at once: {removed or 'no variant prunes'}.")
        legend(figure, cells[0][0], columns=2)
        return save(figure, paths, "What slicing AdaLN saves", " ".join(sentences))
