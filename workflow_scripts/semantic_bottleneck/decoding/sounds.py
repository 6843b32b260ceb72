"""Latents to sound: the autoencoder's log-mel spectrogram, then a HiFi-GAN vocoder.

Source: docs/sources/continuous_conditioning.md, section 2.4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

from semantic_bottleneck.arrays import Float, Float32, Int, UInt8
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.models.loading import load_strict

SAMPLE_RATE = 16_000
UPSAMPLING = (5, 4, 2, 2, 2)
"""Of the vocoder; their product is the samples per mel frame (130,560 of 816)."""
HOP = int(np.prod(UPSAMPLING))
DILATIONS = (1, 3, 5)
SILENCE, LOUD = -11.6, 2.4
"""Ends of the grey scale of a spectrogram's picture, in natural log units; log(1e-5) is the floor of the vocoder's mels."""

Waveforms = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class SoundDecoder:
    """`mel`: latents float32 (n, C, t, f) -> log-mel (n, 1, T, F). `waveform`: log-mel (T, F) -> float32 (160 T,)."""

    mel: Callable[[np.ndarray], np.ndarray]
    waveform: Waveforms


def decode_sounds(latents: Float32[np.ndarray, "samples channels _ _"], decoder: SoundDecoder) -> dict[str, np.ndarray]:
    """`image`, the spectrogram's picture uint8 (n, F, T, 1), low pitches below, and `sound` int16 (n, 160 T) at 16 kHz.

    One sample at a time, so that no bit depends on which samples share a file.

    Raises:
        UserError: a decoded value is not finite.
    """
    pictures, sounds = [], []
    for number in range(len(latents)):
        mel = decoder.mel(np.asarray(latents[number : number + 1], dtype=np.float32))[0, 0]
        sound = decoder.waveform(mel)
        if not (np.isfinite(mel).all() and np.isfinite(sound).all()):
            raise UserError(
                f"Decoding sample {number} of this file gave NaN or infinite values; "
                "check the sampler and guidance of the model card."
            )
        pictures.append(mel_picture(mel))
        sounds.append(sixteen_bits(sound))
    return {"image": np.stack(pictures), "sound": np.stack(sounds)}


def mel_picture(mel: Float[np.ndarray, "times mels"]) -> UInt8[np.ndarray, "mels times 1"]:
    """Log-mel (T, F) -> uint8 (F, T, 1) on a fixed scale, so that pictures of different variants compare."""
    grey = np.clip((mel - SILENCE) / (LOUD - SILENCE), 0, 1) * 255
    return np.rint(grey).astype(np.uint8).T[::-1, :, None].copy()


def sixteen_bits(sound: Float[np.ndarray, " times"]) -> Int[np.ndarray, " times"]:
    """Waveform in [-1, 1] (beyond: clipped) -> int16 by rounding 32767 x."""
    return np.rint(np.clip(sound, -1, 1) * np.float32(32767)).astype(np.int16)


def load_vocoder(weights: str | Path, device: str = "cpu") -> Waveforms:
    """The function log-mel (T, F) -> waveform of the vocoder in a safetensors file.

    Raises:
        UserError: the file is absent or damaged, or its tensors do not fit.
    """
    if not Path(weights).is_file():
        raise UserError(f"The weights {weights} of the vocoder do not exist; fetch them first.")
    tensors, _ = tensors_file.read(weights)
    with torch.device("meta"):
        network = SpeechT5HifiGan(vocoder_config(tensors, str(weights)))
    load_strict(network, tensors, file=str(weights), card="the vocoder")
    network = network.eval().requires_grad_(False).to(device)

    @torch.inference_mode()
    def waveform(mel: Float32[np.ndarray, "times mels"]) -> Float32[np.ndarray, " samples"]:
        # Transposed convolutions of uneven kernel and stride add a few samples at the end.
        return network(torch.from_numpy(mel)[None].to(device))[0, : HOP * len(mel)].float().cpu().numpy()

    return waveform


def vocoder_config(tensors: Mapping[str, Tensor], file: str) -> SpeechT5HifiGanConfig:
    """Widths and kernels as the tensors have them; rates and dilations leave no trace there and are AudioLDM's.

    Raises:
        UserError: the tensors are no HiFi-GAN with five upsampling stages.
    """
    try:
        width, mels, _ = tensors["conv_pre.weight"].shape
        upsampling = [tensors[f"upsampler.{stage}.weight"].shape[2] for stage in range(len(UPSAMPLING))]
        blocks = sum(name.startswith("resblocks.") and name.endswith(".convs1.0.weight") for name in tensors)
        kernels = [tensors[f"resblocks.{k}.convs1.0.weight"].shape[2] for k in range(blocks // len(UPSAMPLING))]
    except (KeyError, ValueError) as error:
        raise UserError(f"{file} is not AudioLDM's vocoder (tensor {error} is missing or misshaped); take another.") from error
    return SpeechT5HifiGanConfig(
        model_in_dim=mels,
        sampling_rate=SAMPLE_RATE,
        upsample_initial_channel=width,
        upsample_rates=list(UPSAMPLING),
        upsample_kernel_sizes=upsampling,
        resblock_kernel_sizes=kernels,
        resblock_dilation_sizes=[list(DILATIONS)] * len(kernels),
        normalize_before=False,
    )
