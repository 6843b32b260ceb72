"""Draw what benchmarks/glyph_training.py wrote: similarity, nPR and the judge's agreement over the updates.

python benchmarks/draw_glyph_training.py NUMBERS.json FIGURE.svg
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow_scripts")]

from semantic_bottleneck.reporting.core.style import HEAD, NEUTRAL, RANDOM, TAIL, canvas, colours, save  # noqa: E402

CURVES = {
    "Cosine across classes": {"cosine of c": "c", "cosine of y": "y"},
    "nPR, %": {"nPR of c, %": "c", "nPR of y, %": "y", "nPR of t, %": "t"},
}
PAPER = {"Cosine across classes": 0.99, "nPR, %": 10.0}
"""Where the pattern of the published models begins."""


def draw(found: Mapping[str, Any], path: Path) -> str:
    """Curves of c, y and t, of the judge's agreement, and what each pruning leaves of it at the end; returns the alt text."""
    geometry, agreement, sentences = found["geometry"], found["agreement"], []
    updates = [row["update"] for row in geometry]
    with canvas(2, 2, 6.4) as (figure, axes):
        for panel, (label, names) in zip(axes[0], CURVES.items(), strict=True):
            look = colours(["c", "y", "t"])
            for column, name in names.items():
                values = [row[column] for row in geometry]
                panel.plot(updates, values, color=look[name], label=name)
                sentences.append(f"{label} of {name}: {values[0]:.3g} at the start, {values[-1]:.3g} at the end.")
            panel.axhline(PAPER[label], color=RANDOM, linestyle=":", linewidth=1)
            panel.set(ylabel=label, xlabel="update")
            panel.legend(ncols=3)
        over, last = axes[1]
        shares = [100 * row["unpruned"] for row in agreement]
        over.plot([row["update"] for row in agreement], shares, color=NEUTRAL, marker="o")
        over.set(ylabel="Agreement, %", xlabel="update", ylim=(0, 102))
        pruned = {name: 100 * share for name, share in agreement[-1].items() if name != "update"}
        last.barh(list(pruned), list(pruned.values()), color=[_colour(name) for name in pruned])
        last.invert_yaxis()
        last.grid(visible=False, axis="y")
        last.set(xlabel=f"Agreement after {agreement[-1]['update']:,} updates, %", xlim=(0, 102))
        sentences += [f"Agreement at the end, {name}: {share:.0f} %." for name, share in pruned.items()]
        return save(figure, [path], "A training of REPA-B/2's shape on glyphs", " ".join(sentences))


def _colour(name: str) -> str:
    return {"tail": TAIL, "head": HEAD, "random": RANDOM}.get(name.split()[0], NEUTRAL)


def main() -> None:
    """Draw the file named first into the file named second."""
    source, target = map(Path, sys.argv[1:])
    print(draw(json.loads(source.read_text(encoding="utf-8")), target))


if __name__ == "__main__":
    main()
