"""A model card with some keys changed: what the trainings of one study differ in. Runs in the Snakefile."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.cards import load_card

CHANGEABLE = ("training", "architecture")


def changed_card(
    variant: Mapping[str, Any], earlier: Mapping[str, Any], common: Mapping[str, Any], root: Path, where: str, everywhere: str
) -> dict[str, Any]:
    """The card that a variant starts from with its changes made, not yet validated; its name is that of where it starts.

    Args:
        variant: `of`, a card (config/models/<of>.yaml below `root`) or an earlier variant, and `set`, dotted keys and values.
        earlier: earlier variant -> its card.
        common: changes to every card that is no earlier variant's.
        where, everywhere: what sentences call the variant and the common changes.

    Raises:
        UserError: it starts from something unknown or untrained, or changes what no card can have there.
    """
    if variant["of"] in earlier:
        card = deepcopy(dict(earlier[variant["of"]]))
    else:
        try:
            card = deepcopy(load_card(root / f"config/models/{variant['of']}.yaml"))
        except UserError as error:
            raise UserError(f"{where}.of is neither an earlier variant nor a card: {error}") from None
        if "training" not in card:
            raise UserError(f"{where}: {variant['of']} is not trained here; start from a card with a `training` section.")
        for path, value in common.items():
            _change(card, path, value, everywhere)
    for path, value in variant["set"].items():
        _change(card, path, value, where)
    card["name"] = variant["of"] if variant["of"] not in earlier else "variant"
    return card


def _change(card: dict[str, Any], path: str, value: Any, where: str) -> None:
    *parents, last = path.split(".")
    if not parents or parents[0] not in CHANGEABLE:
        raise UserError(f"{where} sets '{path}'; only keys below {' and '.join(CHANGEABLE)} can be changed.")
    place = card
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise UserError(f"{where} sets '{path}', but {parent} holds a value and no keys; correct the name.")
    place[last] = deepcopy(value)
