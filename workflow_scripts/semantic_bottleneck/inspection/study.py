"""A study of one inspected model: the tables that its card allows, ready to run."""

from collections.abc import Mapping
from typing import Any

from semantic_bottleneck.inspection.card_text import comment, yaml_text
from semantic_bottleneck.inspection.facts import Fact, Questions

BUNDLED = {8: "digits", 16: "mnist16"}
"""Side of pictures of one channel in ten classes -> the data set that ships inside a package."""
VARIANTS: dict[str, Mapping[str, Any]] = {
    "baseline": {},
    "tail-39-every": {"side": "tail", "quantile": 0.39},
    "tail-39-last": {"side": "tail", "quantile": 0.39, "window": "last"},
    "head-10-every": {"side": "head", "quantile": 0.1},
    "random-39-every": {"side": "random", "like": "tail", "quantile": 0.39},
}
WINDOWS = ["baseline", "tail-39-every", "tail-39-last"]


def study_text(
    name: str, card: Mapping[str, Any], official_reference: Mapping[str, Any], questions: Questions
) -> tuple[str, str | None]:
    """The study's YAML, and one sentence on what keeps it from scoring samples (None: nothing).

    Args:
        card: the validated card, plain.
        official_reference: `evaluation.reference` of the paper study: ImageNet at 256 pixels.
    """
    evaluation, data, reason = _evaluation(card, official_reference, questions)
    samples = 5000 if data is None else 1000
    geometry = {"models": [name]}
    of_kind = {"class": ("table1", "table4"), "none": ("table1",)}
    tables: dict[str, Any] = dict.fromkeys(of_kind.get(card["conditioning"]["kind"], ("table5",)), Fact(geometry))
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
        "generation": Fact({"micro_batch": 100, "last_share": 0.1, "snapshots": [0.9]}),
        "evaluation": evaluation,
        "pruning": {"variants": {key: Fact(dict(value)) for key, value in VARIANTS.items()}},
        "tables": dict(sorted(tables.items())),
        "figures": {key: Fact(geometry) for key in ("figure1", "figure5", "figure6", "figure11")},
    }
    lead = [f"A study of {name}, written by `snakemake inspect`; every key: docs/config.md.", *([reason] if reason else [])]
    return comment(lead) + yaml_text(study), reason


def _evaluation(
    card: Mapping[str, Any], official_reference: Mapping[str, Any], questions: Questions
) -> tuple[dict[str, Fact], str | None, str | None]:
    """The section `evaluation`, the bundled data set if one fits, and what is missing for scores."""
    published = {"extractor": Fact("inception"), "clip": Fact("openai-vit-b-32")}
    if "sampler" not in card:
        return published, None, "Tables 2, 3 and 6 are left out: the card has no sampler."
    if card["conditioning"]["kind"] != "class":
        return published, None, "Tables 2, 3 and 6 are left out: they are of models of classes."
    architecture, decoder = card["architecture"], card["decoder"]["name"]
    if (given := questions.said("reference")) is not None:
        return published | {"reference": Fact({"kind": "images", "path": str(given)}, "as said with reference=")}, None, None
    side, classes = architecture["input_size"], architecture["num_classes"]
    if decoder == "identity" and architecture["in_channels"] == 1 and classes == 10 and side in BUNDLED:
        why = f"pictures of {side} x {side} in ten classes"
        return {"extractor": Fact("study-cnn", why), "clip": Fact("study-clip"), "groups": Fact(20)}, BUNDLED[side], None
    pixels = {"sd-vae-ft-ema": 8, "sd-vae-ft-mse": 8, "vavae-f16d32": 16}.get(decoder, 1) * side
    if classes == 1000 and pixels == 256:
        return published | {"reference": Fact(dict(official_reference), "ImageNet: 1,000 classes, 256 pixels")}, None, None
    return (
        published,
        None,
        "Tables 2, 3 and 6 compare samples with real pictures: inspect again with reference=<folder, LMDB or npz> for them.",
    )
