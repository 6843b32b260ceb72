"""What the tables, figures and claims of a page are made from."""

from collections.abc import Sequence


class Evidence:
    """The result files of a page, read; each page has its own, which says what of it is absent."""

    @property
    def reasons(self) -> Sequence[str]:
        """Sentences on what was not run, which every figure says."""
        return ()

    @property
    def nothing(self) -> str:
        """The title of a figure that has nothing to show, since nothing of it was run; empty where there is something."""
        return ""
