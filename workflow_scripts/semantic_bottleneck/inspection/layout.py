"""A layout of tensor names: what tells one kind of network from another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from semantic_bottleneck.checkpoints.headers import Shapes


@dataclass(frozen=True)
class Layout:
    """One kind of network, recognised where all of `present`, one of `either` and none of `absent` are there.

    A name that ends with `*` stands for every name that begins so. Layouts do not overlap; a test holds that.

    Attributes:
        title: what sentences call it.
        c: how it makes its conditional vector.
        family: the card's family; None where no family here makes this c.
        official: the card in config/models/ whose sampler, guidance and data this layout shares, where that does not depend
            on a convention that names and shapes cannot tell.
        axes: how many axes some tensors have, where names do not tell.
        per_condition: whether c differs between prompts or classes.
    """

    title: str
    c: str
    present: tuple[str, ...]
    absent: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    family: str | None = None
    official: str | None = None
    axes: Mapping[str, int] = field(default_factory=dict)
    per_condition: bool = True

    def matches(self, shapes: Shapes) -> bool:
        return (
            all(_has(shapes, name) for name in self.present)
            and not any(_has(shapes, name) for name in self.absent)
            and (not self.either or any(_has(shapes, name) for name in self.either))
            and all(len(shapes[name]) == count for name, count in self.axes.items())
        )


def _has(shapes: Shapes, name: str) -> bool:
    return any(each.startswith(name[:-1]) for each in shapes) if name.endswith("*") else name in shapes
