"""How fast the glyph training of benchmarks/glyph_training.py goes; its curves are a run of their own."""

from benchmarks.device_parts.clock import Memory, seconds
from benchmarks.device_parts.scale import Scale
from benchmarks.glyph_training import SIZE, TINY, Plan, card_of
from semantic_bottleneck.data.glyphs import glyphs
from semantic_bottleneck.training.run import TrainingRun
from semantic_bottleneck.training.team import Alone


def measure(scale: Scale) -> dict:
    """Updates per second after ten that warm up, pictures per second, and peak memory."""
    plan = TINY if scale.tiny else Plan()
    run = TrainingRun(card_of(plan), glyphs(SIZE, plan.classes, 1), None, plan.seed, Alone(scale.device))

    def updates(count: int) -> None:
        for _ in range(count):
            run.update()

    count = 2 if scale.tiny else 60
    with Memory(scale) as memory:
        updates(2 if scale.tiny else 10)
        rate = count / seconds(lambda: updates(count), scale)
    return {"updates_per_second": rate, "pictures_per_second": rate * plan.batch, "peak_mib": memory.peak}
