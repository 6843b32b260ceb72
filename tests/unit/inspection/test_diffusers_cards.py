"""Networks as diffusers saves them get cards; of those whose c holds nothing of the prompt the page says so."""

import pytest
from diffusers import DiTTransformer2DModel, PixArtTransformer2DModel, WanTransformer3DModel

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.inspect_checkpoint import inspect_checkpoint
from semantic_bottleneck.inspection.page import inspection_page
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.validation import load_yaml

HEADS = {"num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 1}
CASES = {
    "dit-diffusers": (
        DiTTransformer2DModel,
        HEADS | {"sample_size": 8, "norm_num_groups": 2, "num_embeds_ada_norm": 6},
        "class",
    ),
    "pixart": (PixArtTransformer2DModel, HEADS | {"sample_size": 8, "cross_attention_dim": 16, "caption_channels": 8}, "none"),
    "wan": (WanTransformer3DModel, HEADS | {"text_dim": 8, "freq_dim": 256, "ffn_dim": 16}, "none"),
}


@pytest.mark.parametrize("family", CASES)
def test_a_saved_network_gets_a_card(root, family):
    kind, sizes, conditions = CASES[family]
    kind(**sizes).save_pretrained(root / "weights/transformer")
    found = inspect_checkpoint({"checkpoint": "weights", "name": "new"}, root)
    card = load_card(root / "config/models/new.yaml")
    assert (card["family"], card["conditioning"]["kind"], card["architecture"]["hidden_size"]) == (family, conditions, 16)
    load_study(load_yaml(root / "config/new.yaml"), root, [root / "config/new.yaml"])
    page = inspection_page(found)
    assert ("one vector for all prompts" in page) == (conditions == "none")
    assert (found["geometry"] is None) == (conditions == "none")


def test_a_class_without_a_family_is_told_by_name_and_formula(root):
    from diffusers import QwenImageTransformer2DModel

    sizes = {"num_layers": 1, "attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 8}
    QwenImageTransformer2DModel(**sizes, axes_dims_rope=(2, 2, 4)).save_pretrained(root / "weights")
    with pytest.raises(UserError) as caught:
        inspect_checkpoint({"checkpoint": "weights"}, root)
    assert "weights/diffusion_pytorch_model.safetensors is QwenImageTransformer2DModel: c = t alone" in str(caught.value)
    assert "cosine similarity across prompts is exactly 1." in str(caught.value)
