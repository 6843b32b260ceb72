"""The parts of benchmarks/device.py, most valuable first. Each runs in a process of its own: `measure(scale) -> numbers`."""

PARTS = {
    "ceilings": "what the device does at best: large matrix products and copies",
    "dit": "DiT-XL/2, guided, against the official loop and diffusers' pipeline",
    "repa": "REPA-XL/2, guided up to t = 0.7, against the official loop",
    "start": "from the start of a job to its first images, and what a shard pays once",
    "same_bytes": "the same latents for one shard and seven, in another order, after a kill",
    "judging": "decoder, Inception, CLIP and DINOv2, each alone and together",
    "sharing": "two jobs on one device",
    "slicing": "AdaLN without the pruned columns",
    "parity": "the parity files in float32 on the device",
    "training": "updates of the glyph training",
}
"""Part -> what it measures, in the order in which they run."""
