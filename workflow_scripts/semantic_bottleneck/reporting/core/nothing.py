"""A figure none of whose models was run: the reasons in place of panels."""

from collections.abc import Sequence
from pathlib import Path

from semantic_bottleneck.reporting.core.style import NEUTRAL, canvas, save


def draw_nothing(reasons: Sequence[str], title: str, paths: Sequence[str | Path]) -> str:
    """An empty panel; why it is empty stands above it, where the caller notes `reasons` (`style.noted`).

    Returns:
        Alt text.
    """
    with canvas(1, 1, height=1.2 + 0.5 * len(reasons)) as (figure, axes):
        axes[0, 0].set_axis_off()
        axes[0, 0].text(0.5, 0.5, "not run", ha="center", va="center", color=NEUTRAL, transform=axes[0, 0].transAxes)
        return save(figure, paths, title, "Nothing is drawn.")
