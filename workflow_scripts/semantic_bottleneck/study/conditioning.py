"""What makes a model's conditional vectors: labels of a table, poses, videos, prompts or nothing. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from semantic_bottleneck.study.checkpoint import Checkpoint


@dataclass(frozen=True)
class Timesteps:
    """Ends of the grid of timesteps, and whether the model knows whole ones only."""

    start: float
    stop: float
    integer: bool


@dataclass(frozen=True)
class Conditioning:
    """One of the kinds below; `initial_timestep` is what the embedder is fed with at the noisiest step."""

    kind: str
    initial_timestep: float
    timesteps: Timesteps


@dataclass(frozen=True)
class ClassConditioning(Conditioning):
    """A label of a table; `classes` are its rows without the null row."""

    kind: Literal["class"]
    classes: int


@dataclass(frozen=True)
class NoConditioning(Conditioning):
    """Nothing of the prompt enters c: one vector for all conditions."""

    kind: Literal["none"]


@dataclass(frozen=True)
class DeepFashion:
    """The data set as PIDM prepares it: folder, files in it, how many pairs, and the seed of random choices."""

    root: str
    pairs: str
    train: str
    images: str
    poses: str
    count: int
    seed: int


@dataclass(frozen=True)
class DINOv2:
    """timm's name of an architecture, values that differ from it, and its weights."""

    name: str
    architecture: Mapping[str, Any]
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Repository:
    """A folder, or a Hugging Face repository at a revision."""

    source: str
    revision: str


@dataclass(frozen=True)
class PoseEncoders:
    """Networks that make the inputs of a pose model's own embedders."""

    pose: DINOv2
    image: DINOv2
    source: Repository


@dataclass(frozen=True)
class PoseConditioning(Conditioning):
    """A target pose and a source picture."""

    kind: Literal["pose"]
    data: DeepFashion
    encoders: PoseEncoders


@dataclass(frozen=True)
class Clips:
    """A folder of one .npz per clip, the array in them, how many clips, and how much of each."""

    folder: str
    key: str
    count: int
    frames: int
    width: int


@dataclass(frozen=True)
class VideoConditioning(Conditioning):
    """The features of a silent video's frames."""

    kind: Literal["video"]
    data: Clips


@dataclass(frozen=True)
class Prompts:
    """A file of one prompt per line, or a template and what fills it."""

    file: str | None
    template: str | None
    names: str | None


@dataclass(frozen=True)
class TextEncoder:
    """A text encoder in sub-folders of a folder or of a Hugging Face repository; one of the kinds below."""

    kind: str
    source: str
    revision: str
    model: str
    tokenizer: str


@dataclass(frozen=True)
class PooledEncoder(TextEncoder):
    """One vector per prompt."""

    kind: Literal["clip", "clip-pooled", "clap"]


@dataclass(frozen=True)
class TokenEncoder(TextEncoder):
    """A vector per token of a prompt, of which `tokens` are kept; t5-padded has as many of every prompt, padding included."""

    kind: Literal["t5", "t5-padded", "gemma"]
    tokens: int


@dataclass(frozen=True)
class TextConditioning(Conditioning):
    """A prompt, encoded by one or more networks that pool it, or by one that does not."""

    kind: Literal["text"]
    prompts: Prompts
    encoders: tuple[TextEncoder, ...]


@dataclass(frozen=True)
class PipelineEncoders:
    """The tokenizers and text encoders of a pipeline's repository, or of a folder; `pipeline` is a key of PARTS."""

    pipeline: str
    source: str
    revision: str


@dataclass(frozen=True)
class PipelineConditioning(Conditioning):
    """A prompt, encoded as a pipeline of diffusers does it; sample i has prompt i mod `count`."""

    kind: Literal["pipeline"]
    prompts: Prompts
    count: int
    encoders: PipelineEncoders


_CLIP, _T5 = "CLIPTextModelWithProjection", "T5EncoderModel"
PARTS: dict[str, dict[str, str]] = {
    "PixArtAlphaPipeline": {"text_encoder": _T5},
    "PixArtSigmaPipeline": {"text_encoder": _T5},
    "StableDiffusion3Pipeline": {"text_encoder": _CLIP, "text_encoder_2": _CLIP, "text_encoder_3": _T5},
    "FluxPipeline": {"text_encoder": "CLIPTextModel", "text_encoder_2": _T5},
}
"""Pipeline -> folder of a text encoder -> its class in transformers; the tokenizer lies in the folder `tokenizer...`."""


def tokenizer_of(encoder: str) -> str:
    """The folder of a text encoder's tokenizer."""
    return encoder.replace("text_encoder", "tokenizer")
