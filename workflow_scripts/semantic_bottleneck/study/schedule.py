"""How the learning rate changes over a run."""

import math


def warmup_cosine(step: int, steps: int, peak: float, warmup_steps: int, final_share: float) -> float:
    """Learning rate of the update made at step `step`, counted from 0.

    It rises linearly to `peak` over `warmup_steps` updates; half a cosine leads from there to `final_share * peak` at `steps`.
    """
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, steps - warmup_steps)
    return peak * (final_share + (1 - final_share) * 0.5 * (1 + math.cos(math.pi * progress)))
