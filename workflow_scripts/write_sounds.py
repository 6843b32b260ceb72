"""Rule write_sounds: the decoded examples of a model of sound as files to listen to."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from pathlib import Path

from scipy.io import wavfile

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.atomic import atomic_path


def write_sounds(examples: str | Path, folder: str | Path) -> None:
    """Write `<sample>.wav`, 16 bits, for every decoded example, at the rate that its file states."""
    columns, rate = parquet.read(examples, ["sample", "sound"]), int(parquet.read_metadata(examples)["sample_rate"])
    for sample, sound in zip(columns["sample"], columns["sound"], strict=True):
        with atomic_path(Path(folder) / f"{sample:05d}.wav") as temporary:
            wavfile.write(temporary, rate, sound)


if __name__ == "__main__":
    write_sounds(examples=snakemake.input.examples, folder=snakemake.output.sounds)
