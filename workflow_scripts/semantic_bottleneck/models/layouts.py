"""How files in the layouts of diffusers are told apart, what their sizes are, and where their modules make c.

Source: docs/sources/diffusers_conditioning.md, sections 4 and 6. Standard library only.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

Shapes = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Size:
    """An architecture key: the length of one axis of a tensor, less a number."""

    tensor: str
    axis: int = 0
    less: int = 0


@dataclass(frozen=True)
class Layout:
    """One family.

    Attributes:
        classes: diffusers' names of it (`_class_name` in config.json).
        present, absent: names of tensors that a file of it has, or has not; no file fits two layouts.
        sizes: architecture key -> where it is seen.
        extras: tensor -> (key, value) of an architecture key that no size tells, where a file has the tensor; the value is what
            diffusers' pipeline takes.
        enters: what of the prompt or class enters c; empty where nothing does, and c is the same vector for all of them.
        makers: patterns (fnmatch) of modules whose output, or its first entry, is c.
        takers: where no module makes c, patterns of all modules that take it as their first argument.
        timestep, labels: names of the forward pass's arguments; `labels` is empty where there are no classes.
    """

    classes: tuple[str, ...]
    present: tuple[str, ...]
    sizes: Mapping[str, Size]
    absent: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, object]] = field(default_factory=dict)
    enters: str = ""
    makers: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()
    timestep: str = "timestep"
    labels: str = ""

    def fits(self, names: Collection[str]) -> bool:
        """Whether a file with tensors of these names, without a prefix, is of this family."""
        names = set(names)
        return names.issuperset(self.present) and names.isdisjoint(self.absent)

    def architecture(self, shapes: Shapes) -> dict[str, object]:
        """Architecture keys of a file that fits, from the shapes of its tensors."""
        seen = {key: shapes[size.tensor][size.axis] - size.less for key, size in self.sizes.items()}
        return seen | {key: value for tensor, (key, value) in self.extras.items() if tensor in shapes}


def layout_of(names: Collection[str]) -> str | None:
    """The family that a file with tensors of these names is of, or None."""
    return next((family for family, layout in LAYOUTS.items() if layout.fits(names)), None)


def depends_on_condition(family: str) -> bool:
    """Whether something of the prompt or class enters c, as it does in all families but some of diffusers'."""
    return family not in LAYOUTS or bool(LAYOUTS[family].enters)


BLOCK = "transformer_blocks.0"
SINGLE = "single_transformer_blocks.0.norm.linear.weight"
TEXT = "time_text_embed.text_embedder.linear_1.weight"
TIME_TEXT = "time_text_embed.timestep_embedder.linear_1.weight"
LUMINA = "time_caption_embed.timestep_embedder.linear_1.weight"
TIME = "time_embedding.linear_1.weight"
ADALN_SINGLE = ("adaln_single.linear.weight", "scale_shift_table")
LATTE = "temporal_transformer_blocks.0.scale_shift_table"
SHARED = "time_embed.linear.weight"
CAPTION = "caption_norm.weight"
AUDIO = "audio_time_embed.linear.weight"
OFS = "ofs_embedding.linear_1.weight"
PATCH = "patch_embed.proj.weight"
WAN = ("condition_embedder.time_proj.weight", "blocks.0.scale_shift_table", "scale_shift_table")
WAN_VARIANTS = (
    "condition_embedder.delta_embedder.linear_1.weight",
    "vace_patch_embedding.weight",
    "pose_patch_embedding.weight",
)
"""Names of tensors that tell layouts apart, these and those of inspection/diffusers_layouts.py, which have no family here."""


def _width(embedder: str) -> dict[str, Size]:
    return {"hidden_size": Size(f"{embedder}.linear_2.weight")}


def _pooled(text_embedder: str) -> dict[str, Size]:
    return {"pooled_size": Size(f"{text_embedder}.linear_1.weight", 1)}


LAYOUTS: dict[str, Layout] = {
    "dit-diffusers": Layout(
        classes=("DiTTransformer2DModel",),
        present=(f"{BLOCK}.norm1.emb.class_embedder.embedding_table.weight",),
        sizes=_width(f"{BLOCK}.norm1.emb.timestep_embedder")
        | {"num_classes": Size(f"{BLOCK}.norm1.emb.class_embedder.embedding_table.weight", less=1)},
        enters="the class",
        makers=("transformer_blocks.*.norm1.emb",),
        labels="class_labels",
    ),
    "pixart": Layout(
        classes=("PixArtTransformer2DModel",),
        present=ADALN_SINGLE,
        absent=(LATTE,),
        sizes=_width("adaln_single.emb.timestep_embedder"),
        extras={"adaln_single.emb.resolution_embedder.linear_1.weight": ("image_size", [1024, 1024])},
        makers=("adaln_single.emb",),
    ),
    "sd3": Layout(
        classes=("SD3Transformer2DModel",),
        present=(TEXT, f"{BLOCK}.norm1_context.linear.weight"),
        absent=(SINGLE,),
        sizes=_width("time_text_embed.timestep_embedder") | _pooled("time_text_embed.text_embedder"),
        enters="the pooled vectors of two CLIP text encoders",
        makers=("time_text_embed",),
    ),
    "flux": Layout(
        classes=("FluxTransformer2DModel",),
        present=(TEXT, SINGLE, "x_embedder.weight"),
        sizes=_width("time_text_embed.timestep_embedder") | _pooled("time_text_embed.text_embedder"),
        extras={"time_text_embed.guidance_embedder.linear_1.weight": ("guidance_scale", 3.5)},
        enters="the pooled vector of a CLIP text encoder",
        makers=("time_text_embed",),
    ),
    "auraflow": Layout(
        classes=("AuraFlowTransformer2DModel",),
        present=("time_step_proj.linear_1.weight", "joint_transformer_blocks.0.norm1.linear.weight"),
        sizes=_width("time_step_proj"),
        makers=("time_step_proj",),
    ),
    "sana": Layout(
        classes=("SanaTransformer2DModel",),
        # Of Sana-Sprint, into whose c the guidance scale enters, the embedder lies elsewhere.
        present=("time_embed.emb.timestep_embedder.linear_1.weight", CAPTION, PATCH),
        sizes=_width("time_embed.emb.timestep_embedder"),
        makers=("time_embed.emb",),
    ),
    "lumina2": Layout(
        classes=("Lumina2Transformer2DModel",),
        present=(LUMINA, "context_refiner.0.norm1.weight"),
        sizes=_width("time_caption_embed.timestep_embedder"),
        makers=("time_caption_embed.timestep_embedder",),
    ),
    "lumina-next": Layout(
        classes=("LuminaNextDiT2DModel",),
        present=(LUMINA, "patch_embedder.proj.weight"),
        sizes=_width("time_caption_embed.timestep_embedder")
        | {"text_size": Size("time_caption_embed.caption_embedder.0.weight")},
        enters="the mean of the text encoder's tokens",
        makers=("time_caption_embed",),
    ),
    "cogvideox": Layout(
        classes=("CogVideoXTransformer3DModel",),
        present=(TIME, PATCH, f"{BLOCK}.norm2.linear.weight"),
        absent=(OFS,),  # c is then a sum that no module makes
        sizes=_width("time_embedding") | {"frequency_size": Size(TIME, 1)},
        makers=("time_embedding",),
    ),
    "ltx": Layout(
        classes=("LTXVideoTransformer3DModel",),
        present=(SHARED, "proj_in.weight"),
        absent=(AUDIO,),
        sizes=_width("time_embed.emb.timestep_embedder"),
        makers=("time_embed.emb",),
    ),
    "wan": Layout(
        classes=("WanTransformer3DModel",),
        present=WAN,
        absent=WAN_VARIANTS,
        sizes=_width("condition_embedder.time_embedder"),
        makers=("condition_embedder.time_embedder",),
    ),
    "hunyuandit": Layout(
        classes=("HunyuanDiT2DModel",),
        present=("time_extra_emb.pooler.positional_embedding",),
        sizes=_width("time_extra_emb.timestep_embedder")
        | {
            "text_size": Size("time_extra_emb.pooler.positional_embedding", 1),
            "tokens": Size("time_extra_emb.pooler.positional_embedding", less=1),
            "pooled_size": Size("time_extra_emb.pooler.c_proj.weight"),
        },
        extras={"time_extra_emb.style_embedder.weight": ("sizes", [1024, 1024, 1024, 1024, 0, 0])},
        enters="a pool of the T5 encoder's tokens",
        makers=("time_extra_emb",),
    ),
    "hunyuanvideo": Layout(
        classes=("HunyuanVideoTransformer3DModel",),
        present=(TEXT, "context_embedder.proj_in.weight"),
        sizes=_width("time_text_embed.timestep_embedder") | _pooled("time_text_embed.text_embedder"),
        extras={"time_text_embed.guidance_embedder.linear_1.weight": ("guidance_scale", 6.0)},
        enters="the pooled vector of a CLIP text encoder",
        makers=("time_text_embed",),
    ),
    "hidream": Layout(
        classes=("HiDreamImageTransformer2DModel",),
        present=("p_embedder.pooled_embedder.linear_1.weight",),
        sizes=_width("t_embedder.timestep_embedder") | _pooled("p_embedder.pooled_embedder"),
        enters="the pooled vectors of two CLIP text encoders",
        takers=("*.adaLN_modulation",),
        timestep="timesteps",
    ),
    "kandinsky5": Layout(
        classes=("Kandinsky5Transformer3DModel",),
        present=("time_embeddings.in_layer.weight", "pooled_text_embeddings.in_layer.weight"),
        sizes={
            "hidden_size": Size("time_embeddings.out_layer.weight"),
            "pooled_size": Size("pooled_text_embeddings.in_layer.weight", 1),
            "frequency_size": Size("time_embeddings.in_layer.weight", 1),
        },
        enters="the pooled vector of a CLIP text encoder",
        takers=("*.text_modulation", "*.visual_modulation", "out_layer.modulation"),
    ),
    "mochi": Layout(
        classes=("MochiTransformer3DModel",),
        present=("time_embed.pooler.to_q.weight",),
        sizes=_width("time_embed.timestep_embedder") | {"text_size": Size("time_embed.pooler.to_q.weight")},
        enters="a pool of the T5 encoder's tokens",
        makers=("time_embed",),
    ),
}
"""Family -> its layout."""
