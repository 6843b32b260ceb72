"""Prompts as a pipeline of diffusers gives them to its transformer: by that pipeline's own `encode_prompt`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from torch import Tensor
from tqdm import tqdm

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.conditioning.encoder_parts import load_of
from semantic_bottleneck.conditioning.fetched_encoders import repository_folder
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.conditioning import PARTS, PipelineEncoders, tokenizer_of

Rows = Mapping[str, Tensor]


def _pixart(pipeline: Any, prompt: str, device: str) -> Rows:
    tokens, mask, _, _ = pipeline.encode_prompt(prompt, do_classifier_free_guidance=False, device=device)
    return {"tokens": tokens, "mask": mask}


def _sd3(pipeline: Any, prompt: str, device: str) -> Rows:
    found = pipeline.encode_prompt(prompt, None, None, do_classifier_free_guidance=False, device=device)
    return {"tokens": found[0], "text": found[2]}


def _flux(pipeline: Any, prompt: str, device: str) -> Rows:
    tokens, text, _ = pipeline.encode_prompt(prompt, None, device=device)
    return {"tokens": tokens, "text": text}


ENCODE: dict[str, Callable[[Any, str, str], Rows]] = {
    "PixArtAlphaPipeline": _pixart,
    "PixArtSigmaPipeline": _pixart,
    "StableDiffusion3Pipeline": _sd3,
    "FluxPipeline": _flux,
}


@torch.inference_mode()
def encode_for_pipeline(
    prompts: Sequence[str], encoders: PipelineEncoders, root: str | Path, device: str = "cpu", fetched: str | Path | None = None
) -> dict[str, Float32[np.ndarray, "rows ..."]]:
    """What the network takes of each prompt, float32 with one row each: tokens, and text (pooled) or mask.

    Prompts go through the encoders one by one, so that no row depends on its neighbours. PixArt's pipeline would clean captions
    of web pages as well, where packages for it are installed; that is left out.

    Args:
        root: the folder that a relative source starts from.
        fetched: where `fetch_encoders` left the repository.

    Raises:
        UserError: a part cannot be loaded, or a value is not finite.
    """
    pipeline = _load(encoders, repository_folder(encoders, Path(root), fetched), device)
    encode = ENCODE[encoders.pipeline]
    found = [encode(pipeline, prompt, device) for prompt in tqdm(prompts, desc=encoders.pipeline)]
    rows = {name: torch.cat([each[name] for each in found]).float().cpu().numpy() for name in found[0]}
    for name, values in rows.items():
        if not np.isfinite(values).all():
            raise UserError(f"The text encoders of {encoders.source} give {name} that are not finite; fetch them again.")
    return rows


def _load(encoders: PipelineEncoders, folder: Path, device: str) -> Any:
    parts: dict[str, Any] = {"vae": None, "transformer": None, "scheduler": None}
    for name, kind in PARTS[encoders.pipeline].items():
        tokenizer = load_of(transformers.AutoTokenizer.from_pretrained, encoders.source, folder, tokenizer_of(name))
        encoder = load_of(getattr(transformers, kind).from_pretrained, encoders.source, folder, name, dtype=torch.float32)
        parts |= {tokenizer_of(name): tokenizer, name: encoder.eval().to(device)}
    return getattr(diffusers, encoders.pipeline)(**parts)
