"""Plain values of a validated file as frozen dataclasses. Standard library only."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Section = TypeVar("Section")


def typed(kind: type[Section], plain: Mapping[str, Any]) -> Section:
    """`plain` as the dataclass `kind`, or as the one of its subclasses whose Literal fields hold what `plain` says.

    Nothing is filled in and no range is checked: both is done where a schema validates the file. An absent key is None.

    Raises:
        TypeError: a key is missing or unknown: the dataclass and the schema differ, or an excerpt of a file lacks a key.
    """
    meant = _meant(kind, plain)
    hints = get_type_hints(meant)
    unknown = plain.keys() - hints.keys()
    if unknown:
        raise TypeError(f"{meant.__name__} has no field {', '.join(sorted(unknown))}")
    return meant(**{name: _value(hint, plain.get(name), f"{meant.__name__}.{name}") for name, hint in hints.items()})


def required(section: Section | None) -> Section:
    """A section that a job's excerpt of a card holds, since its rule put it there.

    Raises:
        TypeError: it does not.
    """
    if section is None:
        raise TypeError("the excerpt of the card lacks this section; name it in the rule's params")
    return section


def _meant(kind: type[Section], plain: Mapping[str, Any]) -> type[Section]:
    kinds = kind.__subclasses__()
    meant = [each for each in kinds if all(plain.get(name) in values for name, values in _tags(each).items())]
    if len(meant) != bool(kinds):
        raise TypeError(f"{dict(plain)} is none of {', '.join(each.__name__ for each in kinds)}")
    return meant[0] if kinds else kind


def _value(hint: Any, plain: Any, where: str) -> Any:
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if plain is None:
        if NoneType not in kinds:
            raise TypeError(f"{where} is missing")
        return None
    if get_origin(kinds[0]) is tuple:
        return tuple(_value(get_args(kinds[0])[0], each, where) for each in plain)
    return typed(kinds[0], plain) if isinstance(kinds[0], type) and is_dataclass(kinds[0]) else plain


def _tags(kind: type) -> dict[str, tuple]:
    return {name: get_args(hint) for name, hint in get_type_hints(kind).items() if get_origin(hint) is Literal}
