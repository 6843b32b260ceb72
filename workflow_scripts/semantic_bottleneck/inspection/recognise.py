"""Which network a checkpoint holds, and where in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from semantic_bottleneck.checkpoints.headers import Headers, Shapes
from semantic_bottleneck.checkpoints.listing import listing
from semantic_bottleneck.checkpoints.wrappers import own_names
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.diffusers_layouts import DIFFUSERS_LAYOUTS
from semantic_bottleneck.inspection.layout import Layout
from semantic_bottleneck.inspection.official_layouts import OFFICIAL_LAYOUTS
from semantic_bottleneck.inspection.strangers import stranger

LAYOUTS = (*OFFICIAL_LAYOUTS, *DIFFUSERS_LAYOUTS)
AVERAGED = "ema"
"""What names of averaged weights hold, which are sampled from."""


@dataclass(frozen=True)
class Recognised:
    """A network in a file: its layout, the outer key and prefix it lies under, and its shapes by the network's own names."""

    layout: Layout
    outer: str
    prefix: str
    shapes: Shapes


def recognise(headers: Headers, file: str) -> Recognised:
    """The first network that a layout fits: averaged weights before others, bare names before prefixed ones.

    Raises:
        UserError: no layout fits; one sentence says what the file looks like.
    """
    trees = headers.state_dicts
    for outer in sorted(trees, key=lambda outer: (AVERAGED not in outer.lower(), outer != "")):
        for prefix in _prefixes(trees[outer]):
            shapes = {name: trees[outer][names[0]] for name, names in own_names(trees[outer], prefix).items()}
            layout = layout_of(shapes)
            if layout is not None:
                return Recognised(layout, outer, prefix, shapes)
    largest = max(trees.values(), key=len)
    what = stranger(largest)
    if what is None:
        begin = listing(dict.fromkeys(name.partition(".")[0] for name in largest))
        what = f"no network that is known here ({len(largest)} tensors, whose names begin with {begin})"
    raise UserError(f"{file} is no diffusion transformer with a conditional vector: it looks like {what}.")


def layout_of(shapes: Shapes) -> Layout | None:
    """The layout of tensors under a network's own names; None where none fits."""
    return next((layout for layout in LAYOUTS if layout.matches(shapes)), None)


def _prefixes(names: Mapping[str, object]) -> Iterator[str]:
    """No prefix, and what stands before names that layouts ask for, averaged weights first, then the shortest."""
    yield ""
    wanted = {name for layout in LAYOUTS for name in layout.present if not name.endswith("*")}
    found = {
        name[: -len(tail)]
        for name in names
        for tail in (name.split(".", part)[-1] for part in range(1, 4))
        if tail in wanted and tail != name
    }
    yield from sorted(found, key=lambda prefix: (AVERAGED not in prefix, len(prefix)))
