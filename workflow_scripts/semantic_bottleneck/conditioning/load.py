"""The inputs of continuously conditioned models, from the user's data to the arrays their conditioners take."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from semantic_bottleneck.conditioning.prepared import NULL
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.conditioning import (
    Clips,
    Conditioning,
    PipelineConditioning,
    PoseConditioning,
    TextConditioning,
    TokenEncoder,
    VideoConditioning,
)


def load_conditions(
    conditioning: Conditioning,
    root: str | Path,
    cache: str | Path | None = None,
    device: str = "cpu",
    contents: Mapping[str, str | None] | None = None,
    fetched: str | Path | None = None,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The conditions of a model that are poses, videos or texts.

    Args:
        conditioning: of the model card; labels of a table are no files.
        root: the folder that the card's paths start from.
        cache: folder of features that several cards share (default: results/conditioning_features).
        device: where encoders of images and of tokens run.
        contents: hashes of what the files hold that the card names, which cached features belong to; None reads them.
        fetched: where `fetch_encoders` left the encoders; None where all of them lie on this machine.

    Returns:
        Condition ids (n,) int64 and float32 arrays of n rows by the names of the family's conditioner. pose: pose
        (n, 257, 768), image (n, 257, 1536) and source (n, 4, 32, 32). video: features (n, 32, 512). text: text, (n, 2048)
        for SD3 and (n, 512) for AudioLDM, or see `encode_tokens` where the network pools tokens. pipeline: see
        `encode_for_pipeline`; the last row, of id NULL, is the empty prompt.

    Raises:
        UserError: data, prompts or encoders are absent or malformed.
    """
    root = Path(root)
    # Each branch imports its own libraries: prompts need no LMDB, poses no transformers.
    if isinstance(conditioning, PoseConditioning):
        from semantic_bottleneck.conditioning.pose_features import pose_features

        folder = Path(cache or root / "results/conditioning_features")
        inputs = pose_features(conditioning, root, folder, device, contents, fetched)
    elif isinstance(conditioning, VideoConditioning):
        inputs = {"features": _clips(conditioning.data, root)}
    elif isinstance(conditioning, TextConditioning):
        from semantic_bottleneck.conditioning.prompts import read_prompts
        from semantic_bottleneck.conditioning.text_encoders import encode_prompts
        from semantic_bottleneck.conditioning.token_encoders import encode_tokens

        prompts, first = read_prompts(conditioning.prompts, root), conditioning.encoders[0]
        if isinstance(first, TokenEncoder):
            inputs = encode_tokens(prompts, first, root, device, fetched)
        else:
            inputs = {"text": encode_prompts(prompts, conditioning.encoders, root, fetched=fetched)}
    elif isinstance(conditioning, PipelineConditioning):
        from semantic_bottleneck.conditioning.pipeline_prompts import encode_for_pipeline

        prompts = _first(conditioning, root)
        inputs = encode_for_pipeline([*prompts, ""], conditioning.encoders, root, device, fetched)
        return np.array([*range(len(prompts)), NULL]), inputs
    else:
        raise TypeError(f"conditions of kind {conditioning.kind} are rows of a table, not files")
    return np.arange(len(next(iter(inputs.values())))), inputs


def _first(conditioning: PipelineConditioning, root: Path) -> list[str]:
    from semantic_bottleneck.conditioning.prompts import read_prompts

    prompts = read_prompts(conditioning.prompts, root)
    if len(prompts) < conditioning.count:
        raise UserError(f"conditioning.count is {conditioning.count}, but there are {len(prompts)} prompts; lower it.")
    return prompts[: conditioning.count]


def _clips(data: Clips, root: Path) -> np.ndarray:
    from semantic_bottleneck.conditioning.cavp import clip_files, read_clip

    files = clip_files(root / data.folder, data.count)
    return np.stack([read_clip(file, data.frames, data.width, data.key) for file in files])
