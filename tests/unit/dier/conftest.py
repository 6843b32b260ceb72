"""A tiny data set and a tiny run, trained once for all tests of this folder."""

import numpy as np
import pytest

from semantic_bottleneck.data.images import LabelledImages
from semantic_bottleneck.dier.run import DierRun
from semantic_bottleneck.study.dier_settings import run_settings
from semantic_bottleneck.study.validation import CONFIG, load_schema, validated

CLASSES = 4
SCHEMA = load_schema(CONFIG / "schemas/study.schema.yaml")["$defs"]["dier_settings"]


def bars(count: int, seed: int) -> LabelledImages:
    """8x8 pictures of one bright bar (row pair = class) of random brightness on a noisy ground."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    images = rng.normal(-0.8, 0.1, (count, 1, 8, 8)).astype(np.float32)
    for image, label in zip(images, labels, strict=True):
        image[0, 2 * label : 2 * label + 2] += rng.uniform(0.8, 1.6)
    return LabelledImages(images, labels, tuple("abcd"))


@pytest.fixture(scope="session")
def data() -> LabelledImages:
    return bars(240, 0)


def settings(**changed):
    small = {"size": "nano", "patch_size": 4, "embedding": 4, "steps": 12, "batch_size": 16, "warmup_steps": 2}
    given = small | {"learning_rate": 3e-3, "ema_decay": 0.9} | changed
    return run_settings(validated(given, SCHEMA, "the test"))


def new_run(data: LabelledImages, seed: int = 0, **changed) -> DierRun:
    return DierRun(settings(**changed), data.images, data.labels, CLASSES, seed)


@pytest.fixture(scope="session")
def trained(data) -> DierRun:
    run = new_run(data, steps=300, learning_rate=5e-3, batch_size=32)
    while run.step < run.settings.steps:
        run.update()
    return run
