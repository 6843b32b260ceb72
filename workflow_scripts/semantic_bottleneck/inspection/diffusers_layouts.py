"""Transformers under the names of the diffusers library (0.42), and which of them put something of the prompt into c."""

from semantic_bottleneck.inspection.layout import Layout
from semantic_bottleneck.models.layouts import (
    ADALN_SINGLE,
    AUDIO,
    BLOCK,
    CAPTION,
    LATTE,
    OFS,
    PATCH,
    SHARED,
    SINGLE,
    TIME,
    TIME_TEXT,
    WAN,
    WAN_VARIANTS,
)
from semantic_bottleneck.models.layouts import LAYOUTS as FAMILIES
from semantic_bottleneck.models.layouts import Layout as FamilyLayout

BRIA = "time_embed.timestep_embedder.linear_1.weight"
COGVIEW = "time_condition_embed.timestep_embedder.linear_1.weight"
ONLY_TIME = "c = t alone: the same for every prompt"
SINGLE_TIME = f"{ONLY_TIME} (AdaLN-single)"


def _of_family(family: str, layout: FamilyLayout) -> Layout:
    c = f"c = t + y, y of {layout.enters}" if layout.enters else ONLY_TIME
    official = {"dit-diffusers": "dit"}.get(family)
    title = f"{layout.classes[0]} (of diffusers)"
    return Layout(title, c, layout.present, layout.absent, family=family, official=official, per_condition=bool(layout.enters))


def _same(title: str, present: tuple[str, ...], absent: tuple[str, ...] = (), c: str = ONLY_TIME) -> Layout:
    """A class whose c holds nothing of the prompt."""
    return Layout(title, c, present, absent, per_condition=False)


DIFFUSERS_LAYOUTS = (
    *(_of_family(family, layout) for family, layout in FAMILIES.items()),
    _same(
        "SanaTransformer2DModel (Sana-Sprint)",
        (SHARED, "time_embed.guidance_embedder.linear_1.weight", CAPTION),
        c="c = t + guidance: the same for every prompt",
    ),
    _same(
        "CogVideoXTransformer3DModel (with ofs)",
        (TIME, PATCH, OFS),
        c="c = t + ofs: the same for every prompt",
    ),
    _same(
        "LatteTransformer3DModel",
        (*ADALN_SINGLE, LATTE),
        c=SINGLE_TIME,
    ),
    _same(
        "SanaVideoTransformer3DModel",
        (SHARED, CAPTION, "patch_embedding.weight"),
        c=SINGLE_TIME,
    ),
    _same("LTX2VideoTransformer3DModel", (SHARED, AUDIO), c=SINGLE_TIME),
    _same(
        "EasyAnimateTransformer3DModel",
        (TIME, "proj.weight", f"{BLOCK}.norm1.linear.weight"),
    ),
    _same("AnyFlowTransformer3DModel", (*WAN, WAN_VARIANTS[0]), c="c of two times: the same for every prompt"),
    _same("WanVACETransformer3DModel", (*WAN, WAN_VARIANTS[1]), c=SINGLE_TIME),
    _same("WanAnimateTransformer3DModel", (*WAN, WAN_VARIANTS[2]), c=SINGLE_TIME),
    _same(
        "CogView3PlusTransformer2DModel (or CogView4)",
        (COGVIEW, "patch_embed.text_proj.weight"),
        c="c = t + picture sizes: the same for every prompt",
    ),
    _same(
        "GlmImageTransformer2DModel",
        (COGVIEW, "prior_token_embedding.weight"),
        c="c = t + picture sizes: the same for every prompt",
    ),
    _same("QwenImageTransformer2DModel", (TIME_TEXT, f"{BLOCK}.txt_mod.1.weight")),
    _same("NucleusMoEImageTransformer2DModel", ("time_text_embed.norm.weight",)),
    _same(
        "MotifVideoTransformer3DModel",
        (TIME_TEXT, "context_embedder.linear_1.weight"),
    ),
    _same(
        "Flux2Transformer2DModel (FLUX.2)",
        ("single_stream_modulation.linear.weight",),
        c="c = t + guidance: the same for every prompt",
    ),
    _same("Flux3Transformer2DModel", ("single_stream_modulations.image.linear.weight",)),
    _same(
        "ChromaTransformer2DModel",
        ("distilled_guidance_layer.in_proj.weight",),
        c="a network makes all modulations from t and guidance: no vector of the prompt",
    ),
    _same("Krea2Transformer2DModel", ("time_mod_proj.weight",)),
    _same(
        "BriaTransformer2DModel (Bria, or LongCatImage)",
        (BRIA, SINGLE, "x_embedder.weight"),
        ("caption_projection.0.linear.weight",),
    ),
    _same("BriaFiboTransformer2DModel", (BRIA, SINGLE, "x_embedder.weight", "caption_projection.0.linear.weight")),
    _same(
        "ZImageTransformer2DModel",
        ("t_embedder.mlp.0.weight", "cap_embedder.1.weight"),
        ("layers.0.adaLN_modulation.1.weight",),
    ),
)
"""The families of models/layouts.py, and the classes of the library that are no family here."""
