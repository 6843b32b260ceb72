"""Small random transformers of diffusers, one or two of each layout, with an input of their forward pass."""

from dataclasses import dataclass
from typing import Any

import diffusers
import torch
from diffusers.models.embeddings import get_2d_rotary_pos_embed_lumina
from torch import nn

N, TOKENS = 2, 5
"""Samples, and tokens of a prompt."""


@dataclass(frozen=True)
class Case:
    """A family; diffusers' class and its configuration; what the conditioner takes; arguments of the forward pass without them.

    Attributes:
        time: of both samples, as the class takes it.
        rows: name of the conditioner's row -> name of the forward pass's argument; empty where nothing enters c.
    """

    family: str
    network: str
    config: dict[str, Any]
    time: float
    inputs: dict[str, Any]
    rows: dict[str, str]
    time_argument: str = "timestep"

    def build(self, seed: int = 0) -> nn.Module:
        """In eval mode; weights as diffusers starts them, but none zero, and DiT's embedders alike as in its files."""
        torch.manual_seed(seed)
        module = getattr(diffusers, self.network)(**self.config).eval()
        with torch.no_grad():
            for parameter in module.parameters():
                if not parameter.any():
                    parameter.normal_(std=0.2)
        if self.family == "dit-diffusers":
            for block in module.transformer_blocks[1:]:
                block.norm1.emb.load_state_dict(module.transformer_blocks[0].norm1.emb.state_dict())
        return module

    def arguments(self, time: float | None = None) -> dict[str, Any]:
        """Of the forward pass."""
        whole = self.network in ("DiTTransformer2DModel", "PixArtTransformer2DModel", "CogVideoXTransformer3DModel")
        times = torch.full((N,), self.time if time is None else time)
        return self.inputs | {self.time_argument: times.long() if whole else times}


def _normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


IMAGE, TEXT, POOLED = _normal(N, 4, 8, 8), _normal(N, TOKENS, 16, seed=1), _normal(N, 12, seed=2)
VIDEO = IMAGE[:, :, None]
MASK = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
SMALL = {"num_attention_heads": 2, "in_channels": 4, "num_layers": 2}
PIXART = SMALL | {"attention_head_dim": 12, "out_channels": 8, "cross_attention_dim": 24, "caption_channels": 16}
PIXART |= {"norm_num_groups": 4, "sample_size": 8}
FLUX = {"patch_size": 1, "in_channels": 4, "num_layers": 1, "num_single_layers": 1, "attention_head_dim": 16}
FLUX |= {"num_attention_heads": 2, "joint_attention_dim": 16, "pooled_projection_dim": 12, "axes_dims_rope": (4, 4, 8)}
PACKED = {"hidden_states": _normal(N, 16, 4), "encoder_hidden_states": TEXT, "pooled_projections": POOLED}
PACKED |= {"img_ids": torch.zeros(16, 3), "txt_ids": torch.zeros(TOKENS, 3)}
SIZES = torch.tensor([[1024.0, 512.0, 1024.0, 512.0, 0.0, 0.0]] * N)
HUNYUAN = SMALL | {"attention_head_dim": 8, "patch_size": 2, "hidden_size": 16, "mlp_ratio": 2.0, "cross_attention_dim": 16}
HUNYUAN |= {"cross_attention_dim_t5": 32, "pooled_projection_dim": 12, "text_len": 4, "text_len_t5": TOKENS, "sample_size": 8}
HUNYUAN_INPUT = {
    "hidden_states": IMAGE,
    "encoder_hidden_states": _normal(N, 4, 16),
    "text_embedding_mask": torch.ones(N, 4),
    "encoder_hidden_states_t5": _normal(N, TOKENS, 32),
    "text_embedding_mask_t5": torch.ones(N, TOKENS),
    "image_meta_size": SIZES,
    "style": torch.zeros(N, dtype=torch.int64),
    "image_rotary_emb": [torch.ones(16, 8), torch.zeros(16, 8)],
}
ROTARY = get_2d_rotary_pos_embed_lumina(8, 16, 16, linear_factor=1.0, ntk_factor=1.0)
LUMINA = {"sample_size": 8, "patch_size": 2, "in_channels": 4, "hidden_size": 24, "num_layers": 2, "num_attention_heads": 3}
LUMINA |= {"num_kv_heads": 1, "multiple_of": 2}
PROMPT = {"hidden_states": IMAGE, "encoder_hidden_states": TEXT}

CASES: dict[str, Case] = {
    "dit": Case(
        "dit-diffusers",
        "DiTTransformer2DModel",
        SMALL | {"attention_head_dim": 8, "out_channels": 8, "sample_size": 8, "num_embeds_ada_norm": 10, "norm_num_groups": 4},
        999,
        {"hidden_states": IMAGE, "class_labels": torch.tensor([3, 10])},
        {"": "class_labels"},
    ),
    "pixart": Case(
        "pixart",
        "PixArtTransformer2DModel",
        PIXART | {"use_additional_conditions": False},
        999,
        PROMPT | {"added_cond_kwargs": {"resolution": None, "aspect_ratio": None}},
        {},
    ),
    "pixart with sizes": Case(
        "pixart",
        "PixArtTransformer2DModel",
        PIXART | {"use_additional_conditions": True},
        999,
        PROMPT | {"added_cond_kwargs": {"resolution": torch.tensor([[1024.0] * 2] * N), "aspect_ratio": torch.ones(N, 1)}},
        {},
    ),
    "sd3": Case(
        "sd3",
        "SD3Transformer2DModel",
        SMALL
        | {"sample_size": 8, "patch_size": 2, "attention_head_dim": 8, "joint_attention_dim": 16, "caption_projection_dim": 16}
        | {"pooled_projection_dim": 12, "out_channels": 4, "pos_embed_max_size": 8},
        700.0,
        PROMPT | {"pooled_projections": POOLED},
        {"text": "pooled_projections"},
    ),
    "flux": Case(
        "flux", "FluxTransformer2DModel", FLUX | {"guidance_embeds": False}, 0.7, PACKED, {"text": "pooled_projections"}
    ),
    "flux with guidance": Case(
        "flux",
        "FluxTransformer2DModel",
        FLUX | {"guidance_embeds": True},
        0.7,
        PACKED | {"guidance": torch.full((N,), 3.5)},
        {"text": "pooled_projections"},
    ),
    "auraflow": Case(
        "auraflow",
        "AuraFlowTransformer2DModel",
        {"sample_size": 8, "patch_size": 2, "in_channels": 4, "num_mmdit_layers": 1, "num_single_dit_layers": 1}
        | {"attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 16, "caption_projection_dim": 16}
        | {"pos_embed_max_size": 16},
        0.7,
        PROMPT,
        {},
    ),
    "sana": Case(
        "sana",
        "SanaTransformer2DModel",
        SMALL
        | {"out_channels": 4, "attention_head_dim": 8, "num_cross_attention_heads": 2, "cross_attention_head_dim": 8}
        | {"cross_attention_dim": 16, "caption_channels": 16, "mlp_ratio": 2, "sample_size": 8, "patch_size": 1},
        700.0,
        PROMPT,
        {},
    ),
    "lumina2": Case(
        "lumina2",
        "Lumina2Transformer2DModel",
        LUMINA | {"num_refiner_layers": 1, "axes_dim_rope": (4, 2, 2), "axes_lens": (32, 32, 32), "cap_feat_dim": 16},
        0.3,
        PROMPT | {"encoder_attention_mask": torch.ones(N, TOKENS, dtype=torch.bool)},
        {},
    ),
    "lumina-next": Case(
        "lumina-next",
        "LuminaNextDiT2DModel",
        LUMINA | {"cross_attention_dim": 16},
        0.3,
        PROMPT | {"encoder_mask": MASK, "image_rotary_emb": ROTARY, "cross_attention_kwargs": {}},
        {"text": "encoder_hidden_states", "mask": "encoder_mask"},
    ),
    "cogvideox": Case(
        "cogvideox",
        "CogVideoXTransformer3DModel",
        SMALL
        | {"attention_head_dim": 8, "out_channels": 4, "time_embed_dim": 6, "text_embed_dim": 16, "sample_width": 8}
        | {"sample_height": 8, "sample_frames": 1, "patch_size": 2, "max_text_seq_length": TOKENS},
        700,
        {"hidden_states": IMAGE[:, None], "encoder_hidden_states": TEXT},
        {},
    ),
    "ltx": Case(
        "ltx",
        "LTXVideoTransformer3DModel",
        SMALL | {"out_channels": 4, "attention_head_dim": 8, "cross_attention_dim": 16, "caption_channels": 16},
        700.0,
        {"hidden_states": _normal(N, 16, 4), "encoder_hidden_states": TEXT, "encoder_attention_mask": torch.ones(N, TOKENS)}
        | {"num_frames": 1, "height": 4, "width": 4},
        {},
    ),
    "wan": Case(
        "wan",
        "WanTransformer3DModel",
        SMALL | {"patch_size": (1, 2, 2), "attention_head_dim": 12, "out_channels": 4, "text_dim": 16, "ffn_dim": 32},
        700.0,
        {"hidden_states": VIDEO, "encoder_hidden_states": TEXT},
        {},
    ),
    "hunyuandit": Case(
        "hunyuandit",
        "HunyuanDiT2DModel",
        HUNYUAN | {"use_style_cond_and_image_meta_size": False},
        700.0,
        HUNYUAN_INPUT,
        {"text": "encoder_hidden_states_t5"},
    ),
    "hunyuandit with sizes": Case(
        "hunyuandit",
        "HunyuanDiT2DModel",
        HUNYUAN | {"use_style_cond_and_image_meta_size": True},
        700.0,
        HUNYUAN_INPUT,
        {"text": "encoder_hidden_states_t5", "sizes": "image_meta_size"},
    ),
    "hunyuanvideo": Case(
        "hunyuanvideo",
        "HunyuanVideoTransformer3DModel",
        SMALL
        | {"out_channels": 4, "attention_head_dim": 10, "num_layers": 1, "num_single_layers": 1, "num_refiner_layers": 1}
        | {
            "patch_size": 1,
            "guidance_embeds": True,
            "text_embed_dim": 16,
            "pooled_projection_dim": 12,
            "rope_axes_dim": (2, 4, 4),
        },
        700.0,
        {"hidden_states": VIDEO, "encoder_hidden_states": TEXT, "pooled_projections": POOLED}
        | {"encoder_attention_mask": torch.ones(N, TOKENS), "guidance": torch.full((N,), 6000.0)},
        {"text": "pooled_projections"},
    ),
    "hidream": Case(
        "hidream",
        "HiDreamImageTransformer2DModel",
        {"patch_size": 2, "in_channels": 4, "out_channels": 4, "num_layers": 1, "num_single_layers": 1, "attention_head_dim": 8}
        | {"num_attention_heads": 4, "caption_channels": [32, 16], "text_emb_dim": 12, "num_routed_experts": 2}
        | {"num_activated_experts": 1, "axes_dims_rope": (4, 2, 2), "max_resolution": (8, 8), "llama_layers": (0, 1)},
        700.0,
        {"hidden_states": IMAGE, "encoder_hidden_states_t5": _normal(N, TOKENS, 32), "pooled_embeds": POOLED}
        | {"encoder_hidden_states_llama3": _normal(2, N, TOKENS, 16)},
        {"text": "pooled_embeds"},
        time_argument="timesteps",
    ),
    "kandinsky5": Case(
        "kandinsky5",
        "Kandinsky5Transformer3DModel",
        {"in_visual_dim": 4, "in_text_dim": 16, "in_text_dim2": 12, "time_dim": 8, "out_visual_dim": 4, "patch_size": (1, 2, 2)}
        | {"model_dim": 24, "ff_dim": 32, "num_text_blocks": 1, "num_visual_blocks": 1, "axes_dims": (4, 4, 4)},
        700.0,
        {"hidden_states": _normal(N, 1, 8, 8, 4), "encoder_hidden_states": TEXT, "pooled_projections": POOLED}
        | {"visual_rope_pos": [torch.arange(1), torch.arange(4), torch.arange(4)], "text_rope_pos": torch.arange(TOKENS)},
        {"text": "pooled_projections"},
    ),
    "mochi": Case(
        "mochi",
        "MochiTransformer3DModel",
        SMALL | {"patch_size": 2, "attention_head_dim": 8, "pooled_projection_dim": 12, "text_embed_dim": 16},
        300.0,
        {"hidden_states": VIDEO, "encoder_hidden_states": TEXT, "encoder_attention_mask": MASK.bool()},
        {"text": "encoder_hidden_states", "mask": "encoder_attention_mask"},
    ),
}
