"""Names found in a file, made fit for one sentence."""

from collections.abc import Iterable

MOST, LONGEST = 8, 60


def listing(names: Iterable[object]) -> str:
    """The first names, without line breaks or control characters, or "nothing"."""
    shown = [plain(name) for name, _ in zip(names, range(MOST), strict=False)]
    return ", ".join(shown) or "nothing"


def plain(text: object, longest: int = LONGEST) -> str:
    """`text` on one line, control characters escaped, at most `longest` characters."""
    line = repr(" ".join(str(text).split()))[1:-1]
    return line if len(line) <= longest else f"{line[:longest]}..."
