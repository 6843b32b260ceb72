"""A study of one inspected model: the tables that its card allows, ready to run."""

from collections.abc import Mapping
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.card_text import comment, yaml_text
from semantic_bottleneck.inspection.facts import Fact, Questions
from semantic_bottleneck.study.bundled import bundled

BUNDLED = {8: "digits", 16: "mnist16"}
"""Side of pictures of one channel in ten classes -> the data set that ships inside a package."""
FACTORS = {"sd-vae-ft-ema": 8, "sd-vae-ft-mse": 8, "vavae-f16d32": 16}
"""Decoder -> pixels along the side of a latent."""
VARIANTS: dict[str, Mapping[str, Any]] = {
    "baseline": {},
    "tail-39-every": {"side": "tail", "quantile": 0.39},
    "tail-39-last": {"side": "tail", "quantile": 0.39, "window": "last"},
    "head-10-every": {"side": "head", "quantile": 0.1},
    "random-39-every": {"side": "random", "like": "tail", "quantile": 0.39},
}
WINDOWS = ["baseline", "tail-39-every", "tail-39-last"]


def study_text(
    name: str,
    card: Mapping[str, Any],
    autoencoder: Mapping[str, Any],
    official_reference: Mapping[str, Any],
    questions: Questions,
) -> tuple[str, str | None]:
    """The study's YAML, and one sentence on what keeps it from scoring samples (None: nothing).

    Args:
        card: the validated card, plain.
        autoencoder: values of the one that its pipeline has (vae/config.json); empty for others.
        official_reference: `evaluation.reference` of the paper study: ImageNet at 256 pixels.

    Raises:
        UserError: the data set that was said to be the reference shows another number of classes.
    """
    evaluation, data, reason = _evaluation(card, autoencoder, official_reference, questions)
    kind = card["conditioning"]["kind"]
    samples = 5000 if data is None and kind == "class" else 1000
    geometry = {"models": [name]}
    of_kind = {"class": ("table1", "table4"), "none": ("table1",), "pipeline": ("table1",)}
    tables: dict[str, Any] = dict.fromkeys(of_kind.get(kind, ("table5",)), Fact(geometry))
    if reason is None:
        tables |= {
            "table2": Fact({"models": [name], "variants": list(VARIANTS)}),
            "table3": Fact({"models": [name], "variants": WINDOWS}),
            "table6": Fact({"models": [name], "variants": WINDOWS}),
        }
    study: dict[str, Any] = {
        "study": Fact(name),
        "seed": Fact(0),
        "samples": Fact(samples, "of each variant; the paper has 5,000, five per class"),
        **({"data": Fact(data, "what judges learn from and samples are compared with")} if data else {}),
        "models": Fact([name]),
        "conditions": Fact({"timesteps": 11}),
        "generation": Fact({"micro_batch": 100 if kind == "class" else 10, "last_share": 0.1, "snapshots": [0.9]}),
        "evaluation": evaluation,
        "pruning": {"variants": {key: Fact(dict(value)) for key, value in VARIANTS.items()}},
        "tables": dict(sorted(tables.items())),
        "figures": {key: Fact(geometry) for key in ("figure1", "figure5", "figure6", "figure11")},
    }
    lead = [f"A study of {name}, written by `snakemake inspect`; every key: docs/config.md.", *([reason] if reason else [])]
    return comment(lead) + yaml_text(study), reason


def _evaluation(
    card: Mapping[str, Any], autoencoder: Mapping[str, Any], official_reference: Mapping[str, Any], questions: Questions
) -> tuple[dict[str, Fact], str | None, str | None]:
    """The section `evaluation`, the bundled data set if one fits, and what is missing for scores."""
    published = {"extractor": Fact("inception"), "clip": Fact("openai-vit-b-32")}
    conditioning = card["conditioning"]
    if "sampler" not in card:
        return published, None, "Tables 2, 3 and 6 are left out: the card has no sampler."
    if conditioning["kind"] not in ("class", "pipeline"):
        return published, None, "Tables 2, 3 and 6 are left out: they are of models of classes."
    channels, side = _pictures(card, autoencoder)
    classes, given = conditioning.get("classes"), questions.said("reference")
    data = bundled(None if given is None else str(given))
    if data and classes not in (None, data["num_classes"]):
        raise UserError(
            f"--config reference={given}: it shows {data['num_classes']} classes and the model {classes}; name others."
        )
    if data:
        return _judged_here("as said with reference="), str(given), None
    if given is not None:
        return published | {"reference": Fact({"kind": "images", "path": str(given)}, "as said with reference=")}, None, None
    if channels == 1 and classes == 10 and side in BUNDLED:
        return _judged_here(f"pictures of {side} x {side} in ten classes"), BUNDLED[side], None
    named = conditioning.get("prompts", {}).get("names") == "imagenet"
    if (classes == 1000 or named) and side == 256:
        return published | {"reference": Fact(dict(official_reference), "ImageNet: 1,000 classes, 256 pixels")}, None, None
    return (
        published,
        None,
        "Tables 2, 3 and 6 compare samples with real pictures: inspect again with reference=<folder, LMDB or npz> for them.",
    )


def _judged_here(why: str) -> dict[str, Fact]:
    """By networks that learn from a bundled data set."""
    return {"extractor": Fact("study-cnn", why), "clip": Fact("study-clip"), "groups": Fact(20)}


def _pictures(card: Mapping[str, Any], autoencoder: Mapping[str, Any]) -> tuple[int, int]:
    """Channels and side of what samples are decoded to."""
    architecture, decoder = card["architecture"], card["decoder"]["name"]
    side = architecture["input_size"]
    if autoencoder:
        return autoencoder.get("out_channels", 3), 2 ** (len(autoencoder["block_out_channels"]) - 1) * side
    return architecture["in_channels"] if decoder == "identity" else 3, FACTORS.get(decoder, 1) * side
