"""What is said of a result file whose checksum does not hold. Standard library only."""

from pathlib import Path

from semantic_bottleneck.errors import UserError

REPAIR = "snakemake --cores 1 repair"
"""Removes what is damaged and what was made from it (rules/repair.smk)."""


class DamagedError(UserError):
    """A file that the workflow wrote is not what it wrote, or is gone."""

    def __init__(self, path: str | Path, reason: object):
        text = " ".join(str(reason).split()) or type(reason).__name__
        super().__init__(
            f"{path} is damaged or absent ({text[:200]}); `{REPAIR}` removes it and what was made from it, then run again."
        )
