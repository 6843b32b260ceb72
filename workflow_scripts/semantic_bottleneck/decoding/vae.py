"""The autoencoders' two directions, as diffusers' AutoencoderKL under its own or the VQGAN tensor names."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float, Float32
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.models.loading import load_strict
from semantic_bottleneck.study.sizes import NETWORK

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

PARTS = ("decoder.", "post_quant_conv.")
ENCODER_PARTS = ("encoder.", "quant_conv.")
STATISTICS = ("latent_mean", "latent_std")


@dataclass(frozen=True)
class VAE:
    """Shape and conventions of an autoencoder.

    widths: channels per resolution, finest first. attention: whether each resolution has attention after its residual
    blocks. vqgan_names: the checkpoint's names are VQGAN's. scale: what latents are divided by. normalised: the file
    also holds `latent_mean` and `latent_std` of the latents the network was trained on. channels: of what it decodes to.
    network: diffusers' own values of it (vae/config.json), which then say everything else too.
    """

    widths: tuple[int, ...]
    latent_channels: int
    attention: tuple[bool, ...]
    residual_blocks: int = 2
    vqgan_names: bool = False
    scale: float = 1.0
    normalised: bool = False
    channels: int = 3
    network: Mapping[str, Any] | None = None

    @classmethod
    def of_config(cls, network: Mapping[str, Any]) -> "VAE":
        """The autoencoder of a repository in the layout of diffusers, from its vae/config.json."""
        attention = tuple(kind.startswith("Attn") for kind in reversed(network["up_block_types"]))
        return cls(tuple(network["block_out_channels"]), network["latent_channels"], attention, network=network)

    def constructor_values(self) -> dict[str, Any]:
        """Of diffusers' AutoencoderKL; keys of its file that begin with _ say who wrote it."""
        if self.network is not None:
            return {key: value for key, value in self.network.items() if not key.startswith("_")}
        up = ["AttnUpDecoderBlock2D" if attention else "UpDecoderBlock2D" for attention in reversed(self.attention)]
        return {
            "in_channels": self.channels,
            "out_channels": self.channels,
            "block_out_channels": self.widths,
            "down_block_types": ["DownEncoderBlock2D"] * len(self.widths),
            "up_block_types": up,
            "layers_per_block": self.residual_blocks,
            "latent_channels": self.latent_channels,
            "scaling_factor": self.scale,
        }


SD_VAE = VAE((128, 256, 512, 512), 4, (False,) * 4, scale=0.18215)
VAES: dict[str, VAE] = {
    "sd-vae-ft-ema": SD_VAE,
    "sd-vae-ft-mse": SD_VAE,
    "xmdpt-vae": SD_VAE,
    "audioldm-vae": VAE((128, 256, 512), 8, (False,) * 3, scale=4.0, channels=1),
    "vavae-f16d32": VAE((128, 128, 256, 256, 512), 32, (False,) * 4 + (True,), vqgan_names=True, normalised=True),
}
"""Decoder name of a card -> its autoencoder (docs/sources/sit_family.md, section 8; docs/sources/mdt_lightningdit_uvit.md,
section 5; docs/sources/continuous_conditioning.md, sections 1.8 and 2.4)."""

ARCHITECTURE = "architecture"
"""Metadata of a decoder's file: JSON of the VAE's values where its card gives them, else of an empty mapping."""

OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""Attention names of diffusers files from before 2023, which both sd-vae releases still use."""

VQGAN_PARTS = (
    (r"\.mid\.block_1\.", ".mid_block.resnets.0."),
    (r"\.mid\.block_2\.", ".mid_block.resnets.1."),
    (r"\.mid\.attn_1\.", ".mid_block.attentions.0."),
    (r"\.block\.(\d+)\.", r".resnets.\1."),
    (r"\.attn\.(\d+)\.", r".attentions.\1."),
    (r"\.upsample\.conv\.", ".upsamplers.0.conv."),
    (r"\.norm_out\.", ".conv_norm_out."),
    (r"\.nin_shortcut\.", ".conv_shortcut."),
    (r"(attentions\.\d+)\.norm\.", r"\1.group_norm."),
    (r"(attentions\.\d+)\.([qkv])\.", r"\1.to_\2."),
    (r"(attentions\.\d+)\.proj_out\.", r"\1.to_out.0."),
)


def build_vae(vae: VAE, parts: tuple[str, ...] = PARTS) -> "AutoencoderKL":
    """The decoder (or the encoder) on the meta device: it has shapes and takes its memory from the tensors loaded into it.

    Raises:
        UserError: diffusers refuses the values of its config.json.
    """
    # Imported only here: diffusers takes five seconds, and only studies with a VAE need it.
    from diffusers import AutoencoderKL

    try:
        with torch.device("meta"):
            network = AutoencoderKL(**vae.constructor_values())
    except (TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"architecture.network of an asset card is refused by diffusers ({reason}); copy vae/config.json of the repository."
        ) from error
    # One direction is wanted, so the other one's tensors are neither asked for nor held.
    for part in ENCODER_PARTS if parts == PARTS else PARTS:
        delattr(network, part.removesuffix("."))
    return network.eval().requires_grad_(False)


def diffusers_names(state_dict: Mapping[str, Tensor], vae: VAE, parts: tuple[str, ...] = PARTS) -> dict[str, Tensor]:
    """The decoder's (or the encoder's) tensors under diffusers' present names; those of other parts are left out.

    The 1 x 1 convolutions of VQGAN attention become Linears.
    """
    renamed = {}
    for name, tensor in state_dict.items():
        if not name.startswith(parts):
            continue
        new = _from_vqgan(name, len(vae.widths)) if vae.vqgan_names else _from_old_attention(name)
        renamed[new] = tensor[:, :, 0, 0] if ".attentions." in new and tensor.ndim == 4 else tensor
    return renamed


def fill_vae(
    vae: VAE, state_dict: Mapping[str, Tensor], *, file: str, card: str, parts: tuple[str, ...] = PARTS
) -> "AutoencoderKL":
    """A decoder (or encoder) holding its tensors of `state_dict` (extra parts such as the other one may be present).

    Raises UserError as `load_strict`; a name in its sentence is diffusers'.
    """
    network = build_vae(vae, parts)
    load_strict(network, diffusers_names(state_dict, vae, parts), file=file, card=card)
    return network


def described(name: str, architecture: Mapping) -> VAE:
    """The autoencoder that an asset card describes: by its values, or by the name alone.

    Raises UserError for an unknown name without values.
    """
    if NETWORK in architecture:
        return VAE.of_config(architecture[NETWORK])
    if architecture:
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in architecture.items()
        }
        missing = next((key for key in ("widths", "latent_channels", "attention") if key not in values), None)
        if missing:
            raise UserError(f"Decoder {name}: architecture.{missing} is missing in its asset card; add it.")
        return VAE(**values)
    if name not in VAES:
        raise UserError(f"Unknown decoder {name!r} under decoder.name; choose identity or one of {', '.join(VAES)}.")
    return VAES[name]


def load_vae(name: str, weights: str | Path, device: str = "cpu") -> Callable[[np.ndarray], np.ndarray]:
    """The function latents (n, C, h, w) -> pixels (n, channels, H, W), float32, of the decoder called `name`.

    Raises UserError for an unknown name, an absent file, a tensor that does not fit, and missing latent statistics.
    """
    if not Path(weights).is_file():
        described(name, {})
        raise UserError(f"The weights {weights} of decoder {name} do not exist; fetch them first.")
    tensors, architecture = read_weights(weights)
    vae = described(name, architecture)
    network = fill_vae(vae, tensors, file=str(weights), card=f"decoder {name}").to(device)
    missing = [key for key in STATISTICS if vae.normalised and key not in tensors]
    if missing:
        raise UserError(f"Tensor {missing[0]} is missing in {weights}: add mean and std of latents_stats.pt under these names.")
    if vae.normalised:
        mean, std = (tensors[key].numpy() for key in STATISTICS)
    scale, shift = scaling(network)

    @torch.inference_mode()
    def pixels(latents: Float[np.ndarray, "samples _ _ _"]) -> Float32[np.ndarray, "samples _ _ _"]:
        latents = denormalise(latents, mean, std) if vae.normalised else latents / np.float32(scale) + np.float32(shift)
        z = torch.from_numpy(np.ascontiguousarray(latents, dtype=np.float32)).to(device)
        return network.decode(z).sample.float().cpu().numpy()

    return pixels


def scaling(network: "AutoencoderKL") -> tuple[float, float]:
    """Scale and shift of an autoencoder: a diffusion model sees its latents z as (z - shift) * scale; most shift by 0."""
    return network.config.scaling_factor, network.config.shift_factor or 0.0


def read_weights(weights: str | Path) -> tuple[dict[str, Tensor], dict]:
    """All tensors of a fetched half of an autoencoder, and the architecture that its metadata gives (or an empty mapping).

    Raises:
        UserError: the file is absent or damaged.
    """
    tensors, metadata = tensors_file.read(weights)
    return tensors, json.loads(metadata.get(ARCHITECTURE, "{}"))


def _from_vqgan(name: str, levels: int) -> str:
    name = re.sub(r"\.up\.(\d+)\.", lambda match: f".up_blocks.{levels - 1 - int(match[1])}.", name)
    for pattern, replacement in VQGAN_PARTS:
        name = re.sub(pattern, replacement, name)
    return name


def _from_old_attention(name: str) -> str:
    return re.sub(r"(attentions\.\d+)\.(query|key|value|proj_attn)\.", lambda m: f"{m[1]}.{OLD_ATTENTION[m[2]]}.", name)


def denormalise(
    latents: Float[np.ndarray, "samples channels height width"],
    mean: Float[np.ndarray, "1 channels 1 1"],
    std: Float[np.ndarray, "1 channels 1 1"],
    multiplier: float = 1.0,
) -> Float[np.ndarray, "samples channels height width"]:
    """Latents of a model trained on normalised ones, as its autoencoder takes them: z * std / multiplier + mean.

    mean and std (1, C, 1, 1), per channel (LightningDiT's latents_stats.pt, multiplier 1).
    """
    return latents * std / np.float32(multiplier) + mean
