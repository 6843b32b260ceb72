"""X-MDPT's inputs from DeepFashion: DINOv2 tokens of the target's pose and of the source picture, and the source's latent.

Everything is float32; the official run computes the tokens in bfloat16.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.conditioning.deepfashion import Pair, PairImages, choose_source, read_keypoints, read_pairs
from semantic_bottleneck.conditioning.dinov2 import build_dinov2, tokens
from semantic_bottleneck.conditioning.feature_cache import cached_rows
from semantic_bottleneck.conditioning.fetched_encoders import repository_folder
from semantic_bottleneck.conditioning.pose import dino_input, picture_tensor, skeleton_tensor
from semantic_bottleneck.conditioning.vae_source import load_vae, source_latents
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.named_files.contents import contents_hash
from semantic_bottleneck.named_files.names import named_files
from semantic_bottleneck.study.conditioning import DINOv2, PoseConditioning, PoseEncoders

BATCH = 16


def pose_features(
    conditioning: PoseConditioning,
    root: Path,
    cache: Path,
    device: str = "cpu",
    contents: Mapping[str, str | None] | None = None,
    fetched: str | Path | None = None,
) -> dict[str, np.ndarray]:
    """pose (n, 257, 768), image (n, 257, 1536) and source (n, 4, 32, 32) for the card's first `count` pairs.

    The pose is the TARGET's, picture and latent are the SOURCE's; the network never sees the target picture. The arrays
    are float32, mapped from `cache`, where cards with the same data and encoders find them; `contents` are hashes of what
    the files hold that the card names (None: they are read for it); `fetched` is where `fetch_encoders` left the encoders
    (None: all lie on this machine).

    Raises:
        UserError: data or encoders are absent or malformed.
    """
    data = conditioning.data
    folder = root / data.root
    pairs = read_pairs(folder / data.pairs)
    if len(pairs) < data.count:
        raise UserError(f"{folder / data.pairs} holds {len(pairs)} pairs but the card asks for {data.count}; lower data.count.")
    pairs = pairs[: data.count]
    # All poses first: a malformed one should stop the job before hours of features, not after.
    poses = [read_keypoints(folder / data.poses, pair.target) for pair in pairs]
    for keypoints, file in poses:
        skeleton_tensor(keypoints, file)
    encoders = _Encoders(conditioning.encoders, root, device, fetched)
    with PairImages(folder / data.images) as pictures:

        def compute(rows: range) -> dict[str, np.ndarray]:
            skeletons = torch.stack([skeleton_tensor(*poses[row]) for row in rows])
            names = [choose_source(pairs[row], data.seed, row) for row in rows]
            sources = torch.stack([picture_tensor(pictures.picture(name)) for name in names])
            return {
                "pose": tokens(encoders.pose, dino_input(skeletons).to(device)).cpu().numpy(),
                "image": tokens(encoders.image, dino_input(sources).to(device)).cpu().numpy(),
                "source": source_latents(encoders.vae, sources.to(device), data.seed, rows),
            }

        if contents is None:
            contents = {str(path): contents_hash(path, None) for path in named_files(asdict(conditioning), root)[0]}
        key = _fingerprint(conditioning, pairs, poses, contents)
        return cached_rows(cache / key, len(pairs), BATCH, compute)


class _Encoders:
    """Loaded on first use: a full cache needs none."""

    def __init__(self, encoders: PoseEncoders, root: Path, device: str, fetched: str | Path | None):
        self._encoders, self._root, self._device, self._fetched = encoders, root, device, fetched

    @cached_property
    def pose(self) -> torch.nn.Module:
        return self._dinov2("pose", self._encoders.pose)

    @cached_property
    def image(self) -> torch.nn.Module:
        return self._dinov2("image", self._encoders.image)

    @cached_property
    def vae(self) -> torch.nn.Module:
        return load_vae(repository_folder(self._encoders.source, self._root, self._fetched)).to(self._device)

    def _dinov2(self, role: str, encoder: DINOv2) -> torch.nn.Module:
        file = encoder.checkpoint.url
        here = Path(self._fetched or "").resolve() / f"{role}.checkpoint"
        checkpoint = encoder.checkpoint.at(here) if self._fetched else encoder.checkpoint
        weights = read_tensors(checkpoint, None, base=self._root).tensors
        card = f"conditioning.encoders.{role}"
        return build_dinov2(encoder.name, weights, file=file, card=card, **encoder.architecture).to(self._device)


def _fingerprint(
    conditioning: PoseConditioning, pairs: list[Pair], poses: list[tuple[np.ndarray, str]], contents: Mapping[str, str | None]
) -> str:
    """Identifies what the features depend on: pairs, poses, seed, encoders, and what the files hold that the card names."""
    facts = [conditioning.data.seed, asdict(conditioning.encoders), pairs, dict(contents)]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for keypoints, _ in poses:
        digest.update(keypoints.tobytes())
    return digest.hexdigest()[:16]
