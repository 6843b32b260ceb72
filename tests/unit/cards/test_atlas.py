"""The cards of the study atlas: every layout of diffusers, with what nobody could check."""

import pytest

from semantic_bottleneck.models.layouts import LAYOUTS
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.validation import load_yaml
from tests.workflow.project import ROOT

STUDY = load_yaml(ROOT / "config/atlas.yaml")


def test_every_layout_has_a_card():
    families = {load_card(ROOT / f"config/models/{model}.yaml")["family"] for model in STUDY["models"]}
    assert set(LAYOUTS) <= families
    assert STUDY["tables"]["atlas"]["models"] == STUDY["models"]


@pytest.mark.parametrize("model", STUDY["models"])
def test_what_nobody_could_open_is_said(model):
    card = load_card(ROOT / f"config/models/{model}.yaml")
    assert card["checkpoint"]["files"][0]["sha256"] or card["unverified"]
