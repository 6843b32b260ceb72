"""Text encoders small enough for a test, saved as transformers saves them."""

from pathlib import Path

import torch
from transformers import (
    ClapTextConfig,
    ClapTextModelWithProjection,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    GemmaConfig,
    GemmaModel,
    GemmaTokenizer,
    RobertaTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

LETTERS = [chr(code) for code in range(33, 127)]


def save_clip(folder: Path, number: str, width: int) -> None:
    """CLIP's `tokenizer<number>` and `text_encoder<number>`, whose vectors have `width` values."""
    words = [*LETTERS, *(letter + "</w>" for letter in LETTERS), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: index for index, word in enumerate(words)}
    CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77).save_pretrained(folder / f"tokenizer{number}")
    config = CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=width,
        bos_token_id=len(words) - 2,
        eos_token_id=len(words) - 1,
        pad_token_id=len(words) - 1,
    )
    torch.manual_seed(width)
    CLIPTextModelWithProjection(config).save_pretrained(folder / f"text_encoder{number}")


def save_clap(folder: Path, width: int = 8) -> None:
    """CLAP's `tokenizer` and `text_encoder`."""
    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "Ġ", *LETTERS]
    vocabulary = {word: index for index, word in enumerate(words)}
    RobertaTokenizer(vocab=vocabulary, merges=[], model_max_length=60).save_pretrained(folder / "tokenizer")
    config = ClapTextConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=width,
        max_position_embeddings=62,
    )
    torch.manual_seed(1)
    ClapTextModelWithProjection(config).save_pretrained(folder / "text_encoder")


def t5(width: int) -> tuple[T5Tokenizer, T5EncoderModel]:
    """A tokenizer of letters, and an encoder whose tokens have `width` values."""
    pieces = ["<pad>", "</s>", "<unk>", "▁", *LETTERS]
    config = T5Config(vocab_size=len(pieces), d_model=width, d_kv=4, d_ff=16, num_layers=2, num_heads=2)
    torch.manual_seed(width)
    return T5Tokenizer(vocab=[(piece, 0.0) for piece in pieces], extra_ids=0), T5EncoderModel(config).eval()


def gemma(width: int) -> tuple[GemmaTokenizer, GemmaModel]:
    """The same of Gemma; no norm is 1, as in none that was trained."""
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "▁", *LETTERS]
    config = GemmaConfig(
        vocab_size=len(words),
        hidden_size=width,
        intermediate_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
    )
    torch.manual_seed(width)
    model = GemmaModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.normal_()
    return GemmaTokenizer(vocab={word: index for index, word in enumerate(words)}, merges=[]), model
