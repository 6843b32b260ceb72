"""In words: the guidance and the steps at which a variant of the table `localisation` was sampled."""

from semantic_bottleneck.study.localisation import GUIDANCE, LATE, OWN

TITLES = {OWN: "the card's guidance", LATE: "the last steps alone", f"{GUIDANCE}1": "unguided"}


def setting_title(name: str) -> str:
    """`guidance 4` from a setting's name."""
    return TITLES.get(name, name.replace("-", " "))
