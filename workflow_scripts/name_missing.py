"""Rule name_missing: ends the run with the sentence that says what could not be had."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping
from typing import NoReturn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.missing import missing_sentence


def name_missing(missing: Mapping[str, str]) -> NoReturn:
    """End with one sentence.

    Args:
        missing: model -> why it could not run.

    Raises:
        UserError: always.
    """
    raise UserError(missing_sentence(missing))


if __name__ == "__main__":
    name_missing(missing=snakemake.params.missing)
