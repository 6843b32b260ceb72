"""AdaLN without the columns of pruned dimensions, as rule measure_slicing times it."""

from benchmarks.device_parts.scale import Scale
from semantic_bottleneck.pruning.adaln_cost import measure_slicing


def measure(scale: Scale) -> dict:
    """Columns of `measure_slicing` for one row of c and a batch."""
    return measure_slicing(scale.card("dit"), (1, 2 * scale.micro_batches[0]), scale.device)
