"""Fixed batches: a sample has the same place in a batch of the same size, whatever shard it comes from.

The last digits of convolutions and matrix products depend on the batch size and on the row; with the place fixed by the
sample index, features are the same bits for one shard or seven.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from semantic_bottleneck.errors import UserError


class SlottedImages(Dataset):
    """8-bit images laid out in whole batches, empty places filled with black.

    Attributes:
        place: int64 (N,), the position of each image in the data set.
    """

    def __init__(self, images: np.ndarray, samples: np.ndarray, batch: int):
        """Lay out uint8 images (N, H, W, C), whose sample indices are int64 (N,), in batches of `batch`.

        Raises:
            UserError: the images are not uint8 (N, H, W, C), or a sample occurs twice.
        """
        images, samples = np.asarray(images), np.asarray(samples, dtype=np.int64)
        if images.dtype != np.uint8 or images.ndim != 4 or len(images) != len(samples):
            raise UserError(f"Images must be uint8 (N, H, W, C) with one index each, not {images.dtype} {images.shape}.")
        if len(np.unique(samples)) != len(samples):
            raise UserError("A sample index occurs twice among the images; delete their file and decode it again.")
        blocks, rank = np.unique(samples // batch, return_inverse=True)
        self.place = rank * batch + samples % batch
        self.images = images
        self.row = np.full(len(blocks) * batch, -1, dtype=np.int64)
        self.row[self.place] = np.arange(len(samples))

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, index: int) -> Tensor:
        """The uint8 image (C, H, W) at a position; black where no sample belongs."""
        row = self.row[index]
        picture = self.images[row] if row >= 0 else np.zeros_like(self.images[0])
        return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))


def look_in_batches(
    images: np.ndarray, samples: np.ndarray, batch: int, device: str, look: Callable[[Tensor], tuple[Tensor, ...]]
) -> list[np.ndarray]:
    """What a network says of uint8 (N, H, W, C) images, in their order and in fixed batches by sample index: (N, d) per layer.

    TF32 is off: it would change features in the third digit.

    Args:
        look: uint8 (batch, C, H, W) on `device` to the layers wanted, (batch, d) each.

    Raises:
        UserError: see `SlottedImages`.
    """
    data = SlottedImages(images, samples, batch)
    loader = DataLoader(data, batch_size=batch, pin_memory=device != "cpu")
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        seen = [[layer.cpu() for layer in look(pictures.to(device, non_blocking=True))] for pictures in loader]
    return [torch.cat(parts).numpy()[data.place] for parts in zip(*seen, strict=True)]


@torch.inference_mode()
def encode_pictures(
    images: np.ndarray,
    samples: np.ndarray,
    batch: int,
    preprocess: Callable[[Image.Image], Tensor],
    encode: Callable[[Tensor], Tensor],
) -> np.ndarray:
    """Rows of `encode` for uint8 (N, H, W, C) images in their order, in fixed batches by sample index.

    Args:
        preprocess: a PIL picture (grey or RGB) to the network's input (C', H', W').
        encode: inputs (batch, C', H', W') to features (batch, e).
    """
    data = SlottedImages(images, samples, batch)
    loader = DataLoader(data, batch_size=batch, collate_fn=partial(_preprocessed, preprocess))
    # TF32 would change features in the third digit, and other algorithms their last one.
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        return torch.cat([encode(pictures).float().cpu() for pictures in loader]).numpy()[data.place]


def _preprocessed(preprocess: Callable[[Image.Image], Tensor], pictures: list[Tensor]) -> Tensor:
    """uint8 (C, H, W) pictures to a network's input; PIL gives the resampling that published weights expect."""
    return torch.stack([preprocess(_to_pil(picture.numpy())) for picture in pictures])


def _to_pil(picture: np.ndarray) -> Image.Image:
    channels_last = picture.transpose(1, 2, 0)
    return Image.fromarray(channels_last[..., 0] if channels_last.shape[-1] == 1 else channels_last)
