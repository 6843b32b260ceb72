"""What a result file is called in metadata, wherever a job found it."""

from pathlib import Path

LOCAL_COPIES = ".snakemake/storage/"
RESULTS = "results/"


def project_path(path: str | Path) -> str:
    """The path below the project of a local copy of a file that is kept in a bucket; any other path as it is given.

    Snakemake brings such a file to `.snakemake/storage/<provider>/<bucket>/<prefix>/results/…`; which bucket that was, no
    result may say, since it says nothing about the number.
    """
    name = Path(path).as_posix()
    _, copied, place = name.partition(LOCAL_COPIES)
    return RESULTS + place.partition(f"/{RESULTS}")[2] if copied else name
