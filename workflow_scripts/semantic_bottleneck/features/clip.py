"""Image and text features of an open_clip model opened from local files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import torch
from open_clip.tokenizer import SimpleTokenizer
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor
from torch.nn.functional import normalize

from semantic_bottleneck.arrays import Float32, Int, UInt8
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.slots import encode_pictures
from semantic_bottleneck.models.loading import load_strict
from semantic_bottleneck.study.asset import Asset


@dataclass(frozen=True)
class ImageText:
    """An open_clip model (eval, on `device`) with the preprocessing and the tokenizer that belong to it."""

    model: open_clip.CLIP
    preprocess: Callable[[Image.Image], Tensor]
    tokenize: Callable[[list[str]], Tensor]
    device: str = "cpu"

    def encode_images(
        self, images: UInt8[np.ndarray, "samples height width channels"], samples: Int[np.ndarray, " samples"], batch: int
    ) -> Float32[np.ndarray, "samples embedding"]:
        """Unit float32 (N, e) from uint8 (N, H, W, C), in fixed batches by sample index (see `slots`)."""
        found = encode_pictures(
            images, samples, batch, self.preprocess, lambda seen: self.model.encode_image(seen.to(self.device))
        )
        return normalize(torch.from_numpy(found), dim=1).numpy()

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str], batch: int = 100) -> Float32[np.ndarray, "texts embedding"]:
        """Unit float32 (len(texts), e)."""
        tokens = self.tokenize(list(texts)).to(self.device)
        return normalize(torch.cat([self.model.encode_text(part) for part in tokens.split(batch)]), dim=1).cpu().numpy()


def open_folder(folder: str | Path, device: str = "cpu") -> ImageText:
    """The model in a folder that describes itself: open_clip_config.json and open_clip_model.safetensors.

    Raises:
        UserError: the files are absent or do not fit together.
    """
    source = f"local-dir:{folder}"
    try:
        model, preprocess = open_clip.create_model_from_pretrained(source, device=device)
        return ImageText(model.eval(), preprocess, open_clip.get_tokenizer(source), device)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise UserError(f"{folder} does not hold a readable open_clip model ({error}); delete it and run again.") from error


def open_published(file: str | Path, card: Asset, device: str = "cpu") -> ImageText:
    """The model of a published weights file, built as its asset card says.

    Quick or plain GELU is the card's choice: the other one would load without an error and score wrongly.

    Args:
        card: `architecture` (open_clip's `model` and `preprocess` configurations) and `checkpoint`.

    Raises:
        UserError: the file is unreadable, or a tensor does not fit.
    """
    settings = card.architecture
    try:
        model = open_clip.CLIP(**settings["model"], output_dict=False)
        preprocess = image_transform_v2(PreprocessCfg(**settings["preprocess"]), is_train=False)
    except (TypeError, ValueError, KeyError) as error:
        raise UserError(f"The architecture of the CLIP asset card is not open_clip's ({error}); correct it.") from error
    load_strict(model, read_tensors(card.checkpoint.at(file), None, base=Path()).tensors, file=str(file), card="clip")
    length = settings["model"]["text_cfg"]["context_length"]
    return ImageText(model.to(device).eval(), preprocess, SimpleTokenizer(context_length=length), device)
