"""Prompts to the vectors of their tokens, for networks that pool them themselves.

Source: docs/sources/diffusers_conditioning.md, section 9.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import AutoTokenizer, GemmaModel, PreTrainedModel, T5EncoderModel

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.conditioning.encoder_parts import load_of
from semantic_bottleneck.conditioning.fetched_encoders import repository_folder
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.conditioning import TokenEncoder

PADDED = "t5-padded"


@torch.inference_mode()
def encode_tokens(
    prompts: Sequence[str],
    encoder: TokenEncoder,
    root: str | Path,
    device: str = "cpu",
    fetched: str | Path | None = None,
    batch: int = 16,
) -> dict[str, Float32[np.ndarray, "prompts tokens ..."]]:
    """Hidden states of every token, and which tokens are the prompt's.

    Args:
        encoder: `kind` and `tokens`, after which a prompt is cut. t5: the encoder's output. t5-padded: the same, every prompt
            padded to `tokens`, which all count. gemma: the last hidden states but one, of prompts in lower case.
        root: the folder that a relative source starts from.
        device: where the encoder runs.
        fetched: where `fetch_encoders` left the repository.
        batch: prompts per forward pass.

    Returns:
        float32: text (n, T, width) and mask (n, T) of 0 and 1, T the tokens of the longest prompt; of t5-padded text
        (n, tokens, width) alone.

    Raises:
        UserError: the encoder cannot be loaded, or a value is not finite.
    """
    folder = repository_folder(encoder, Path(root), fetched)
    tokenizer = load_of(AutoTokenizer.from_pretrained, encoder.source, folder, encoder.tokenizer)
    kind = GemmaModel if encoder.kind == "gemma" else T5EncoderModel
    model = load_of(kind.from_pretrained, encoder.source, folder, encoder.model, dtype=torch.float32).eval().to(device)
    padding = "max_length" if encoder.kind == PADDED else "longest"  # of all prompts, so that no row depends on its batch
    tokens = tokenizer(
        [_as_told(prompt, encoder) for prompt in prompts],
        padding=padding,
        max_length=encoder.tokens,
        truncation=True,
        return_tensors="pt",
    )
    parts = zip(tokens.input_ids.split(batch), tokens.attention_mask.split(batch), strict=True)
    bar = tqdm(parts, desc=f"{encoder.source} {encoder.model}", total=-(-len(prompts) // batch))
    text = torch.cat([_hidden(model, ids.to(device), mask.to(device)).cpu() for ids, mask in bar]).float().numpy()
    if not np.isfinite(text).all():
        raise UserError(f"{encoder.source} {encoder.model} gives tokens that are not finite; fetch it again.")
    return {"text": text} if encoder.kind == PADDED else {"text": text, "mask": tokens.attention_mask.float().numpy()}


def _as_told(prompt: str, encoder: TokenEncoder) -> str:
    """Lumina-Next's pipeline gives Gemma prompts without capitals and outer spaces."""
    return prompt.lower().strip() if encoder.kind == "gemma" else prompt


def _hidden(model: PreTrainedModel, ids: Tensor, mask: Tensor) -> Tensor:
    if isinstance(model, GemmaModel):
        return model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-2]
    return model(input_ids=ids, attention_mask=mask).last_hidden_state
