"""Rule decode_examples: final latents -> 8-bit images (or sounds), exactly as the model's official pipeline makes them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.files import parquet
from semantic_bottleneck.study.card import DecoderSpec
from semantic_bottleneck.study.typed import typed


def decode_examples(
    card: Mapping,
    latents: str | Path,
    decoder: str | Path | Sequence[str] | None,
    first: int | None,
    output: str | Path,
    device: str,
) -> None:
    """Write uint8 images (H, W, C), one row per sample, of the `first` samples or all.

    A model of sound gets its spectrograms as images and int16 waveforms beside them.

    Args:
        decoder: the decoder's weights; None for pixel models, autoencoder and vocoder for models of sound.
    """
    columns = {name: values[:first] for name, values in parquet.read(latents).items()}
    values, metadata = columns.pop("latent"), parquet.read_metadata(latents)
    spec = typed(DecoderSpec, card["decoder"])
    if spec.vocoder is not None:
        # Imported only here: pictures need no vocoder.
        from semantic_bottleneck.decoding.sounds import SAMPLE_RATE, SoundDecoder, decode_sounds, load_vocoder
        from semantic_bottleneck.decoding.vae import load_vae

        assert not isinstance(decoder, str | Path | None)
        autoencoder, vocoder = decoder
        mel = load_vae(spec.name, Path(autoencoder), device)
        decoded = decode_sounds(values, SoundDecoder(mel, load_vocoder(vocoder, device)))
        metadata |= {"sample_rate": str(SAMPLE_RATE)}
    else:
        assert isinstance(decoder, str | Path | None)
        decoded = {"image": decode(values, build_decoder(spec, decoder, device))}
    parquet.write(output, columns | decoded, metadata)


if __name__ == "__main__":
    decode_examples(
        card=snakemake.params.card,
        latents=snakemake.input.latents,
        decoder=snakemake.input.decoder or None,
        first=snakemake.params.first,
        output=snakemake.output.images,
        device=device,
    )
