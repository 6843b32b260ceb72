"""Prompts to the pooled text vectors of SD3, Flux and AudioLDM (docs/sources/continuous_conditioning.md, sections 3 and 4)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm
from transformers import AutoTokenizer, ClapTextModelWithProjection, CLIPTextModel, CLIPTextModelWithProjection

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.conditioning.encoder_parts import load_of
from semantic_bottleneck.conditioning.fetched_encoders import repository_folder
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.conditioning import TextEncoder

MODELS = {"clip": CLIPTextModelWithProjection, "clip-pooled": CLIPTextModel, "clap": ClapTextModelWithProjection}


def encode_prompts(
    prompts: Sequence[str],
    encoders: Sequence[TextEncoder],
    root: str | Path,
    batch: int = 16,
    fetched: str | Path | None = None,
) -> Float32[np.ndarray, "prompts width"]:
    """Text vectors of all encoders side by side, in their order; (len(prompts), sum of widths) float32.

    Args:
        encoders: `kind` (clip | clip-pooled | clap), `source` (a folder, or a Hugging Face repository), `revision`, `model` and
            `tokenizer` (sub-folders). clip: the projected end-of-text output, not normalised. clip-pooled: that output
            before it is projected. clap: made unit length.
        root: the folder that relative sources start from.
        batch: prompts per forward pass.
        fetched: where `fetch_encoders` left the repositories.

    Raises:
        UserError: an encoder cannot be loaded, or a vector is not finite.
    """
    vectors = [_encode(list(prompts), each, repository_folder(each, Path(root), fetched), batch) for each in encoders]
    return np.concatenate(vectors, axis=1)


@torch.inference_mode()
def _encode(prompts: list[str], encoder: TextEncoder, folder: Path, batch: int) -> np.ndarray:
    tokenizer = load_of(AutoTokenizer.from_pretrained, encoder.source, folder, encoder.tokenizer)
    model = load_of(MODELS[encoder.kind].from_pretrained, encoder.source, folder, encoder.model, dtype=torch.float32).eval()
    rows = []
    for start in tqdm(range(0, len(prompts), batch), desc=f"{encoder.source} {encoder.model}"):
        tokens = tokenizer(
            prompts[start : start + batch],
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        if encoder.kind == "clip-pooled":
            rows.append(model(input_ids=tokens.input_ids).pooler_output)
        elif encoder.kind == "clip":  # causal: the padding behind the end of the text cannot reach the pooled vector
            rows.append(model(input_ids=tokens.input_ids).text_embeds)
        else:
            embeddings = model(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask).text_embeds
            rows.append(functional.normalize(embeddings, dim=-1))
    vectors = torch.cat(rows).float().numpy()
    if not np.isfinite(vectors).all():
        raise UserError(f"{encoder.source} {encoder.model} gives text vectors that are not finite; fetch it again.")
    return vectors
