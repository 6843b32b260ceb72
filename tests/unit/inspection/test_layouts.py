"""No two layouts fit one network, and each of diffusers' own classes fits the one of its name."""

import json
from itertools import combinations

import diffusers
import pytest
import torch

from semantic_bottleneck.inspection.diffusers_layouts import DIFFUSERS_LAYOUTS
from semantic_bottleneck.inspection.official_layouts import DIT, OFFICIAL_LAYOUTS
from semantic_bottleneck.inspection.recognise import LAYOUTS
from tests.unit.inspection.hollow import MANIFESTS, manifest

CLASSES = sorted({layout.title.partition(" ")[0] for layout in DIFFUSERS_LAYOUTS})
TINY = {"num_layers": 1}
BOTH = {"num_layers": 1, "num_single_layers": 1}
NARROW = {"num_layers": 1, "in_channels": 4, "patch_size": 2}
SMALL = {
    "AnyFlowTransformer3DModel": TINY,
    "BriaFiboTransformer2DModel": BOTH,
    "BriaTransformer2DModel": BOTH,
    "ChromaTransformer2DModel": BOTH,
    "EasyAnimateTransformer3DModel": NARROW | {"out_channels": 4, "text_embed_dim_t5": 8},
    "FluxTransformer2DModel": BOTH,
    "HiDreamImageTransformer2DModel": BOTH
    | {"caption_channels": [8, 8], "patch_size": 2, "text_emb_dim": 8, "llama_layers": [0, 1]},
    "HunyuanDiT2DModel": NARROW,
    "LTX2VideoTransformer3DModel": TINY,
    "LatteTransformer3DModel": NARROW | {"norm_type": "ada_norm_single", "caption_channels": 8, "sample_size": 8},
    "LuminaNextDiT2DModel": TINY | {"num_kv_heads": 8},
    "SanaVideoTransformer3DModel": TINY,
}
"""Constructor values where the defaults do not build, or are many blocks."""


def fitting(shapes):
    return [layout.title for layout in LAYOUTS if layout.matches(shapes)]


@pytest.mark.parametrize("name", [path.stem for path in MANIFESTS.glob("*.json") if path.stem != "vavae-f16d32-decoder"])
def test_a_published_network_fits_one_layout(name):
    assert len(fitting({key: tuple(shape) for key, (shape, _) in manifest(name).items()})) == 1


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_of_diffusers_fits_the_layout_of_its_name(name):
    kind = getattr(diffusers, name, None)
    if kind is None:
        kind = getattr(__import__("diffusers.models.transformers", fromlist=[name]), name)
    with torch.device("meta"):
        network = kind(**SMALL.get(name, {}))
    shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    (title,) = fitting(shapes)
    assert title.partition(" ")[0] == name


DESCENDANTS = {
    "a REPA-E": {"bn.running_mean": (4,)},
    "a ScaleAware-SiT": {"s_embedder.mlp.0.weight": (8, 256)},
    "a MeanFlow with one": {"r_embedder.mlp.0.weight": (8, 256)},
    "a LightningDiT": {"blocks.0.norm1.weight": (8,)},
}
BASE = dict.fromkeys(DIT, (8, 8)) | {
    "x_embedder.proj.weight": (8, 4, 2, 2),
    "pos_embed": (1, 16, 8),
    "blocks.0.attn.qkv.weight": (24, 8),
    "blocks.0.mlp.fc1.weight": (32, 8),
}


@pytest.mark.parametrize("begin", DESCENDANTS)
def test_one_tensor_more_makes_a_descendant(begin):
    assert fitting(BASE)[0].startswith("a DiT, SiT")
    (title,) = fitting(BASE | DESCENDANTS[begin])
    assert title.startswith(begin)


def test_no_layout_asks_for_less_than_another():
    """What one layout needs, with nothing else in the file, fits no other one."""
    made = {}
    for layout in (*OFFICIAL_LAYOUTS, *DIFFUSERS_LAYOUTS):
        names = [*layout.present, *layout.either[:1]]
        axes = dict(layout.axes)
        made[layout.title] = {name.replace("*", "x"): (2,) * axes.get(name, 2) for name in names}
    both = {title: fitting(shapes) for title, shapes in made.items()}
    assert {title: found for title, found in both.items() if found != [title]} == {}
    assert len(made) == len(LAYOUTS)
    assert json.dumps(made)  # plain values
    assert all(first != second for first, second in combinations(made, 2))
