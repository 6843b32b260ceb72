from dataclasses import replace

import pytest

from semantic_bottleneck.reporting.paper.protocols import INCEPTION, protocol_footnotes
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.page_facts import report_facts
from semantic_bottleneck.study.validation import load_yaml
from tests.unit.reporting.conftest import PUBLISHED

ROOT = PUBLISHED.parents[2]


def footnotes(study, metrics=("fid", "precision", "clip_score"), **changes):
    return " ".join(protocol_footnotes(replace(study, **changes), metrics))


def test_a_study_trained_here_names_its_judges_its_data_and_the_null_vector(inputs):
    protocol = {"labels": "balanced", "null_kept": [], "data": "digits", "protocol": None, "reference": None}
    text = footnotes(inputs.files.study, protocol=protocol)
    assert "a classifier trained on this study's data" in text
    assert "Reference set: every image of the data set digits." in text
    assert "k = 3" in text
    assert "Classes are balanced" in text
    assert "the null vector is pruned by the same rule as the class's." in text
    assert "k = 3" not in footnotes(inputs.files.study, ("fid",), protocol=protocol)


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("adm", "consecutive splits of 5,000"),
        ("torch-fidelity", "ten random"),
        ("pytorch-fid", "half-pixel"),
        (None, "ten random"),
    ],
)
def test_each_protocol_says_its_resize_and_its_splits(inputs, name, splits):
    reference = {"kind": "adm-npz", "url": "https://example.org/ref/VIRTUAL_imagenet256_labeled.npz", "images": 10000}
    protocol = {"protocol": name, "reference": reference, "labels": "random", "null_kept": ["a-b"], "prompt": "a photo of a {}"}
    text = footnotes(inputs.files.study, extractor="inception", clip="openai-vit-b-32", protocol=protocol)
    assert INCEPTION[name or "torch-fidelity"] in text
    assert splits in text
    assert "VIRTUAL_imagenet256_labeled.npz; 10,000 of its images for KID, precision and recall." in text
    assert "“a photo of a {}”" in text
    assert "Classes are drawn at random" in text
    assert "except in a-b" in text


@pytest.mark.parametrize("file", ["config/config.yaml", "config/miniature.yaml", "config/nano.yaml"])
def test_every_study_describes_its_protocol(inputs, file):
    study = load_study(load_yaml(ROOT / file), ROOT)
    described = report_facts(study)["config"]
    text = footnotes(
        inputs.files.study, extractor=described["extractor"], clip=described["clip"], protocol=described["protocol"]
    )
    assert "Classes are balanced" in text
    assert ("study-cnn" in text) == (described["extractor"] == "study-cnn")
