"""Checkpoints of other networks are refused by name, also small random ones that their own libraries save."""

import pytest
import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from safetensors.torch import save_file
from torchvision.models import resnet18
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    GPT2Config,
    GPT2Model,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5EncoderModel,
    ViTConfig,
    ViTModel,
    WhisperConfig,
    WhisperForConditionalGeneration,
)

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.inspect_checkpoint import inspect_checkpoint

TEXT = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 16}
UNET = {"block_out_channels": (8, 8), "layers_per_block": 1, "norm_num_groups": 2, "attention_head_dim": 2}
UNET |= {"down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"), "cross_attention_dim": 8}
WHISPER = {"d_model": 8, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
WHISPER |= {"vocab_size": 16, "encoder_ffn_dim": 8, "decoder_ffn_dim": 8, "max_source_positions": 8, "num_mel_bins": 4}
LORA = {
    "unet.down_blocks.0.attentions.0.to_q.lora_A.weight": (4, 8),
    "unet.down_blocks.0.attentions.0.to_q.lora_B.weight": (8, 4),
}

STRANGERS = {
    "Llama": lambda: LlamaForCausalLM(LlamaConfig(**TEXT)),
    "CLIP": lambda: CLIPModel(CLIPConfig(text_config=TEXT, vision_config=TEXT | {"image_size": 16, "patch_size": 8})),
    "autoencoder (VAE)": lambda: AutoencoderKL(block_out_channels=(8,), norm_num_groups=2),
    "UNet of a Stable Diffusion": lambda: UNet2DConditionModel(**UNET, up_block_types=("UpBlock2D", "CrossAttnUpBlock2D")),
    "ControlNet": lambda: ControlNetModel(**UNET, conditioning_embedding_out_channels=(8, 8)),
    "ResNet": resnet18,
    "BERT": lambda: BertModel(BertConfig(**TEXT)),
    "T5": lambda: T5EncoderModel(T5Config(vocab_size=16, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)),
    "Whisper": lambda: WhisperForConditionalGeneration(WhisperConfig(**WHISPER, max_target_positions=8, pad_token_id=0)),
    "GPT-2": lambda: GPT2Model(GPT2Config(vocab_size=16, n_embd=8, n_layer=1, n_head=2, n_positions=8)),
    "vision transformer": lambda: ViTModel(ViTConfig(**{key: TEXT[key] for key in TEXT if key != "vocab_size"}, image_size=32)),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_another_network_is_named(root, what):
    state = {name: tensor.contiguous().clone() for name, tensor in STRANGERS[what]().state_dict().items()}
    refused(root, state, what)


def test_a_lora_is_named(root):
    refused(root, {name: torch.zeros(shape) for name, shape in LORA.items()}, "LoRA")


def test_what_nobody_knows_is_described(root):
    refused(root, {"alpha.weight": torch.zeros(2), "beta": torch.zeros(3)}, "2 tensors, whose names begin with alpha, beta")


def refused(root, state, what):
    save_file(state, root / "file.safetensors")
    with pytest.raises(UserError) as caught:
        inspect_checkpoint({"checkpoint": "file.safetensors"}, root)
    sentence = str(caught.value)
    assert what in sentence
    assert sentence.startswith("file.safetensors is no diffusion transformer with a conditional vector: it looks like ")
    assert not list((root / "config/models").glob("file*"))
