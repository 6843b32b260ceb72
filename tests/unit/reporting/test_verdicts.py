import math

import pytest

from semantic_bottleneck.reporting.core import verdicts
from semantic_bottleneck.reporting.core.published import PublishedNumber
from semantic_bottleneck.reporting.core.vocabulary import interval, number, with_interval

NAN = math.nan
COSINE = PublishedNumber(0.9946, 0.00005, "")
FID = PublishedNumber(7.1694, 0.00005, "")


@pytest.mark.parametrize(
    ("metric", "value", "low", "high", "published", "options", "verdict"),
    [
        ("cosine_similarity", 0.99464, NAN, NAN, COSINE, {}, verdicts.REPRODUCED),
        ("cosine_similarity", 0.9947, NAN, NAN, COSINE, {}, verdicts.CLOSE),
        ("cosine_similarity", 0.9890, NAN, NAN, COSINE, {}, verdicts.DIFFERS),
        ("fid", 7.25, 7.1, 7.4, FID, {"n": 5000, "published_n": 5000}, verdicts.REPRODUCED),
        ("fid", 7.25, 7.2, 7.3, FID, {"n": 5000, "published_n": 5000}, verdicts.CLOSE),
        ("fid", 7.5, 7.4, 7.6, FID, {"n": 5000, "published_n": 5000}, verdicts.DIFFERS),
        ("fid", 1.42, 1.41, 1.43, FID, {"n": 50000, "published_n": 5000}, verdicts.OTHER_SIZE),
        (
            "clip_score",
            29.7,
            29.6,
            29.8,
            PublishedNumber(29.746, 0.0005, ""),
            {"n": 9, "published_n": 5000},
            verdicts.REPRODUCED,
        ),
        ("fid", 7.1694, NAN, NAN, FID, {"same_model": False}, verdicts.OTHER_MODEL),
        ("fid", NAN, NAN, NAN, FID, {}, verdicts.NOT_RUN),
        ("fid", 7.0, NAN, NAN, None, {}, verdicts.UNPUBLISHED),
        # Ends belong to it: of the interval, of what rounds to the published number, of what is close.
        ("fid", 7.5, 7.1694, 7.8, FID, {}, verdicts.REPRODUCED),
        ("fid", 7.0, 6.8, 7.1694, FID, {}, verdicts.REPRODUCED),
        ("cosine_similarity", 0.99465, NAN, NAN, COSINE, {}, verdicts.REPRODUCED),
        ("cosine_similarity", 0.99466, NAN, NAN, COSINE, {}, verdicts.CLOSE),
        ("cosine_similarity", 0.005, NAN, NAN, PublishedNumber(0.0, 0.0, ""), {}, verdicts.CLOSE),
        ("fid", 7.1694, NAN, NAN, FID, {"published_n": 5000}, verdicts.REPRODUCED),
    ],
)
def test_against_published(metric, value, low, high, published, options, verdict):
    options = {"same_model": True} | options
    assert verdicts.against_published(metric, value, low, high, published, **options) == verdict


@pytest.mark.parametrize(
    ("metric", "difference", "low", "high", "verdict"),
    [
        ("fid", -0.01, -0.02, 0.001, verdicts.NOISE),
        ("fid", -0.01, -0.02, -0.001, verdicts.BETTER),
        ("fid", 0.01, 0.001, 0.02, verdicts.WORSE),
        ("fid", 0.01, 0.0, 0.02, verdicts.NOISE),
        ("fid", -0.01, -0.02, 0.0, verdicts.NOISE),
        ("inception_score", -0.5, -0.6, -0.4, verdicts.WORSE),
        ("class_agreement", 0.5, 0.4, 0.6, verdicts.BETTER),
        ("fid", 0.5, NAN, NAN, ""),
        ("removed_dimensions", 5.0, 4.0, 6.0, ""),
    ],
)
def test_against_baseline(metric, difference, low, high, verdict):
    assert verdicts.against_baseline(metric, difference, low, high) == verdict


def test_numbers_show_what_their_interval_allows():
    assert with_interval("fid", 7.16937, 7.05, 7.29) == "7.17 [7.05 to 7.29]"
    assert with_interval("fid", 7.16937, NAN, NAN) == "7.1694"
    assert with_interval("class_agreement", 0.964, 0.951, 0.977) == "96.4 % [95.1 to 97.7]"
    assert number("class_agreement", -0.002, signed=True) == "−0.20 pp"
    assert number("fid", NAN) == "—"
    assert number("fid", math.inf) == "∞"
    assert number("an unlisted metric", 1.5) == "1.5000"
    assert interval("fid", NAN, 1.0) == ""
