"""What is said of a result file whose checksum does not hold. Standard library only."""

from pathlib import Path

from semantic_bottleneck.errors import UserError

REPAIR = "snakemake --cores 1 repair"
"""Removes what is damaged and what was made from it (rules/repair.smk)."""


class DamagedError(UserError):
    """A file that the workflow wrote is not what it wrote, or is gone."""

    def __init__(self, path: str | Path, reason: object):
        self.path = path
        self.reason = " ".join(str(reason).split())[:200] or type(reason).__name__
        super().__init__(
            f"{path} is damaged or absent ({self.reason}); `{REPAIR}` removes it and what was made from it, then run again."
        )
