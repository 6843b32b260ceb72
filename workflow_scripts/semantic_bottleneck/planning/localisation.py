"""What the table `localisation` costs: at each guidance one trunk, and branches that begin where they first change c."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semantic_bottleneck.planning.evaluations import step_evaluations
from semantic_bottleneck.planning.tree import BASELINE, Cost
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required


def localisation_cost(card: Card, samples: int, settings: Mapping[str, Mapping[str, Any]]) -> Cost:
    """The cost of one model.

    Args:
        samples: per variant.
        settings: `Study.localisation_settings`.
    """
    pairs, naive, planned = 0, 0, 0
    trunks: set[float | None] = set()
    for setting in settings.values():
        scale = setting["guidance"]
        guidance = card.guidance if scale is None else replace(required(card.guidance), scale=scale)
        steps = step_evaluations(required(card.sampler), guidance) or []
        for variant, window in setting["windows"].items():
            pairs, naive = pairs + 1, naive + samples * sum(steps)
            if variant != BASELINE:
                planned += samples * sum(steps[window[0] :])
            elif scale not in trunks:
                planned += samples * sum(steps)
                trunks.add(scale)
    return Cost(pairs, naive, planned, samples * pairs)
