"""Claims that set DiER beside baselines, other pictures and other rates, on numbers whose verdict is known."""

import numpy as np
import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.dier import comparisons
from semantic_bottleneck.reporting.dier.evidence import DierEvidence
from semantic_bottleneck.uncertainty.origins import Origin

TIMESTEPS = (0, 300, 500, 999)
NOISE = (-0.004, 0.001, 0.003)
RUN = {"steps": 100, "batch_size": 4, "learning_rate": 1e-3}
KINDS = {"main": "dier", "vicreg": "vicreg", "masked": "masked-autoencoder", "brief": "denoising-autoencoder"}
SETTINGS = {"main": RUN, "vicreg": RUN | {"steps": 10, "batch_size": 40}, "masked": RUN, "brief": RUN | {"steps": 10}}
RATES = {"lr-1e-5": 1e-5, "lr-1e-4": 1e-4, "lr-1e-3": 1e-3, "lr-1e-1": 1e-1}


def evidence_of(accuracy, extra=(), density=True):
    """Evidence in which `accuracy` is {(data, variant): LPA, or one for each of TIMESTEPS}."""
    rows = [
        {
            "data": data,
            "variant": variant,
            "replicate": k,
            "quantity": "lpa",
            "timestep": t,
            "detail": "",
            "value": value + NOISE[k],
        }
        for (data, variant), values in accuracy.items()
        for k in range(3)
        for t, value in (zip(TIMESTEPS, values, strict=True) if isinstance(values, tuple) else [(-1, values)])
    ]
    rows += [
        {"data": data, "variant": variant, "replicate": k, "quantity": name, "timestep": t, "detail": detail, "value": value}
        for data, variant, name, t, detail, values in extra
        for k, value in enumerate(values)
    ]
    frame = pd.DataFrame(rows).assign(low=np.nan, high=np.nan, n=100, share=np.nan, method="")
    names = {"toy": [*KINDS, *RATES], "dense": ["main"], "sparse": ["main"]}
    kinds = KINDS | dict.fromkeys(RATES, "dier")
    study = {
        "data": {name: name.title() for name in names},
        "not_run": {},
        "folded": [],
        "runs": names,
        "variants": {
            name: {"title": name, "role": "learning-rate" if name in RATES else "ablation", "kind": kind}
            for name, kind in kinds.items()
        },
        "settings": {data: SETTINGS | {name: RUN | {"learning_rate": rate} for name, rate in RATES.items()} for data in names},
        "density": {"dense": "dense", "sparse": "sparse"} if density else None,
    }
    return DierEvidence(Measures(frame.assign(origin=[Origin("some.parquet")] * len(frame))), study)


MAIN = (0.8, 0.9, 0.85, 0.8)


@pytest.mark.parametrize(
    ("vicreg", "masked", "verdict"),
    [(0.8, 0.7, "holds"), (0.9, 0.7, "does not hold"), (0.9, 0.95, "does not hold"), (0.85, 0.7, "inconclusive")],
)
def test_every_rival_of_equal_budget_must_be_beaten(vicreg, masked, verdict):
    accuracy = {("toy", "main"): MAIN, ("toy", "vicreg"): vicreg, ("toy", "masked"): masked, ("toy", "brief"): 0.99}
    evidence = evidence_of(accuracy)
    if verdict == "inconclusive":  # equal on average, apart by seed
        frame = evidence.measures.frame
        frame.loc[frame["variant"] == "vicreg", "value"] += np.array([0.01, -0.01, 0.0])
    finding = comparisons.beats_self_supervised(evidence, "toy")
    assert finding.verdict == verdict
    assert "brief" not in finding.sentence  # it saw fewer images
    assert "400 images seen" in finding.sentence
    assert comparisons.beats_self_supervised(evidence, "dense") is None


@pytest.mark.parametrize(
    ("sparse", "dense", "verdict"),
    [
        ((0.8, 0.8, 0.9, 0.8), (0.8, 0.9, 0.8, 0.8), "holds"),
        ((0.8, 0.9, 0.8, 0.8), (0.8, 0.8, 0.8, 0.9), "does not hold"),
    ],
)
def test_sparse_pictures_peak_later_or_earlier(sparse, dense, verdict):
    lit = [(data, "main", "lit_share", -1, "", (value,) * 3) for data, value in (("sparse", 0.1), ("dense", 0.4))]
    evidence = evidence_of({("sparse", "main"): sparse, ("dense", "main"): dense}, lit)
    frame = evidence.measures.frame
    jumps = (frame["data"] == "dense") & (frame["replicate"] == 2) & (frame["timestep"] == 300)
    frame.loc[jumps, "value"] += 0.05  # not all replicates alike: an interval of its own width
    finding = comparisons.sparse_later(evidence, "sparse")
    assert finding.verdict == verdict
    assert "(10 % lit)" in finding.sentence
    assert comparisons.sparse_later(evidence, "dense") is None
    assert comparisons.sparse_later(evidence_of({("sparse", "main"): sparse}, density=False), "sparse") is None


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((-0.3, -0.2, -0.25), "holds"), ((0.3, 0.2, 0.25), "does not hold"), ((0.1, -0.1, 0.0), "inconclusive")],
)
def test_the_correlation_within_classes_decides(values, verdict):
    extra = [
        ("toy", "main", "sparsity_correlation", -1, "within classes", values),
        ("toy", "main", "sparsity_correlation", -1, "all images", (-0.9, -0.9, -0.8)),
    ]
    finding = comparisons.sparser_images_later(evidence_of({("toy", "main"): MAIN}, extra), "toy")
    assert finding.verdict == verdict
    assert "−0.87" in finding.sentence


def swept(**accuracy):
    """Evidence with the accuracy of each rate; the untrained encoder has .7."""
    names = {name: accuracy.get(name.replace("-", "_"), 0.8) for name in RATES}
    extra = [
        ("toy", name, "gain_untrained", t, "", tuple(value - 0.7 + noise for noise in NOISE))
        for name, value in names.items()
        for t in TIMESTEPS
    ]
    extra += [
        ("toy", name, "cosine_similarity", 500, "v", (0.5, 0.5, np.nan if value < 0.5 else 0.5))
        for name, value in names.items()
    ]
    return evidence_of({("toy", name): (value,) * 4 for name, value in names.items()}, extra)


def test_a_rate_that_leaves_less_than_it_started_from_is_a_collapse():
    finding = comparisons.learning_rate_collapse(swept(lr_1e_1=0.1), "toy")
    assert finding.verdict == "holds"
    assert "0.1: −60.0" in finding.sentence
    assert "points (1 of 3 without a vector left)" in finding.sentence
    assert comparisons.learning_rate_collapse(swept(), "toy").verdict == "does not hold"
    assert comparisons.learning_rate_collapse(swept(lr_1e_1=0.7), "toy").verdict == "inconclusive"
    assert comparisons.learning_rate_collapse(swept(), "dense") is None


def test_the_ceiling_is_judged_at_every_rate_above_it():
    cases = {"holds": (0.6, 0.1), "does not hold": (0.9, 0.1), "inconclusive": (0.8, 0.1)}
    for verdict, (above, far_above) in cases.items():
        evidence = swept(lr_1e_5=0.2, lr_1e_3=above, lr_1e_1=far_above)
        frame = evidence.measures.frame
        frame.loc[frame["variant"] == "lr-1e-3", "value"] += frame["replicate"].map({0: 0.01, 1: -0.01, 2: 0.0})
        assert comparisons.learning_rate_ceiling(evidence, "toy").verdict == verdict
    assert comparisons.learning_rate_ceiling(evidence_of({("toy", "main"): MAIN}), "dense") is None
