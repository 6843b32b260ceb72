"""A pipeline of diffusers: in which part of its conditional vectors the class is, told by a classifier of one's own."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from diffusers import DiTPipeline

from semantic_bottleneck.instrument.localise import localise
from semantic_bottleneck.study.localisation import Localisation


def main(pipeline: DiTPipeline, classify: Callable, labels: Sequence[int], steps: int, batch: int = 8) -> dict[str, float]:
    """Prints what each part costs of the class; `classify` takes pictures (n, 3, H, W), 0 to 1, and returns classes (n,)."""

    def sample(classes: np.ndarray) -> torch.Tensor:
        noise, run = torch.Generator().manual_seed(0), {"num_inference_steps": steps, "output_type": "pt"}
        parts = np.split(classes, range(batch, len(classes), batch))
        return torch.cat([torch.as_tensor(pipeline(list(map(int, part)), generator=noise, **run).images) for part in parts])

    asked = ["head-mean", "shoulder-mean", "tail-mean", "tail-mean-random"]
    rows = localise(pipeline, sample, classify, labels, Localisation.of(window="last"), variants=asked, steps=steps, groups=5)
    costs = [row for row in rows if row["against"] == "baseline" and row["metric"] == "class_agreement"]
    for row in costs:
        print(f"{row['variant']}: {row['value']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]")
    return {row["variant"]: row["value"] for row in costs}


if __name__ == "__main__":
    from torchvision.models import ResNet50_Weights, resnet50

    weights = ResNet50_Weights.DEFAULT
    network, prepare = resnet50(weights=weights).eval(), weights.transforms()
    dit = DiTPipeline.from_pretrained("facebook/DiT-XL-2-256")
    main(dit, lambda pictures: network(prepare(pictures)).argmax(dim=1).numpy(), [207, 360, 387, 974] * 25, 25)
