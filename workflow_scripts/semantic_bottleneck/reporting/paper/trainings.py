"""One rule for board and tables: several trainings of a model decide together, a single one speaks of its checkpoint alone."""

from collections.abc import Callable, Sequence

from semantic_bottleneck.reporting.core.measures import mean_estimate
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate
from semantic_bottleneck.uncertainty.scales import LINE, Scale


def across(trainings: Sequence[str], measured: Callable[[str], Estimate], scale: Scale = LINE) -> Estimate:
    """A number of a model over its trainings.

    Args:
        trainings: the model and its replicates (`ReportFacts.trainings`).
        measured: the number of one of them, ABSENT where it was not taken.
        scale: on which the interval over trainings is symmetric.

    Returns:
        The mean with Student's interval over the trainings that have the number, where these are several. Where it is one, its
        own number, whose interval holds the drawing of its samples or conditions; else ABSENT.
    """
    numbers = [number for number in map(measured, trainings) if number.value == number.value]
    if len(numbers) < 2:
        return numbers[0] if numbers else ABSENT
    return mean_estimate(numbers, scale)


def scope(estimate: Estimate) -> str:
    """What a sentence about the number must say: of how many trainings it is."""
    return f"mean of {estimate.trainings} trainings" if estimate.trainings > 1 else "this checkpoint"
