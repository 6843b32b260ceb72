"""Rule repair: away with files that are damaged and with what was made from them; the next run makes them again."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.files.intact import damaged_files, made_from
from semantic_bottleneck.job.start import tell

logger = logging.getLogger(__name__)


def remove_damaged(results: str | Path, inputs: Mapping[str, Sequence[str]], threads: int) -> str:
    """Check every file below `results`, remove, and say in one sentence what was done; the log names each file.

    Args:
        inputs: output -> the files it was made from, as Snakemake recorded it.
    """
    damaged = {str(path): reason for path, reason in damaged_files(Path(results), threads).items()}
    users = sorted(path for path in made_from(damaged, inputs) - damaged.keys() if Path(path).exists())
    for path, reason in damaged.items():
        logger.info("%s is removed, since it is damaged: %s", path, reason)
        Path(path).unlink(missing_ok=True)
    for path in users:
        logger.info("%s is removed, since it was made from a damaged file", path)
        shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink(missing_ok=True)
    if not damaged:
        return f"No file in {results} is damaged."
    named = ", ".join(list(damaged)[:5]) + (f" and {len(damaged) - 5} more" if len(damaged) > 5 else "")
    return f"Removed: {named} (damaged) and {len(users)} files that were made from them; run again to make them anew."


if __name__ == "__main__":
    tell(remove_damaged(snakemake.params.results, snakemake.params.inputs, snakemake.threads))
