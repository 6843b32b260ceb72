"""The cards of the study atlas: every layout that a card can be of, with what nobody could check."""

import pytest

from semantic_bottleneck.models.layouts import LAYOUTS
from semantic_bottleneck.study.cards import SCHEMA, load_card
from semantic_bottleneck.study.validation import load_schema, load_yaml
from tests.workflow.project import ROOT

STUDY = load_yaml(ROOT / "config/atlas.yaml")


def test_every_layout_that_a_card_can_be_of_has_one():
    families = {load_card(ROOT / f"config/models/{model}.yaml")["family"] for model in STUDY["models"]}
    known = load_schema(SCHEMA)["properties"]["family"]["enum"]
    assert set(LAYOUTS) & set(known) <= families
    assert STUDY["tables"]["atlas"]["models"] == STUDY["models"]


@pytest.mark.parametrize("model", STUDY["models"])
def test_what_nobody_could_open_is_said(model):
    card = load_card(ROOT / f"config/models/{model}.yaml")
    assert card["checkpoint"]["files"][0]["sha256"] or card["unverified"]
