"""Networks without a conditional vector that AdaLN takes, by names that give them away."""

import re
from collections.abc import Iterable

STRANGERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a LoRA (low-rank changes of another network)", (r"(lora_A|lora_down|lora\.down)(\.\w+)?\.weight$",)),
    ("a ControlNet", (r"controlnet_cond_embedding\.conv_in\.weight$|^control_model\.input_hint_block\.0\.weight$",)),
    (
        "a whole Stable Diffusion 1.x or 2.x checkpoint (a UNet with its autoencoder and text encoder)",
        (r"^model\.diffusion_model\.input_blocks\.0\.0\.weight$", r"^first_stage_model\.|^cond_stage_model\.|^conditioner\."),
    ),
    (
        "the UNet of a Stable Diffusion (time enters its residual blocks, the prompt its cross-attention)",
        (r"(^|\.)down_blocks\.0\.resnets\.0\.time_emb_proj\.weight$|(^|\.)input_blocks\.1\.0\.emb_layers\.1\.weight$",),
    ),
    ("an autoencoder (VAE)", (r"(^|\.)decoder\.conv_in\.weight$", r"(^|\.)decoder\.(mid|mid_block)\.|(^|\.)decoder\.up")),
    (
        "a Whisper speech recogniser",
        (r"(^|\.)encoder\.conv1\.weight$", r"(^|\.)decoder\.(layers|blocks)\.0\.(encoder_attn|cross_attn)\."),
    ),
    (
        "a CLIP (image and text encoders)",
        (
            r"(^|\.)text_projection(\.weight)?$",
            r"(^|\.)(visual\.(conv1|proj|transformer|trunk)|visual_projection|vision_model)",
        ),
    ),
    ("the text encoder of a CLIP", (r"(^|\.)text_model\.encoder\.layers\.0\.self_attn\.q_proj\.weight$",)),
    ("a T5 text encoder", (r"(^|\.)encoder\.block\.0\.layer\.0\.SelfAttention\.q\.weight$",)),
    (
        "a BERT text encoder",
        (r"(^|\.)embeddings\.word_embeddings\.weight$", r"(^|\.)encoder\.layer\.0\.attention\.self\.query\.weight$"),
    ),
    (
        "a Llama or a relative of it (a language model)",
        (
            r"(^|\.)layers\.0\.self_attn\.q_proj\.weight$",
            r"(^|\.)embed_tokens\.weight$",
            r"(^|\.)layers\.0\.mlp\.gate_proj\.weight$",
        ),
    ),
    ("a GPT-2 (a language model)", (r"(^|\.)h\.0\.attn\.c_attn\.weight$",)),
    ("a ResNet image classifier", (r"(^|\.)layer1\.0\.conv1\.weight$", r"(^|\.)layer4\.0\.conv1\.weight$")),
    (
        "a vision transformer such as DINOv2 (an image encoder)",
        (r"(^|\.)cls_token$", r"(^|\.)patch_embed\.proj\.weight$|(^|\.)embeddings\.patch_embeddings\.projection\.weight$"),
    ),
    ("an Inception network", (r"(^|\.)Mixed_5b\.branch1x1\.conv\.weight$",)),
)
"""What it is, and patterns of which each must be found in some name; the first that fits is said."""


def stranger(names: Iterable[str]) -> str | None:
    """What a file without an AdaLN network looks like; None where nothing is known."""
    names = list(names)
    return next((what for what, patterns in STRANGERS if all(_found(pattern, names) for pattern in patterns)), None)


def _found(pattern: str, names: list[str]) -> bool:
    return any(re.search(pattern, name) for name in names)
