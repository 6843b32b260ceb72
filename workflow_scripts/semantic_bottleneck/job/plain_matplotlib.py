"""Figures look the same on every machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib


@contextmanager
def plain_matplotlib() -> Iterator[None]:
    """Matplotlib's settings as it comes, whatever the user's matplotlibrc says (its usetex would need a LaTeX)."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield
