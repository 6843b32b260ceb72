"""Transformers of diffusers as networks of this library, under their files' tensor names: network(x, t, y, edit=...).

Source: docs/sources/diffusers_conditioning.md, sections 2 and 8.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import torch
from accelerate import init_empty_weights
from diffusers import DiTTransformer2DModel, FluxTransformer2DModel, PixArtTransformer2DModel, SD3Transformer2DModel
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from semantic_bottleneck.arrays import Float, Int64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.condition import Condition, Edit
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.diffusers.places import change_c
from semantic_bottleneck.models.layouts import LAYOUTS
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.models.registry import conditioner_tensor_names

Network = Mapping[str, Any]
"""Values of a pipeline's transformer/config.json; keys that begin with _ say who wrote it and are passed over."""


class Sampled(nn.Module, ABC):
    """What the four share; stands before diffusers' class, whose forward pass it calls.

    Weights have no memory until they are loaded. `sizes` are the conditioner's; what is sampled (`input_size`, `in_channels`)
    the card knows and the network sees in x.
    """

    family: ClassVar[str]
    null_label: int | None = None

    def __init__(self, network: Network, input_size: int, in_channels: int, **sizes: Any) -> None:
        given = {key: value for key, value in network.items() if not key.startswith("_")}
        try:
            # Tables of positions are no parameters; they are made here, wherever the caller wants the weights.
            with torch.device("cpu"), init_empty_weights(include_buffers=False):
                super().__init__(**given)
        except (TypeError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"architecture.network is refused by diffusers ({reason}); copy transformer/config.json of the repository."
            ) from error
        self.widths: Mapping[str, int] = self.config  # type: ignore[assignment]  # diffusers' own record of its values
        self.sizes = {key: value for key, value in sizes.items() if value is not None}
        self.hidden_size: int = sizes["hidden_size"]
        self._edit: Edit = None
        change_c(self, LAYOUTS[self.family], lambda c: c if self._edit is None else self._edit(c))

    @cached_property
    def conditioner(self) -> Any:
        """What makes t, y and c, with this network's own tensors."""
        tensors = self.state_dict()
        own = {name: tensors[name] for name in conditioner_tensor_names(self.family, self.sizes)}
        return load_conditioner(self.family, self.sizes, own, file="this network", card=self.family)

    def condition(self, t: Tensor, y: Any) -> Condition:
        """Times (N,) and labels or rows -> t, y and c, each (N, D)."""
        return self.conditioner.condition(t, y)

    def forward(self, x: Float[Tensor, "samples channels height width"], t: Tensor, y: Any, edit: Edit = None) -> Tensor:
        """x (N, C, H, W), t (N,) as the network takes them, labels or rows y -> its output (N, C or 2C, H, W).

        `edit` is applied to c wherever a layer takes it.
        """
        self._edit = edit
        try:
            return self.picture(super().forward(**self.arguments(x, t, y), return_dict=False)[0], x)
        finally:
            self._edit = None

    @abstractmethod
    def arguments(self, x: Tensor, t: Tensor, y: Any) -> dict[str, Any]:
        """Of diffusers' forward pass."""

    def picture(self, output: Tensor, x: Tensor) -> Tensor:
        """The output as a picture."""
        return output

    @abstractmethod
    def any_condition(self, rows: int, device: str) -> Any:
        """Some labels or rows, for measuring time and memory."""


class DiffusersDiT(Sampled, DiTTransformer2DModel):
    """Labels int64; the last row of the table is the one for "no class"."""

    family = "dit-diffusers"

    def __init__(self, hidden_size: int, num_classes: int, network: Network, input_size: int, in_channels: int) -> None:
        super().__init__(network, input_size, in_channels, hidden_size=hidden_size, num_classes=num_classes)
        self.null_label = num_classes

    def arguments(self, x: Tensor, t: Tensor, y: Int64[Tensor, " samples"]) -> dict[str, Any]:
        return {"hidden_states": x, "timestep": t, "class_labels": y}

    def any_condition(self, rows: int, device: str) -> Tensor:
        return torch.zeros(rows, dtype=torch.int64, device=device)


class PixArt(Sampled, PixArtTransformer2DModel):
    """Rows {tokens: (N, T, W), mask: (N, T)}."""

    family = "pixart"

    def __init__(
        self,
        hidden_size: int,
        network: Network,
        input_size: int,
        in_channels: int,
        image_size: Sequence[int] | None = None,
    ) -> None:
        super().__init__(network, input_size, in_channels, hidden_size=hidden_size, image_size=image_size)

    def arguments(self, x: Tensor, t: Tensor, y: Mapping[str, Tensor]) -> dict[str, Any]:
        sizes: dict[str, Tensor | None] = {"resolution": None, "aspect_ratio": None}
        if "image_size" in self.sizes:
            height, width = self.sizes["image_size"]
            sides = torch.tensor([[float(height), float(width)]], device=x.device).repeat(len(x), 1)
            sizes = {"resolution": sides, "aspect_ratio": sides[:, :1] / sides[:, 1:]}
        text = {"encoder_hidden_states": y["tokens"], "encoder_attention_mask": y["mask"]}
        return {"hidden_states": x, "timestep": t, "added_cond_kwargs": sizes} | text

    def any_condition(self, rows: int, device: str) -> ConditionRows:
        tokens = torch.zeros(rows, 300, self.widths["caption_channels"], device=device)
        return ConditionRows(tokens=tokens, mask=torch.ones(rows, 300, device=device))


class SD3(Sampled, SD3Transformer2DModel):
    """Rows {text: pooled vectors (N, P), tokens: (N, T, W)}."""

    family = "sd3"

    def __init__(
        self,
        hidden_size: int,
        network: Network,
        input_size: int,
        in_channels: int,
        pooled_size: int = 2048,
        frequency_size: int = 256,
    ) -> None:
        sizes = {"hidden_size": hidden_size, "pooled_size": pooled_size, "frequency_size": frequency_size}
        super().__init__(network, input_size, in_channels, **sizes)

    def arguments(self, x: Tensor, t: Tensor, y: Mapping[str, Tensor]) -> dict[str, Any]:
        text = {"encoder_hidden_states": y["tokens"], "pooled_projections": y["text"]}
        return {"hidden_states": x, "timestep": t} | text

    def any_condition(self, rows: int, device: str) -> ConditionRows:
        tokens = torch.zeros(rows, 333, self.widths["joint_attention_dim"], device=device)
        return ConditionRows(text=torch.zeros(rows, self.sizes["pooled_size"], device=device), tokens=tokens)


class Flux(Sampled, FluxTransformer2DModel):
    """Rows {text: pooled vectors (N, P), tokens: (N, T, W)}; a token of the picture is 2 x 2 of its latents."""

    family = "flux"

    def __init__(
        self,
        hidden_size: int,
        pooled_size: int,
        network: Network,
        input_size: int,
        in_channels: int,
        frequency_size: int = 256,
        guidance_scale: float | None = None,
    ) -> None:
        sizes = {"hidden_size": hidden_size, "pooled_size": pooled_size, "frequency_size": frequency_size}
        super().__init__(network, input_size, in_channels, **sizes, guidance_scale=guidance_scale)

    def arguments(self, x: Tensor, t: Tensor, y: Mapping[str, Tensor]) -> dict[str, Any]:
        packed, tokens = pixel_unshuffle(x, 2), y["tokens"]
        rows, columns = (torch.arange(side, dtype=x.dtype, device=x.device) for side in packed.shape[2:])
        places = torch.cartesian_prod(torch.zeros(1, dtype=x.dtype, device=x.device), rows, columns)
        scale = self.sizes.get("guidance_scale")
        return {
            "hidden_states": packed.flatten(2).transpose(1, 2),
            "timestep": t,
            "guidance": None if scale is None else torch.full((len(x),), float(scale), device=x.device),
            "encoder_hidden_states": tokens,
            "pooled_projections": y["text"],
            "img_ids": places,
            "txt_ids": torch.zeros(tokens.shape[1], 3, dtype=x.dtype, device=x.device),
        }

    def picture(self, output: Float[Tensor, "samples tokens values"], x: Tensor) -> Tensor:
        height, width = (side // 2 for side in x.shape[2:])
        return pixel_shuffle(output.transpose(1, 2).unflatten(2, (height, width)), 2)

    def any_condition(self, rows: int, device: str) -> ConditionRows:
        tokens = torch.zeros(rows, 512, self.widths["joint_attention_dim"], device=device)
        return ConditionRows(text=torch.zeros(rows, self.sizes["pooled_size"], device=device), tokens=tokens)
