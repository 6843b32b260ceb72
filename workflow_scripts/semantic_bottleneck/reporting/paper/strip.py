"""The strip of pictures on the report's first screen: unpruned samples, and the same labels and noise with c pruned."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.facts import BASELINE
from semantic_bottleneck.reporting.core.inputs import read_images
from semantic_bottleneck.reporting.core.wording import variant_title
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

PICTURES = 8
"""Samples of each variant."""
SIDE = 96
"""Pixels of width and height above which a picture is made smaller, so that the page stays small."""


@dataclass(frozen=True)
class Strip:
    """Pictures of one model as data URIs, in the same order everywhere.

    Attributes:
        title: of the model.
        labels: of the samples.
        baseline: unpruned. pruned: title of a variant -> its pictures.
        small: were they shown at their own size, so that enlarging must not blur them?
    """

    title: str
    labels: Sequence[int]
    baseline: Sequence[str]
    pruned: Mapping[str, Sequence[str]]
    small: bool


def read_strip(evidence: PaperEvidence) -> Strip | None:
    """The first PICTURES samples of the first model under `variant_names`; None without a baseline or a pruned variant."""
    names = dict(zip(evidence.variant_names, evidence.images, strict=True))
    if BASELINE not in names or len(names) < 2:
        return None
    model = evidence.run[0]
    samples = evidence.samples or np.sort(parquet.read(names[BASELINE], ["sample"])["sample"]).tolist()
    read = {name: read_images([path], samples[:PICTURES]) for name, path in names.items()}
    variants = evidence.variants[evidence.variants["model"] == model]
    titles = {row["variant"]: variant_title(row) for _, row in variants.iterrows()}
    pixels, labels = read[BASELINE]
    return Strip(
        evidence.facts.title(model),
        labels.tolist(),
        [_picture(image) for image in pixels],
        {titles[name]: [_picture(image) for image in read[name][0]] for name in names if name != BASELINE},
        max(pixels.shape[1:3]) <= SIDE,
    )


def _picture(image: np.ndarray) -> str:
    """uint8 (H, W, 1 or 3) -> a PNG as data URI, at most SIDE pixels wide and high."""
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
