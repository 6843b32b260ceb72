"""Training batches from a folder of latents (see `latent_folder`), mapped from disk: memory does not grow with the data."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.files.latent_folder import MANIFEST, shard_file
from semantic_bottleneck.training.sources import Rows


class LatentSource:
    """Every row a fresh sample of its posterior, times the scale that the autoencoder's users multiply latents with.

    A row's picture or, where stored, its mirror image is taken with equal probability.
    """

    def __init__(self, folder: Path, aligned: bool = False):
        self._folder = folder
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            _require_whole(manifest)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise UserError(
                f"{folder / MANIFEST} is absent or damaged; make the latents with the rule encode_images."
            ) from error
        if aligned and not manifest["alignment"]:
            raise UserError(
                f"{folder} holds no alignment features; add dynamics.encode.alignment and encode again, or train without."
            )
        self._manifest, self._scale = manifest, manifest["scale"]
        self.classes, self.aligned = len(manifest["class_names"]), aligned
        self.shape = tuple(manifest["shape"])
        self._latents, self._labels, self._alignment = self._open("latents"), self._open("labels"), None
        if aligned:
            self._alignment = self._open("alignment")
        self._starts = np.cumsum([0, *(shard["rows"] for shard in manifest["shards"])])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, numbers: Tensor, rng: torch.Generator) -> Rows:
        """Samples of the rows' posteriors; views and noise come from `rng`, in that order."""
        views = torch.randint(self._manifest["views"], (len(numbers),), generator=rng).tolist()
        shards = np.searchsorted(self._starts, numbers.numpy(), side="right") - 1
        places = list(zip(shards, numbers.numpy() - self._starts[shards], views, strict=True))
        moments = torch.from_numpy(np.stack([self._latents[shard][row, view] for shard, row, view in places]))
        mean, spread = moments.chunk(2, dim=1)
        images = (mean + spread * torch.randn(mean.shape, generator=rng)) * self._scale
        labels = torch.tensor([int(self._labels[shard][row]) for shard, row, _ in places])
        if self._alignment is None:
            return Rows(images, labels, None)
        targets = np.stack([self._alignment[shard][row, view] for shard, row, view in places])
        return Rows(images, labels, torch.from_numpy(targets.astype(np.float32)))

    def digest(self) -> bytes:
        """The manifest, which holds the checksum of every shard."""
        return json.dumps(self._manifest, sort_keys=True).encode()

    def _open(self, part: str) -> list[np.ndarray]:
        files = [self._folder / shard_file(part, shard) for shard in range(len(self._manifest["shards"]))]
        try:
            for file, shard in zip(files, self._manifest["shards"], strict=True):
                if file_sha256(file) != shard["sha256"][part]:
                    raise DamagedError(file, f"its checksum is not that of {MANIFEST}")
            arrays = [np.load(file, mmap_mode="r") for file in files]
            for array, shard in zip(arrays, self._manifest["shards"], strict=True):
                if len(array) != shard["rows"]:
                    raise ValueError(f"{len(array)} rows where the manifest says {shard['rows']}")
            return arrays
        except UserError:
            raise
        except Exception as error:  # numpy raises a dozen kinds on damaged files
            reason = f"{type(error).__name__}: {error}"
            raise UserError(f"{self._folder} lacks a readable {part} shard ({reason}); delete it and encode again.") from error


def _require_whole(manifest: dict) -> None:
    """Raises ValueError, KeyError or TypeError where a manifest lacks something or holds it in another form."""
    counts = [*manifest["shape"], manifest["views"], *(shard["rows"] for shard in manifest["shards"])]
    if len(manifest["shape"]) != 3 or not all(type(count) is int and count > 0 for count in counts):
        raise ValueError("shape, views and rows are whole numbers from 1 on")
    if not manifest["shards"] or not isinstance(manifest["class_names"], list) or type(manifest["alignment"]) is not bool:
        raise ValueError("shards, class_names or alignment are of another kind")
    float(manifest["scale"])
