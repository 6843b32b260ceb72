"""Is the user's data for a model present? Standard library only: the Snakefile asks before it plans anything."""

import os
from pathlib import Path

from semantic_bottleneck.checkpoints.tokens import hub_token
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.checkpoint import Checkpoint, file_at, plain_file
from semantic_bottleneck.study.conditioning import (
    Clips,
    Conditioning,
    DeepFashion,
    PipelineConditioning,
    PoseConditioning,
    Prompts,
    TextConditioning,
    VideoConditioning,
)


def available(card: Card, root: str | Path, scored: bool = False) -> str | None:
    """None if the conditions of `card` can be made, else one sentence: what to download and where to put it.

    Args:
        card: with `conditioning` and `checkpoint`.
        root: the repository's folder, which the card's paths start from.
        scored: whether samples are scored too, for which pose models need the training pairs.
    """
    conditioning, root = card.conditioning, Path(root)
    missing = None
    if isinstance(conditioning, PoseConditioning):
        data = conditioning.data
        missing = _pairs(data, data.pairs, root) or (_pairs(data, data.train, root) if scored else None)
    elif isinstance(conditioning, VideoConditioning):
        missing = _clips(conditioning.data, root)
    elif isinstance(conditioning, TextConditioning | PipelineConditioning):
        missing = _prompts(conditioning.prompts, root)
    return missing or _licence(card)


def _pairs(data: DeepFashion, pairs: str, root: Path) -> str | None:
    folder = Path(data.root)
    wanted = (pairs, f"{data.images}/data.mdb", data.poses)
    for name in wanted:
        if not os.path.exists(root / folder / name):
            return (
                f"{folder / name} is absent: prepare DeepFashion (In-shop Clothes Retrieval) as the PIDM repository "
                f"(github.com/ankanbhunia/PIDM) describes and put {', '.join(wanted[:2])} and {wanted[2]}/ into {folder}."
            )
    return None


def _clips(data: Clips, root: Path) -> str | None:
    found = sum(1 for _ in (root / data.folder).glob("*.npz"))
    if found >= data.count:
        return None
    return (
        f"{data.folder} holds {found} of the {data.count} clips needed: extract CAVP features of VGGSound test videos "
        "with Diff-Foley's encoder (github.com/luosiallen/Diff-Foley), an .npz of shape (40, 512) per clip, and put them there."
    )


def _prompts(prompts: Prompts, root: Path) -> str | None:
    file = prompts.file
    if file is None or os.path.isfile(root / file):
        return None
    return f"{file} is absent: write one prompt per line into it or correct conditioning.prompts.file in the model card."


def encoder_sources(conditioning: Conditioning, root: str | Path) -> dict[str, Checkpoint]:
    """What makes a model's conditions and comes from elsewhere: its name -> its smallest file."""
    if isinstance(conditioning, TextConditioning):
        return {
            f"text encoder {each.source} {each.model}": _file_of(each.source, each.revision, f"{each.model}/config.json")
            for each in conditioning.encoders
            if not os.path.isdir(Path(root) / each.source)
        }
    if isinstance(conditioning, PipelineConditioning):
        own = conditioning.encoders
        file = _file_of(own.source, own.revision, "model_index.json")
        return {} if os.path.isdir(Path(root) / own.source) else {f"text encoders of {own.source}": file}
    if not isinstance(conditioning, PoseConditioning):
        return {}
    encoders, repository = conditioning.encoders, conditioning.encoders.source
    sources = {"pose encoder": encoders.pose.checkpoint, "image encoder": encoders.image.checkpoint}
    if not os.path.isdir(Path(root) / repository.source):
        sources["autoencoder of the source picture"] = _file_of(repository.source, repository.revision, "config.json")
    return sources


def _file_of(repository: str, revision: str, file: str) -> Checkpoint:
    """A file of a Hugging Face repository."""
    return plain_file("json", file_at(f"hf://{repository}/{file}@{revision}"))


def _licence(card: Card) -> str | None:
    page = card.checkpoint.licence if card.checkpoint else None
    try:
        if page is None or hub_token():
            return None
    except UserError as error:
        return str(error)
    return f"{card.name} is behind a licence: accept it at {page}, then set HF_TOKEN to an access token of that account."
