"""Rule embed_reference: the real images and the class captions as the judges see them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck import parquet
from semantic_bottleneck.features.registry import find_extractor
from semantic_bottleneck.quantise import QUANTISERS
from semantic_bottleneck.stages.features import open_clip_model
from semantic_bottleneck.training.clip_training import captions
from semantic_bottleneck.training.data import load_images


def embed_reference(
    data: str, evaluation: Mapping, evaluators: Sequence[str], reference: str | Path, texts: str | Path, device: str
) -> None:
    """Write features of every image of the data set and one text vector per class.

    The images pass through the same 8-bit rounding as the samples do.
    """
    real = load_images(data)
    pictures = QUANTISERS["half-floor"](real.images).transpose(0, 2, 3, 1)
    samples = np.arange(len(real))
    found = find_extractor(evaluation["extractor"])(pictures, samples, evaluators[0], evaluation["batch"], device)
    parquet.write(reference, {"sample": samples, "label": real.labels, "features": found["features"]}, {"data": data})
    prompts = captions(real.class_names)
    vectors = open_clip_model(evaluation, evaluators, device).encode_texts(prompts)
    columns = {"label": np.arange(len(prompts)), "prompt": np.asarray(prompts, dtype=object), "features": vectors}
    parquet.write(texts, columns, {"data": data})
