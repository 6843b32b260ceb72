"""The study's own image-text model: its image tower without open_clip, which takes longer to import than a shard to judge.

The tower is open_clip's VisionTransformer, operation by operation and tensor by tensor, so features are the same bits.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import normalize

from semantic_bottleneck.arrays import Float32, Int, UInt8
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.slots import encode_pictures
from semantic_bottleneck.files import clip_folder, tensors_file

TOWER = "visual."
"""What the names of the image tower's tensors begin with."""


class TowerBlock(nn.Module):
    """Attention and a perceptron of four times the width, each after a LayerNorm and added to its input."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), nn.MultiheadAttention(width, heads, batch_first=True)
        parts = {"c_fc": nn.Linear(width, 4 * width), "gelu": nn.GELU(), "c_proj": nn.Linear(4 * width, width)}
        self.ln_2, self.mlp = nn.LayerNorm(width), nn.Sequential(OrderedDict(parts))

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (N, T, width) to the same."""
        seen = self.ln_1(x)
        x = x + self.attn(seen, seen, seen, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class ImageTower(nn.Module):
    """open_clip's ViT with a class token; arguments are those of its `vision_cfg`, and `embed_dim`."""

    def __init__(self, embed_dim: int, image_size: int, layers: int, width: int, patch_size: int, head_width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch_size, stride=patch_size, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty((image_size // patch_size) ** 2 + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        blocks = nn.ModuleList(TowerBlock(width, width // head_width) for _ in range(layers))
        self.transformer = nn.ModuleDict({"resblocks": blocks})
        self.proj = nn.Parameter(torch.empty(width, embed_dim))

    def forward(self, images: Tensor) -> Tensor:
        """float32 (N, 3, image_size, image_size) to features (N, embed_dim)."""
        patches = self.conv1(images).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.class_embedding.expand(len(images), 1, -1), patches], dim=1)
        x = self.ln_pre(x + self.positional_embedding)
        for block in self.transformer["resblocks"].children():
            x = block(x)
        return self.ln_post(x)[:, 0] @ self.proj


class StudyClip:
    """The image tower (eval, on `device`) of the model in a folder, and its text tower on demand."""

    def __init__(self, folder: str | Path, device: str = "cpu"):
        """Open what `train_clip` wrote: open_clip_config.json and open_clip_model.safetensors.

        Raises:
            UserError: the files are absent or do not fit together.
        """
        self._folder, self._device = Path(folder), device
        try:
            clip_folder.check(self._folder)
            config = json.loads((self._folder / clip_folder.CONFIG).read_text(encoding="utf-8"))
            tensors, _ = tensors_file.read(self._folder / clip_folder.WEIGHTS)
            sizes, self._preprocessing = config["model_cfg"], config["preprocess_cfg"]
            self._tower = ImageTower(sizes["embed_dim"], **sizes["vision_cfg"])
            own = {name.removeprefix(TOWER): tensor for name, tensor in tensors.items() if name.startswith(TOWER)}
            self._tower.load_state_dict(own)
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{folder} does not hold a readable open_clip model ({error}); delete it and run again.") from error
        self._tower.to(device).eval()

    def encode_images(
        self, images: UInt8[np.ndarray, "samples height width channels"], samples: Int[np.ndarray, " samples"], batch: int
    ) -> Float32[np.ndarray, "samples embedding"]:
        """Unit float32 (N, e) from uint8 (N, H, W, C), in fixed batches by sample index (see `slots`)."""
        found = encode_pictures(
            images,
            samples,
            batch,
            lambda picture: preprocess(picture, self._preprocessing),
            lambda seen: self._tower(seen.to(self._device)),
        )
        return normalize(torch.from_numpy(found), dim=1).numpy()

    def encode_texts(self, texts: Sequence[str]) -> Float32[np.ndarray, "texts embedding"]:
        """Unit float32 (len(texts), e)."""
        # Imported only here: one job of a study embeds texts, and only they need open_clip's tokenizer.
        from semantic_bottleneck.features.clip import open_folder

        return open_folder(self._folder, self._device).encode_texts(texts)


def preprocess(picture: Image.Image, settings: Mapping) -> Tensor:
    """A grey or RGB picture as the tower takes it, as open_clip does: squashed bicubically to `size`, RGB, standardised."""
    height, width = settings["size"]
    pixels = np.array(picture.resize((width, height), Image.Resampling.BICUBIC).convert("RGB"))
    scaled = torch.from_numpy(pixels).permute(2, 0, 1).contiguous().float().div(255)
    mean, std = (torch.tensor(settings[name]).view(-1, 1, 1) for name in ("mean", "std"))
    return scaled.sub_(mean).div_(std)
