"""Which time runs through a network with DiT's names: DiT's, SiT's, REPA's or MG's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from semantic_bottleneck.checkpoints.headers import Shapes
from semantic_bottleneck.inspection.facts import Questions

CONVENTIONS = {
    "dit": "noise prediction, whole steps 999 to 0",
    "sit": "velocity, noise at t = 0",
    "repa": "velocity, noise at t = 1, guided",
    "mg": "velocity, noise at t = 1, guidance trained in",
}
"""Card of config/models/ whose times, sampler and guidance apply -> what they are."""


@dataclass(frozen=True)
class Convention:
    """A key of CONVENTIONS, the evidence, and whether it is too thin to go unmentioned.

    `scaled` says that a flow model was trained with t times 1,000.
    """

    name: str
    why: str
    thin: bool = False
    scaled: bool = False


def convention_of(
    shapes: Shapes, learn_sigma: bool, scale: str | None, addresses: Sequence[str], questions: Questions
) -> Convention:
    """The convention that was said, else the one that tensors, weights or, last, the file's name leave; asked for otherwise.

    Args:
        learn_sigma: the network has variance channels.
        scale: what `time_scale` found.
    """
    thousand = scale == "thousand"
    said = questions.choice("convention", tuple(CONVENTIONS))
    if said is not None:
        return Convention(said, "as said with convention=", scaled=thousand and said != "dit")
    if "projectors.0.0.weight" in shapes:
        return Convention("repa", "projectors.*: only REPA trains them", scaled=thousand)
    left = ["dit", "sit"] if learn_sigma else list(CONVENTIONS)
    if scale == "unit":
        left.remove("dit")
    if thousand and learn_sigma:
        left.remove("sit")
    channels = "variance channels" if learn_sigma else "no variance channels"
    trained = {"unit": "times in 0..1", "thousand": "times up to 1,000", None: "no trace of its times"}[scale]
    if len(left) == 1:
        return Convention(left[0], f"{channels}, and the timestep embedder's first layer was trained on {trained}")
    named = _named(addresses)
    if named in left:
        return Convention(named, "read off the file's name", thin=True, scaled=thousand and named != "dit")
    example = " or ".join(left)
    questions.ask("convention", left[0], f"{example}: {channels} and {trained} leave these; see docs/inspect.md")
    return Convention(left[0], "")


def _named(addresses: Sequence[str]) -> str | None:
    """The convention that a file's name, else the rest of its address, speaks of; MG's and REPA's files also say SiT."""
    path = addresses[0].partition("?")[0]
    for part in (path.rpartition("/")[2], path):
        words = set(re.findall(r"[a-z]+", part.lower()))
        found = [name for name in ("mg", "repa") if name in words] or [name for name in ("sit", "dit") if name in words]
        if found:
            return found[0] if len(found) == 1 else None
    return None
