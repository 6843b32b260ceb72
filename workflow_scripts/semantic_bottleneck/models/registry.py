"""From a family name and the constructor values of a model card to a network or its conditioner."""

import importlib
import inspect
from collections.abc import Mapping

import torch
from torch import nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.low_rank import factorise
from semantic_bottleneck.study.sizes import CONDITION_RANK, NETWORK, check_rank

FAMILIES: dict[str, str] = {
    "dit": "semantic_bottleneck.models.dit:DiT",
    "mdt": "semantic_bottleneck.models.mdt:MDTv2",
    "lightningdit": "semantic_bottleneck.models.lightningdit:LightningDiT",
    "xmdpt": "semantic_bottleneck.models.xmdpt:XMDPT",
    "mdsgen": "semantic_bottleneck.models.mdsgen:MDSGen",
}
"""Family -> "module:Class" of the network."""

CONDITIONERS: dict[str, str] = {
    "dit": "semantic_bottleneck.models.class_conditioner:ClassConditioner",
    "mdt": "semantic_bottleneck.models.class_conditioner:ClassConditioner",
    "lightningdit": "semantic_bottleneck.models.class_conditioner:ClassConditioner",
    "xmdpt": "semantic_bottleneck.models.pose_conditioner:PoseConditioner",
    "mdsgen": "semantic_bottleneck.models.video_conditioner:VideoConditioner",
    "uvit": "semantic_bottleneck.models.uvit_conditioner:UViTConditioner",
    "dit-diffusers": "semantic_bottleneck.models.diffusers.class_label:DiTConditioner",
    "pixart": "semantic_bottleneck.models.diffusers.time_alone:PixArtConditioner",
    "sd3": "semantic_bottleneck.models.diffusers.pooled_text:SD3Conditioner",
    "flux": "semantic_bottleneck.models.diffusers.pooled_text:FluxConditioner",
    "auraflow": "semantic_bottleneck.models.diffusers.time_alone:AuraFlowConditioner",
    "sana": "semantic_bottleneck.models.diffusers.time_alone:SanaConditioner",
    "lumina2": "semantic_bottleneck.models.diffusers.time_alone:Lumina2Conditioner",
    "lumina-next": "semantic_bottleneck.models.diffusers.text_tokens:LuminaNextConditioner",
    "cogvideox": "semantic_bottleneck.models.diffusers.time_alone:CogVideoXConditioner",
    "ltx": "semantic_bottleneck.models.diffusers.time_alone:LTXConditioner",
    "wan": "semantic_bottleneck.models.diffusers.time_alone:WanConditioner",
    "hunyuandit": "semantic_bottleneck.models.diffusers.text_tokens:HunyuanDiTConditioner",
    "hunyuanvideo": "semantic_bottleneck.models.diffusers.pooled_text:HunyuanVideoConditioner",
    "hidream": "semantic_bottleneck.models.diffusers.pooled_text:HiDreamConditioner",
    "kandinsky5": "semantic_bottleneck.models.diffusers.pooled_text:Kandinsky5Conditioner",
    "mochi": "semantic_bottleneck.models.diffusers.text_tokens:MochiConditioner",
    "audioldm": "semantic_bottleneck.models.diffusers.audioldm:AudioLDMConditioner",
}
"""Family -> "module:Class" of what makes t, y and c, holding only those tensors; some families have no network here."""

TRANSFORMERS: dict[str, str] = {
    "dit-diffusers": "semantic_bottleneck.models.diffusers.networks:DiffusersDiT",
    "pixart": "semantic_bottleneck.models.diffusers.networks:PixArt",
    "sd3": "semantic_bottleneck.models.diffusers.networks:SD3",
    "flux": "semantic_bottleneck.models.diffusers.networks:Flux",
}
"""Family -> "module:Class" of diffusers' own network, where a card gives its values under `architecture.network`."""


def build_network(family: str, architecture: Mapping, *, device: str = "cpu", **extras) -> nn.Module:
    """The network of `family`; `architecture` are its constructor values and `extras` further ones
    that no card holds (`generator`). On device "meta" it has shapes and no memory. Only family dit, which is trained here, has
    starting values of its own; the others are meant to be loaded. With `condition_rank`, which any family that is built of
    modulated blocks takes, every modulation is factorised (models/low_rank.py). With `network` it is diffusers' own.

    Raises UserError for an unknown family, for a missing or unknown architecture key, and for a rank that does not fit.
    """
    constructor = _class(TRANSFORMERS if NETWORK in architecture else FAMILIES, family)
    _check_keys(constructor, family, architecture)
    check_rank(architecture)
    own = {key: value for key, value in architecture.items() if key != CONDITION_RANK}
    with torch.device(device):
        network = constructor(**own, **extras)
        return factorise(network, architecture[CONDITION_RANK]) if CONDITION_RANK in architecture else network


def build_conditioner(family: str, architecture: Mapping, *, device: str = "cpu") -> nn.Module:
    """The conditioner of `family` from the same architecture mapping as the network's.

    Raises UserError as `build_network`.
    """
    constructor = _class(CONDITIONERS, family)
    if NETWORK not in architecture:  # whose class would import diffusers, which takes seconds
        _check_keys(_class(FAMILIES, family) if family in FAMILIES else constructor, family, architecture)
    wanted = inspect.signature(constructor).parameters
    with torch.device(device):
        return constructor(**{key: value for key, value in architecture.items() if key in wanted})


def conditioner_tensor_names(family: str, architecture: Mapping) -> list[str]:
    """The checkpoint tensors that make t, y and c: all that needs reading for the geometry of c."""
    return list(build_conditioner(family, architecture, device="meta").state_dict())


def _class(table: Mapping[str, str], family: str) -> type[nn.Module]:
    if family not in table:
        raise UserError(f"Unknown model family {family!r} under key family; choose one of {', '.join(table)}.")
    module, name = table[family].split(":")
    return getattr(importlib.import_module(module), name)


def _check_keys(constructor: type, family: str, architecture: Mapping) -> None:
    parameters = {key: p for key, p in inspect.signature(constructor).parameters.items() if key != "generator"}
    for key in architecture:
        if key not in parameters and key != CONDITION_RANK:
            raise UserError(f"Unknown key architecture.{key} for family {family}; it takes {', '.join(parameters)}.")
    for key, parameter in parameters.items():
        if parameter.default is inspect.Parameter.empty and key not in architecture:
            raise UserError(f"Missing key architecture.{key}, which family {family} needs.")
