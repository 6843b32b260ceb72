"""Extractors by the name the configuration gives them; each is imported on demand."""

import importlib
from collections.abc import Callable

import numpy as np

from semantic_bottleneck.errors import UserError

EXTRACTORS = {
    "study-cnn": "semantic_bottleneck.features.study_cnn:extract",
    "inception": "semantic_bottleneck.features.inception:extract",
}


def find_extractor(name: str) -> Callable[..., dict[str, np.ndarray]]:
    """The function extract(images, samples, weights, batch, device) -> {features, logits, ...} of an extractor.

    Raises:
        UserError: unknown name.
    """
    if name not in EXTRACTORS:
        raise UserError(f"evaluation.extractor '{name}' is not known; choose one of {', '.join(sorted(EXTRACTORS))}.")
    module, function = EXTRACTORS[name].split(":")
    return getattr(importlib.import_module(module), function)
