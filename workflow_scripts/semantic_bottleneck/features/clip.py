"""Image and text features of an open_clip model opened from local files."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors import SafetensorError
from torch.nn.functional import normalize
from torch.utils.data import DataLoader

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.slots import SlottedImages

ARCHITECTURES = {"openai-vit-b-32": "ViT-B-32-quickgelu"}
"""Architectures of published weights; OpenAI's need the quick GELU, and the wrong choice would load without an error."""


class ImageText:
    """An open_clip model with the preprocessing and the tokenizer that belong to it."""

    def __init__(self, name: str, weights: str | Path, device: str = "cpu"):
        """Open a model.

        Args:
            name: `openai-vit-b-32`, or anything for a folder that describes itself.
            weights: weights file, or a folder with open_clip_config.json and open_clip_model.safetensors.

        Raises:
            UserError: the files are absent or do not fit together.
        """
        local = Path(weights).is_dir()
        if not local and name not in ARCHITECTURES:
            raise UserError(f"evaluation.clip '{name}' is neither a folder nor one of {', '.join(sorted(ARCHITECTURES))}.")
        source = f"local-dir:{weights}" if local else ARCHITECTURES[name]
        pretrained = None if local else str(weights)
        try:
            model, self.preprocess = open_clip.create_model_from_pretrained(source, pretrained, device=device)
            self.tokenize = open_clip.get_tokenizer(source)
        except (OSError, RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise UserError(
                f"{weights} does not hold a readable open_clip model ({error}); delete it and run again."
            ) from error
        self.model, self.device = model.eval(), device

    @torch.no_grad()
    def encode_images(self, images: np.ndarray, samples: np.ndarray, batch: int) -> np.ndarray:
        """Unit float32 (N, e) from uint8 (N, H, W, C), in fixed batches by sample index (see `slots`)."""
        data = SlottedImages(images, samples, batch)
        loader = DataLoader(data, batch_size=batch, collate_fn=partial(_preprocessed, self.preprocess))
        found = [self.model.encode_image(pictures.to(self.device)).cpu() for pictures in loader]
        return normalize(torch.cat(found), dim=1).numpy()[data.place]

    @torch.no_grad()
    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit float32 (len(texts), e)."""
        return normalize(self.model.encode_text(self.tokenize(list(texts)).to(self.device)), dim=1).cpu().numpy()


def _preprocessed(preprocess, pictures: list[torch.Tensor]) -> torch.Tensor:
    """uint8 (C, H, W) pictures to the model's input; PIL gives the resampling that open_clip's weights expect."""
    return torch.stack([preprocess(_to_pil(picture.numpy())) for picture in pictures])


def _to_pil(picture: np.ndarray) -> Image.Image:
    channels_last = picture.transpose(1, 2, 0)
    return Image.fromarray(channels_last[..., 0] if channels_last.shape[-1] == 1 else channels_last)
