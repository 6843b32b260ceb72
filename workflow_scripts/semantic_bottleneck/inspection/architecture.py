"""Constructor values of a family from the shapes of its tensors."""

import math
import re
from collections.abc import Callable

from semantic_bottleneck.checkpoints.headers import Shapes
from semantic_bottleneck.inspection.facts import Fact, Questions
from semantic_bottleneck.models.layouts import LAYOUTS

Architecture = dict[str, Fact]

OFFICIAL_HEADS = {384: 6, 768: 12, 1024: 16, 1152: 16}
"""Width -> attention heads of the official sizes S, B, L and XL."""
ROUND = (10, 100, 1000)
"""Numbers of classes of the usual data sets: so many rows of the table hold no null row."""


def architecture_of(family: str, shapes: Shapes, questions: Questions) -> Architecture:
    """The architecture of a card; what shapes do not tell is looked up in the answers or asked for.

    Raises:
        UserError: an answer is no number.
    """
    if family in LAYOUTS:
        return {key: Fact(value) for key, value in LAYOUTS[family].architecture(shapes).items()}
    return FAMILIES[family](shapes, questions)


def _dit(shapes: Shapes, questions: Questions) -> Architecture:
    found = _transformer(shapes, questions, _count(shapes, "blocks")) | _classes(shapes, questions)
    targets = [shapes[name][0] for name in sorted(shapes) if re.fullmatch(r"projectors\.\d+\.4\.weight", name)]
    if targets:
        found["projector_dims"] = Fact(targets, "projectors.*: trained with REPA's alignment")
        if (width := shapes["projectors.0.0.weight"][0]) != 2048:
            found["projector_width"] = Fact(width)
        if found["depth"].value < 8:
            found["projection_depth"] = Fact(1, "not told by the file; it changes no sample")
    return found


def _lightningdit(shapes: Shapes, questions: Questions) -> Architecture:
    rope, gated = shapes.get("feat_rope.freqs_cos"), shapes.get("blocks.0.mlp.w12.weight")
    normed = shapes.get("blocks.0.attn.q_norm.weight")
    size = rope[1] if rope else normed[0] if normed else None
    width = shapes["pos_embed"][2]
    heads = Fact(width // size, "feat_rope.freqs_cos: the width of a head" if rope else "q_norm: its width") if size else None
    found = _transformer(shapes, questions, _count(shapes, "blocks"), heads) | _classes(shapes, questions, null=True)
    if gated:
        inner = gated[0] // 2
        ratio = 4.0 if int(2 / 3 * (4 * width)) == inner else 1.5 * inner / width
        found.pop("mlp_ratio", None)
        if ratio != 4.0:
            found["mlp_ratio"] = Fact(ratio)
    found["use_qknorm"] = Fact(normed is not None)
    found["use_swiglu"] = Fact(gated is not None)
    found["use_rope"] = Fact(rope is not None)
    found["use_rmsnorm"] = Fact("blocks.0.norm1.weight" in shapes)
    return found


def _mdt(shapes: Shapes, questions: Questions) -> Architecture:
    decoder = _count(shapes, "de_blocks")
    depth = _count(shapes, "en_inblocks") + _count(shapes, "en_outblocks") + decoder
    found = _transformer(shapes, questions, depth, _biased_heads(shapes, "en_inblocks")) | _classes(
        shapes, questions, null=True
    )
    return found | {"decode_layer": Fact(decoder, "de_blocks")}


def _xmdpt(shapes: Shapes, questions: Questions) -> Architecture:
    found = _transformer(shapes, questions, _count(shapes, "blocks"), _biased_heads(shapes, "blocks"))
    return found | {"decode_layer": Fact(2, "as officially; the file does not tell")}


def _mdsgen(shapes: Shapes, questions: Questions) -> Architecture:
    found = _transformer(shapes, questions, _count(shapes, "blocks"), _biased_heads(shapes, "blocks"))
    tokens, frequencies = shapes["pos_embed"][1], shapes["t_embedder.mlp.0.weight"][1]
    # A table of (2h - 1)(2w - 1) + 3 rows beside h w tokens tells h + w.
    total = (4 * tokens + 1 - (shapes["blocks.0.attn.rel_pos_bias.relative_position_bias_table"][0] - 3)) // 2
    root = math.isqrt(max(total * total - 4 * tokens, 0))
    patch = found["patch_size"].value
    long, short = (total + root) // 2 * patch, (total - root) // 2 * patch
    found["input_size"] = Fact([long, short], "time, mel: from the table of relative positions")
    found["decode_layer"] = Fact(4, "as officially; the file does not tell")
    return found | {
        "frames": Fact(shapes["conv1d_feat.0.weight"][1]),
        "features": Fact(shapes["mlp_feat.0.weight"][1]),
        "frequency_size": Fact(frequencies),
    }


def _uvit(shapes: Shapes, _: Questions) -> Architecture:
    rows, width = shapes["label_emb.weight"]
    return {"hidden_size": Fact(width), "num_classes": Fact(rows - 1, "rows of label_emb without the null row")}


def _audioldm(shapes: Shapes, _: Questions) -> Architecture:
    width, frequencies = shapes["time_embedding.linear_1.weight"]
    return {
        "hidden_size": Fact(width),
        "class_size": Fact(shapes["class_embedding.weight"][1]),
        "frequency_size": Fact(frequencies),
    }


FAMILIES: dict[str, Callable[[Shapes, Questions], Architecture]] = {
    "dit": _dit,
    "lightningdit": _lightningdit,
    "mdt": _mdt,
    "xmdpt": _xmdpt,
    "mdsgen": _mdsgen,
    "uvit": _uvit,
    "audioldm": _audioldm,
}
"""Family -> what reads its shapes; those of diffusers say so themselves (models/layouts.py)."""


def _transformer(shapes: Shapes, questions: Questions, depth: int, heads: Fact | None = None) -> Architecture:
    """What all families share that are sampled here; `heads` where some tensor tells them."""
    width, channels, patch, _ = shapes["x_embedder.proj.weight"]
    outputs = shapes["final_layer.linear.weight"][0]
    side = math.isqrt(shapes["pos_embed"][1])
    found = {
        "input_size": Fact(side * patch, f"pos_embed: {side} x {side} tokens"),
        "patch_size": Fact(patch),
        "in_channels": Fact(channels, "x_embedder.proj"),
        "hidden_size": Fact(width, "width of c"),
        "depth": Fact(depth),
        "num_heads": _heads(width, questions, heads),
        "learn_sigma": Fact(outputs == 2 * patch**2 * channels, f"final_layer.linear has {outputs} rows"),
    }
    inner = next((shape[0] for name, shape in sorted(shapes.items()) if name.endswith(".0.mlp.fc1.weight")), 4 * width)
    if inner != 4 * width:
        found["mlp_ratio"] = Fact(inner / width)
    if (low := shapes.get("final_layer.adaLN_modulation.2.weight")) is not None:
        found["condition_rank"] = Fact(low[1], "AdaLN is a product of two maps, as `snakemake compress` writes it")
    return found


def _heads(width: int, questions: Questions, told: Fact | None) -> Fact:
    if (given := questions.whole("heads")) is not None:
        return Fact(given, "as said with heads=")
    if told is not None:
        return told
    if width in OFFICIAL_HEADS:
        return Fact(OFFICIAL_HEADS[width], f"of the official size of width {width}; the file does not tell")
    questions.ask("heads", "N", f"attention heads, a divisor of the width {width}; no tensor tells them")
    return Fact(1)


def _biased_heads(shapes: Shapes, blocks: str) -> Fact:
    return Fact(shapes[f"{blocks}.0.attn.rel_pos_bias.relative_position_bias_table"][1], "table of relative positions")


def _classes(shapes: Shapes, questions: Questions, null: bool = False) -> Architecture:
    """`num_classes`, and for tables that may lack it whether there is a null row (`null`: there always is)."""
    rows = shapes["y_embedder.embedding_table.weight"][0]
    given = questions.whole("classes")
    if given is None:
        given = rows if rows in ROUND and not null else rows - 1
    if given == rows and not null:
        return {"num_classes": Fact(rows, f"y_embedder has {rows} rows"), "null_class": Fact(False, "and none for no class")}
    return {"num_classes": Fact(given, f"y_embedder has {rows} rows, the last for no class")}


def _count(shapes: Shapes, blocks: str) -> int:
    """How many blocks there are under a name."""
    return len({name.split(".")[1] for name in shapes if name.startswith(f"{blocks}.")})
