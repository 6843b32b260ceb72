"""A tiny CLIP trained on (image, caption) pairs of the study's own data, saved as a local open_clip folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor
from torch.nn import functional

from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.files.clip_folder import CONFIG, CONFIG_SHA256, WEIGHTS
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.randomness.streams import generator, seeded_construction

IMAGE_SIZE = 32
MODEL_CONFIG: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": IMAGE_SIZE, "layers": 2, "width": 64, "patch_size": 8, "head_width": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
PREPROCESS_CONFIG = {
    "size": [IMAGE_SIZE, IMAGE_SIZE],
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}


def train_clip(train: ImageData, held_out: ImageData, seed: int, steps: int = 500) -> tuple[open_clip.CLIP, float]:
    """Train open_clip's ViT and text tower from scratch; returns the model (eval) and its zero-shot accuracy on `held_out`.

    The images enter as a caller of the saved model will give them: 8-bit RGB, resized to 32x32 bicubically, mean and
    standard deviation 0.5. The loss is CLIP's symmetric cross-entropy between a batch of images and the caption of
    every class; since several images share a caption, the caption-to-image targets are spread over them.
    """
    with seeded_construction(seed, "clip"):
        # open_clip draws the text tower's initial values from the global generator as well.
        model = open_clip.CLIP(**MODEL_CONFIG, output_dict=False)
    images, labels = resized(train.images), torch.from_numpy(train.labels)
    tokens = tokenize(train.captions)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    model.train()
    for step in range(steps):
        rng = generator(seed, "clip", step)
        rows = torch.randint(len(labels), (64,), generator=rng)
        noise = 0.1 * torch.rand(len(rows), 1, 1, 1, generator=rng) * torch.randn(images[rows].shape, generator=rng)
        seen, words, scale = model(images[rows] + noise, tokens)[:3]
        logits = scale * seen @ words.T
        owners = functional.one_hot(labels[rows], len(tokens)).float()
        present = owners.sum(0) > 0
        spread = owners / owners.sum(0).clamp_min(1)
        loss = functional.cross_entropy(logits, labels[rows]) + functional.cross_entropy(logits.T[present], spread.T[present])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0.0, float(np.log(100.0)))  # CLIP's own bound on the temperature
    model.eval()
    return model, zero_shot_accuracy(model, held_out)


def resized(images: np.ndarray) -> Tensor:
    """[-1, 1] arrays (N, 1 or 3, H, W) → float32 (N, 3, 32, 32) in [-1, 1], by way of 8-bit values as stored images have."""
    levels = torch.from_numpy(np.clip(np.round((images + 1.0) * 127.5), 0, 255).astype(np.float32))
    large = functional.interpolate(levels, size=(IMAGE_SIZE, IMAGE_SIZE), mode="bicubic", antialias=True, align_corners=False)
    pixels = large.round().clamp(0, 255) / 127.5 - 1.0
    return pixels.expand(-1, 3, -1, -1) if pixels.shape[1] == 1 else pixels


def tokenize(texts: list[str]) -> Tensor:
    """open_clip's byte-pair tokens at this model's context length, int64 (n, 16)."""
    return SimpleTokenizer(context_length=MODEL_CONFIG["text_cfg"]["context_length"])(texts)


@torch.no_grad()
def zero_shot_accuracy(model: open_clip.CLIP, data: ImageData) -> float:
    """Share of images nearest (by cosine) to their own class's caption."""
    words = model.encode_text(tokenize(data.captions), normalize=True)
    seen = torch.cat([model.encode_image(batch, normalize=True) for batch in resized(data.images).split(500)])
    return float(np.mean((seen @ words.T).argmax(1).numpy() == data.labels))


def save_clip(model: open_clip.CLIP, folder: str | Path) -> None:
    """Write open_clip_config.json and open_clip_model.safetensors (with the hash of both), the layout `local-dir:` reads."""
    folder = Path(folder)
    config = folder / CONFIG
    write_text(config, json.dumps({"model_cfg": MODEL_CONFIG, "preprocess_cfg": PREPROCESS_CONFIG}, indent=2) + "\n")
    tensors_file.write(folder / WEIGHTS, model.state_dict(), {CONFIG_SHA256: file_sha256(config)})
