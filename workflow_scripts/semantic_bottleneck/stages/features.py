"""Rule extract_features: what the judges see in the images of a shard."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck import parquet
from semantic_bottleneck.features.clip import ImageText
from semantic_bottleneck.features.registry import find_extractor


def extract_features(
    images: str | Path, evaluation: Mapping, evaluators: Sequence[str], output: str | Path, device: str
) -> None:
    """Write features, logits and image-text features, one row per sample.

    Args:
        evaluation: extractor, clip and batch of the study.
        evaluators: the extractor's weights, then the image-text model's file (or a file of its folder).
    """
    columns = parquet.read(images)
    pictures, samples, batch = columns.pop("image"), columns["sample"], evaluation["batch"]
    found = find_extractor(evaluation["extractor"])(pictures, samples, evaluators[0], batch, device)
    found["clip"] = open_clip_model(evaluation, evaluators, device).encode_images(pictures, samples, batch)
    parquet.write(output, columns | found, parquet.read_metadata(images))


def open_clip_model(evaluation: Mapping, evaluators: Sequence[str], device: str) -> ImageText:
    """The study's own model is a folder that describes itself, a published one a single file."""
    source = Path(evaluators[1])
    return ImageText(evaluation["clip"], source.parent if source.suffix == ".json" else source, device)
