"""Transformers under the names of the diffusers library (0.42), and which of them put something of the prompt into c."""

from semantic_bottleneck.inspection.layout import Layout

BLOCK = "transformer_blocks.0"
TEXT = "time_text_embed.text_embedder.linear_1.weight"
SINGLE = "single_transformer_blocks.0.norm.linear.weight"
TIME = "time_embed.timestep_embedder.linear_1.weight"
WAN = ("condition_embedder.time_proj.weight", "blocks.0.scale_shift_table", "scale_shift_table")
WAN_VARIANTS = (
    "condition_embedder.delta_embedder.linear_1.weight",
    "vace_patch_embedding.weight",
    "pose_patch_embedding.weight",
)
ONLY_TIME = "c = t alone: the same for every prompt"
SINGLE_TIME = f"{ONLY_TIME} (AdaLN-single)"


def _same(title: str, present: tuple[str, ...], absent: tuple[str, ...] = (), c: str = ONLY_TIME) -> Layout:
    """A class whose c holds nothing of the prompt."""
    return Layout(title, c, present, absent, per_condition=False)


DIFFUSERS_LAYOUTS = (
    Layout(
        "DiTTransformer2DModel (DiT in diffusers)",
        "c = t + y, y a row of a table of classes, t with diffusers' frequencies (divided by 127, officially by 128)",
        (f"{BLOCK}.norm1.emb.class_embedder.embedding_table.weight",),
    ),
    Layout(
        "SD3Transformer2DModel (Stable Diffusion 3 or 3.5)",
        "c = t + y, y of the pooled vectors of two CLIP text encoders",
        (TEXT, f"{BLOCK}.norm1_context.linear.weight"),
        (SINGLE,),
        family="sd3",
    ),
    Layout(
        "FluxTransformer2DModel (FLUX.1)",
        "c = t + y (+ guidance), y of CLIP-L's pooled vector",
        (TEXT, SINGLE, "x_embedder.weight"),
    ),
    Layout(
        "HunyuanVideoTransformer3DModel (HunyuanVideo or Framepack)",
        "c = t + y (+ guidance), y of CLIP-L's pooled vector",
        (TEXT, "context_embedder.proj_in.weight"),
    ),
    Layout(
        "HunyuanDiT2DModel",
        "c = t + y, y pooled from T5's tokens (and sizes)",
        ("time_extra_emb.pooler.positional_embedding",),
    ),
    Layout(
        "LuminaNextDiT2DModel",
        "c = t + y, y of the mean of the caption's tokens",
        ("time_caption_embed.timestep_embedder.linear_1.weight", "patch_embedder.proj.weight"),
    ),
    Layout("MochiTransformer3DModel", "c = t + y, y pooled from T5's tokens", ("time_embed.pooler.to_q.weight",)),
    Layout(
        "HiDreamImageTransformer2DModel",
        "c = t + y, y of pooled text vectors",
        ("p_embedder.pooled_embedder.linear_1.weight",),
    ),
    Layout(
        "Kandinsky5Transformer3DModel",
        "c = t + y, y of CLIP-L's pooled vector",
        ("time_embeddings.in_layer.weight", "pooled_text_embeddings.in_layer.weight"),
    ),
    _same(
        "PixArtTransformer2DModel (PixArt, or Allegro)",
        ("adaln_single.linear.weight", "scale_shift_table"),
        ("temporal_transformer_blocks.0.scale_shift_table",),
        SINGLE_TIME,
    ),
    _same(
        "LatteTransformer3DModel",
        ("adaln_single.linear.weight", "scale_shift_table", "temporal_transformer_blocks.0.scale_shift_table"),
        c=SINGLE_TIME,
    ),
    _same("AuraFlowTransformer2DModel", ("time_step_proj.linear_1.weight", "joint_transformer_blocks.0.norm1.linear.weight")),
    _same(
        "SanaTransformer2DModel",
        ("time_embed.linear.weight", "caption_norm.weight", "patch_embed.proj.weight"),
        c=SINGLE_TIME,
    ),
    _same(
        "SanaVideoTransformer3DModel",
        ("time_embed.linear.weight", "caption_norm.weight", "patch_embedding.weight"),
        c=SINGLE_TIME,
    ),
    _same(
        "LTXVideoTransformer3DModel",
        ("time_embed.linear.weight", "proj_in.weight"),
        ("audio_time_embed.linear.weight",),
        SINGLE_TIME,
    ),
    _same("LTX2VideoTransformer3DModel", ("time_embed.linear.weight", "audio_time_embed.linear.weight"), c=SINGLE_TIME),
    _same(
        "Lumina2Transformer2DModel",
        ("time_caption_embed.timestep_embedder.linear_1.weight", "context_refiner.0.norm1.weight"),
    ),
    _same(
        "CogVideoXTransformer3DModel (CogVideoX, or ConsisID)",
        ("time_embedding.linear_1.weight", "patch_embed.proj.weight", f"{BLOCK}.norm2.linear.weight"),
    ),
    _same(
        "EasyAnimateTransformer3DModel",
        ("time_embedding.linear_1.weight", "proj.weight", f"{BLOCK}.norm1.linear.weight"),
    ),
    _same("WanTransformer3DModel (Wan, SkyReels or ChronoEdit)", WAN, WAN_VARIANTS, SINGLE_TIME),
    _same("AnyFlowTransformer3DModel", (*WAN, WAN_VARIANTS[0]), c="c of two times: the same for every prompt"),
    _same("WanVACETransformer3DModel", (*WAN, WAN_VARIANTS[1]), c=SINGLE_TIME),
    _same("WanAnimateTransformer3DModel", (*WAN, WAN_VARIANTS[2]), c=SINGLE_TIME),
    _same(
        "CogView3PlusTransformer2DModel (or CogView4)",
        ("time_condition_embed.timestep_embedder.linear_1.weight", "patch_embed.text_proj.weight"),
        c="c = t + picture sizes: the same for every prompt",
    ),
    _same(
        "GlmImageTransformer2DModel",
        ("time_condition_embed.timestep_embedder.linear_1.weight", "prior_token_embedding.weight"),
        c="c = t + picture sizes: the same for every prompt",
    ),
    _same("QwenImageTransformer2DModel", ("time_text_embed.timestep_embedder.linear_1.weight", f"{BLOCK}.txt_mod.1.weight")),
    _same("NucleusMoEImageTransformer2DModel", ("time_text_embed.norm.weight",)),
    _same(
        "MotifVideoTransformer3DModel",
        ("time_text_embed.timestep_embedder.linear_1.weight", "context_embedder.linear_1.weight"),
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
        (TIME, SINGLE, "x_embedder.weight"),
        ("caption_projection.0.linear.weight",),
    ),
    _same("BriaFiboTransformer2DModel", (TIME, SINGLE, "x_embedder.weight", "caption_projection.0.linear.weight")),
    _same(
        "ZImageTransformer2DModel",
        ("t_embedder.mlp.0.weight", "cap_embedder.1.weight"),
        ("layers.0.adaLN_modulation.1.weight",),
    ),
)
"""Rules as in the library's classes and their released configurations."""
