"""A pipeline of diffusers: how alike its conditional vectors are, and what is lost without their small entries."""

import torch
from diffusers import DiTPipeline

from semantic_bottleneck.instrument.measure import measure
from semantic_bottleneck.instrument.pruned import pruned
from semantic_bottleneck.study.pruning import Pruning


def main(pipeline: DiTPipeline, classes: list[int], steps: int, tau: float = 0.01) -> float:
    """Prints the rows of Table 1; returns the mean difference of the pictures, in units of their range."""
    for row in measure(pipeline, conditions=100, timesteps=[999]):
        if row["kind"] == "c" and row["metric"] in ("cosine_similarity", "normalized_participation_ratio_percent"):
            print(f"{row['metric']}: {row['value']:.4g} [{row['low']:.4g}, {row['high']:.4g}]")
    run = {"class_labels": classes, "num_inference_steps": steps, "output_type": "pt"}
    whole = pipeline(**run, generator=torch.Generator().manual_seed(0)).images
    with pruned(pipeline, Pruning.tail(tau=tau), window="last", steps=steps):
        without = pipeline(**run, generator=torch.Generator().manual_seed(0)).images
    return float((whole - without).abs().mean())


if __name__ == "__main__":
    print(main(DiTPipeline.from_pretrained("facebook/DiT-XL-2-256"), [207, 360, 387, 974], 25))
