"""Whose AdaLN is timed."""

from semantic_bottleneck.study.cards import load_card


def timed_card(wildcards):
    """The architecture whose AdaLN is timed: the official one that a model trained here stands for, else its own."""
    own, official = STUDY.card(wildcards.model), STUDY.model(wildcards.model).paper.compares_with
    timed = refusing(load_card)(ROOT / f"config/models/{official}.yaml") if official else own
    return {key: timed[key] for key in ("name", "family", "architecture")}
