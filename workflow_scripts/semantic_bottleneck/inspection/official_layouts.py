"""Networks under the names of their own authors: the families of this library, and DiT's descendants that are none.

Sources: docs/sources/sit_family.md, docs/sources/mdt_lightningdit_uvit.md, docs/sources/continuous_conditioning.md.
"""

from semantic_bottleneck.inspection.layout import Layout

TIMESTEP = ("t_embedder.mlp.0.weight", "t_embedder.mlp.2.weight")
CLASSES = "y_embedder.embedding_table.weight"
ADALN = ("blocks.0.adaLN_modulation.1.weight", "final_layer.adaLN_modulation.1.weight")
DIT = (*TIMESTEP, CLASSES, *ADALN, "x_embedder.proj.weight")
"""What DiT and its descendants share."""
LIGHTNING = ("blocks.0.mlp.w12.weight", "feat_rope.freqs_cos", "blocks.0.norm1.weight")
"""One of these makes a DiT a LightningDiT."""
SECOND_TIME = ("r_embedder.*", "w_embedder.*", "s_embedder.*")
"""Further terms of c."""
MASKED = ("decoder_layer.*", "sideblocks.*", "mask_token")
SUM = "c = t + y, y a row of a table of classes"

OFFICIAL_LAYOUTS = (
    Layout(
        "a DiT, SiT, REPA or MG",
        SUM,
        (*DIT, "pos_embed", "blocks.0.attn.qkv.weight", "blocks.0.mlp.fc1.weight"),
        absent=(*LIGHTNING, *SECOND_TIME, *MASKED, "bn.running_mean", "global_adaLN_modulation.*"),
        family="dit",
        axes={"x_embedder.proj.weight": 4},
    ),
    Layout(
        "a REPA-E (SiT trained together with its autoencoder)",
        f"{SUM}; the statistics bn.* take the place of the latents' scale",
        (*DIT, "pos_embed", "bn.running_mean"),
        absent=(*LIGHTNING, *SECOND_TIME, *MASKED),
        family="dit",
        official="repa",
    ),
    Layout(
        "a LightningDiT",
        SUM,
        (*DIT, "pos_embed"),
        absent=(*SECOND_TIME, *MASKED, "bn.running_mean"),
        either=LIGHTNING,
        family="lightningdit",
        official="lightningdit",
    ),
    Layout(
        "an MDTv2",
        SUM,
        (*TIMESTEP, CLASSES, "en_inblocks.0.adaLN_modulation.1.weight", "decoder_pos_embed"),
        family="mdt",
        official="mdt",
    ),
    Layout("an MDT of version 1", SUM, (*DIT, "pos_embed", "decoder_pos_embed", "mask_token"), absent=("en_inblocks.*",)),
    Layout(
        "an X-MDPT",
        "c = t + y, y pooled from the tokens of a pose, a picture and its latent",
        (*TIMESTEP, *ADALN, "mlp_dino_pose.0.weight", "conv1d_pose.0.weight"),
        family="xmdpt",
    ),
    Layout(
        "an MDSGen",
        "c = t + y, y pooled from the features of a video's frames",
        (*TIMESTEP, *ADALN, "mlp_feat.0.weight", "conv1d_feat.0.weight"),
        family="mdsgen",
        official="mdsgen-b",
    ),
    Layout(
        "a U-ViT",
        "time and class are tokens of the sequence; their sum is an analysis construct, and there is no AdaLN",
        ("label_emb.weight", "in_blocks.0.attn.qkv.weight", "mid_block.attn.qkv.weight", "pos_embed"),
        absent=("time_embed.*",),
        family="uvit",
        official="uvit",
    ),
    Layout(
        "a U-ViT with an MLP for the time token",
        "time and class are tokens of the sequence, and there is no AdaLN",
        ("label_emb.weight", "in_blocks.0.attn.qkv.weight", "time_embed.0.weight"),
    ),
    Layout(
        "an AudioLDM (a UNet whose residual blocks take the vector)",
        "c = [t, y], y one linear map of a text vector",
        ("time_embedding.linear_1.weight", "class_embedding.weight", "down_blocks.0.resnets.0.time_emb_proj.weight"),
        family="audioldm",
        official="audioldm",
    ),
    # DiT's descendants whose c no family here makes.
    Layout(
        "a ScaleAware-SiT (MG with the guidance scale as an input)",
        "c = t + s + y, s an embedding of the guidance scale",
        (*DIT, "s_embedder.mlp.0.weight"),
    ),
    Layout(
        "a DDT",
        "c = SiLU(t + y) with frequencies of base 10, and per-token vectors in the decoder's blocks",
        (*TIMESTEP, CLASSES, "s_embedder.proj.weight", "blocks.0.adaLN_modulation.0.weight"),
    ),
    Layout(
        "RAE's DiT^DH",
        "c = SiLU(t + y), t of random Fourier features",
        ("t_embedder.W", CLASSES, "s_projector.weight"),
    ),
    Layout(
        "a MaskDiT",
        "c = t + y, y a linear map of the one-hot class (its columns), t of ln(sigma)/4",
        (*TIMESTEP, CLASSES, "decoder_layer.*", "decoder_blocks.*"),
        absent=("en_inblocks.*",),
    ),
    Layout(
        "a FiT of version 1 (tokens of any picture size)",
        SUM,
        DIT,
        absent=("pos_embed", "global_adaLN_modulation.*", *SECOND_TIME),
        axes={"x_embedder.proj.weight": 2},
    ),
    Layout(
        "a FiT of version 2",
        f"{SUM}; modulations are a shared map and one of low rank per block",
        (*TIMESTEP, CLASSES, "global_adaLN_modulation.1.weight", "blocks.0.adaLN_modulation.2.weight"),
    ),
    Layout(
        "a MeanFlow with one further time",
        "c = t + r + y, r an embedding of the time difference",
        (*TIMESTEP, CLASSES, "r_embedder.mlp.0.weight"),
        absent=("w_embedder.*",),
    ),
    Layout(
        "a MeanFlow with a further time and the guidance scale",
        "c = t + r + w + y",
        (*TIMESTEP, "r_embedder.*", "w_embedder.*", "final_layer_u.*"),
    ),
    # Other authors' own layouts of models that diffusers has, too.
    Layout(
        "a PixArt in its authors' layout",
        "c = t (AdaLN-single): the same for every prompt",
        ("t_block.1.weight", "y_embedder.y_proj.fc1.weight", *TIMESTEP),
        per_condition=False,
    ),
    Layout(
        "a Stable Diffusion 3 in its authors' layout",
        "c = t + y, y of the pooled text vectors; the repository in the diffusers layout can be read",
        ("joint_blocks.0.x_block.adaLN_modulation.1.weight", "joint_blocks.0.context_block.adaLN_modulation.1.weight"),
    ),
    Layout(
        "a Flux in its authors' layout",
        "c = t + y (+ guidance), y of a pooled text vector; the repository in the diffusers layout can be read",
        ("double_blocks.0.img_mod.lin.weight", "time_in.in_layer.weight", "vector_in.in_layer.weight"),
    ),
    Layout(
        "a Wan in its authors' layout",
        "c = t: the same for every prompt",
        ("time_projection.1.weight", "time_embedding.0.weight", "blocks.0.modulation"),
        per_condition=False,
    ),
)
