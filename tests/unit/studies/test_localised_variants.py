"""The variants that change one part of every vector at a time: which part, how, and at which guidance."""

from dataclasses import replace

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.localisation import BASELINE, COMPARED, DEFAULTS, OWN, REPEATED, Localisation, prunings
from semantic_bottleneck.study.pruning import Pruning
from semantic_bottleneck.study.validation import load_schema
from tests.sections import STUDY_SCHEMA, variant_of

SECTION = Localisation.of(head=0.1, top=0.2, shoulder=0.4, shift=3, window="early", noise=(0.5, 2.0))
VARIANTS = SECTION.variants(variant_of({}))
HEAD, TOP, SHOULDER, TAIL = [0.0, 0.1], [0.0, 0.2], [0.1, 0.4], [0.4, 1.0]
MEAN, OTHER = {"replacement": "class-mean"}, {"replacement": "other-class", "shift": 3}
RANDOM, SHARED = {"side": "random", "like": "ranks"}, {"mask": "shared"}
CHANGED = {
    "head-mean": (HEAD, MEAN),
    "top-mean": (TOP, MEAN),
    "shoulder-mean": (SHOULDER, MEAN),
    "tail-mean": (TAIL, MEAN),
    "lower-mean": ([0.2, 1.0], MEAN),
    "rest-mean": ([0.1, 1.0], MEAN),
    "head-zero": (HEAD, {}),
    "tail-zero": (TAIL, {}),
    "top-mean-random": (TOP, MEAN | RANDOM),
    "shoulder-mean-random": (SHOULDER, MEAN | RANDOM),
    "tail-mean-random": (TAIL, MEAN | RANDOM),
    "shoulder-mean-shared": (SHOULDER, MEAN | SHARED),
    "tail-zero-shared": (TAIL, SHARED),
    "head-other": (HEAD, OTHER),
    "shoulder-other": (SHOULDER, OTHER),
    "tail-other": (TAIL, OTHER),
    "head-other-shared": (HEAD, OTHER | SHARED),
    "shoulder-other-shared": (SHOULDER, OTHER | SHARED),
    "tail-other-shared": (TAIL, OTHER | SHARED),
    "varied-mean": ([0.0, 0.25], MEAN | {"ranked_by": "class-variance"}),
    **{
        f"{part}-noise-{size:g}": (ends, {"noise": size})
        for size in (0.5, 2.0)
        for part, ends in {"head": HEAD, "shoulder": SHOULDER, "tail": TAIL, "all": [0.0, 1.0]}.items()
    },
}
"""Name -> the part of c, by descending |c|, and what differs from zeros there by each vector's own ranks."""


def test_the_baseline_comes_first_and_changes_nothing():
    assert list(VARIANTS) == [BASELINE, *CHANGED]
    assert VARIANTS[BASELINE] == variant_of({})
    typed = prunings(VARIANTS)
    assert typed.pop(BASELINE) is None
    assert all(isinstance(pruning, Pruning) for pruning in typed.values())


@pytest.mark.parametrize("name", CHANGED)
def test_each_variant_changes_its_part_of_the_conditional_vector_alone(name):
    ends, keys = CHANGED[name]
    common = {"side": "ranks", "window": "early", "branch": "conditional", "ranks": ends}
    assert VARIANTS[name] == variant_of({}) | common | keys


def test_defaults_are_those_of_a_study_and_unknown_keys_are_named():
    section = load_schema(STUDY_SCHEMA)["properties"]["localisation"]["properties"]
    assert {key: schema["default"] for key, schema in section.items()} == DEFAULTS | {"noise": [], "guidance": []}
    assert Localisation.of() == Localisation(**DEFAULTS)
    with pytest.raises(UserError, match="no key tail, top-share; it has samples, window, head"):
        Localisation.of(**{"tail": 0.5, "top-share": 1, "head": 0.1})


def test_parts_follow_one_another_as_the_documentation_counts_them():
    """Of 256 dimensions (docs/localisation.md)."""
    parts = Localisation.of().parts
    counts = {name: (256 * first + 1, 256 * last) for name, (first, last) in parts.items()}
    assert counts == {
        "head": (1, 8),
        "top": (1, 26),
        "shoulder": (9, 87),
        "tail": (88, 256),
        "lower": (27, 256),
        "rest": (9, 256),
    }


def test_a_guided_model_has_other_guidances_and_late_variants_end_at_the_last_steps():
    section = replace(SECTION, guidance=(1.0, 4.0), late=True)
    settings = section.settings(variant_of({}), 1.5)
    assert list(settings) == [OWN, "guidance-1", "guidance-4", "late"]
    assert [each["guidance"] for each in settings.values()] == [None, 1.0, 4.0, None]
    assert settings[OWN]["variants"] == VARIANTS
    late = {name: each if name == BASELINE else each | {"window": "last"} for name, each in VARIANTS.items()}
    assert settings["late"]["variants"] == late
    assert settings["guidance-1"]["variants"] == {name: VARIANTS[name] for name in (BASELINE, *REPEATED)}
    assert list(section.settings(variant_of({}), 4.0)) == [OWN, "guidance-1", "late"]


def test_without_guidance_there_is_no_other_one():
    section = replace(SECTION, guidance=(1.0, 4.0))
    assert list(section.settings(variant_of({}), 1.0)) == [OWN]
    assert list(section.settings(variant_of({}), 1.25)) == [OWN, "guidance-1", "guidance-4"]


def test_what_is_compared_and_repeated_exists():
    assert {name for pair in COMPARED for name in pair} | {*REPEATED} <= VARIANTS.keys()
