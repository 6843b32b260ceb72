"""How the images of a table were made and judged, in sentences for its footnotes.

Sources: docs/sources/evaluation.md, sections 1 and 2 (torch-fidelity), docs/sources/sit_family.md, section 8 (rounding),
docs/sources/mdt_lightningdit_uvit.md, sections 6 and 7 (LightningDiT's script, the ADM evaluator). What a number was computed
with in detail stands in its `method`; here stands the convention.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.reporting.core.facts import ReportFacts

STUDY_NETWORK = (
    "Images are judged by study-cnn, a classifier trained on this study's data: its penultimate layer for FID, KID, precision "
    "and recall, its logits for IS and class agreement; images keep their own size"
)
INCEPTION = {
    "torch-fidelity": "Scores follow protocol torch-fidelity: Inception-v3 of 2015 as torch-fidelity ports it, images resized "
    "to 299 by TensorFlow 1's bilinear rule (no half-pixel shift, no antialiasing); IS on logits without bias, in ten random "
    "(shuffled) splits and in one",
    "adm": "Scores follow protocol adm: Inception-v3 of 2015 (TensorFlow's weights), images resized to 299 by TensorFlow 1's "
    "bilinear rule (no half-pixel shift, no antialiasing) as the ADM evaluator does; IS on logits without bias, in consecutive "
    "splits of 5,000 in sample order, in ten random (shuffled) splits and in one",
    "pytorch-fid": "Scores follow protocol pytorch-fid: Inception-v3 of 2015 with pytorch-fid's resize to 299 (bilinear with "
    "half-pixel centres, no antialiasing), as in LightningDiT's script; IS in ten random (shuffled) splits and in one",
}
"""Values of `evaluation.protocol`; a configuration without the key means torch-fidelity."""
NEIGHBOURS = (
    "Precision and recall: k = 3; a sample counts for precision when it lies in the ball of a reference image, whose radius "
    "is the distance to that image's third neighbour in its own set; recall swaps the sets"
)
TEXTS = {
    "study-clip": "The CLIP score is 100 times the mean cosine, by study-clip, trained on this study's data and captions",
    "openai-vit-b-32": "The CLIP score is 100 times the mean cosine, by OpenAI's ViT-B/32 through open_clip",
}
OWN_PROTOCOLS = {
    "table7": (
        "SSIM, LPIPS and PSNR compare each picture with the true picture of its pair by the options of PIDM, whose code "
        "X-MDPT builds on, except that PIDM drops the last incomplete batch and here every pair counts; FID compares with "
        "the training pictures. Which and how many pairs the paper measured it does not say, and FID depends on their number.",
    )
}
"""Tables that do not follow the study's evaluation protocol, and what they follow."""
NEIGHBOUR_SCORES = frozenset({"precision", "recall", "density", "coverage"})


def protocol_footnotes(facts: ReportFacts, metrics: Iterable[str]) -> list[str]:
    """Sentences on network, resize, splits, neighbours, reference set, labels and guidance, as far as `metrics` need them."""
    metrics, evaluation = set(metrics), facts.protocol
    if not evaluation:
        return []
    sentences = [_network(facts.extractor, evaluation), _reference(evaluation)]
    if metrics & NEIGHBOUR_SCORES:
        sentences.append(NEIGHBOURS)
    if "clip_score" in metrics and facts.clip:
        prompt = f"; text: “{evaluation['prompt']}”" if evaluation.get("prompt") and facts.clip != "study-clip" else ""
        sentences.append(TEXTS.get(facts.clip, f"The CLIP score is 100 times the mean cosine, by {facts.clip}") + prompt)
    if {"fd_dinov2", "fd_dinov2_infinity"} & metrics and evaluation.get("dinov2"):
        sentences.append(f"FD-DINOv2 is the Fréchet distance on features of {evaluation['dinov2']}")
    sentences.append(_classes(evaluation))
    return [f"{sentence}." for sentence in sentences if sentence]


def _network(extractor: str, evaluation: Mapping[str, Any]) -> str:
    if extractor == "study-cnn":
        return STUDY_NETWORK
    return INCEPTION[evaluation.get("protocol") or "torch-fidelity"]


def _reference(evaluation: Mapping[str, Any]) -> str:
    """What the samples are compared with; the number of images that entered pair scores stands in their method."""
    reference = evaluation.get("reference")
    if not reference:
        return f"Reference set: every image of the data set {evaluation['data']}" if evaluation.get("data") else ""
    if isinstance(reference, str):
        return f"Reference statistics: {reference}"
    source = redacted(str(reference.get("url") or reference.get("path", ""))).rpartition("/")[2]
    images = reference.get("images", 0)
    if reference["kind"] == "images":
        return f"Reference set: images of {source}"
    beside = f"; {images:,} of its images for KID, precision and recall" if images and reference["kind"] == "adm-npz" else ""
    return f"Reference statistics of FID (and sFID): {source}{beside}"


def _classes(evaluation: Mapping[str, Any]) -> str:
    labels = {"balanced": "Classes are balanced: equally many samples of each", "random": "Classes are drawn at random"}
    clauses = [labels[evaluation["labels"]]] if evaluation.get("labels") in labels else []
    if "null_kept" in evaluation:
        kept = evaluation["null_kept"]
        pruned = "under guidance the null vector is pruned by the same rule as the class's"
        clauses.append(pruned + (f", except in {', '.join(kept)}" if kept else ""))
    return "; ".join(clauses)
