"""Is the user's data for a model present? Standard library only: the Snakefile asks before it plans anything."""

import os
from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.tokens import hub_token
from semantic_bottleneck.errors import UserError


def available(card: Mapping, root: str | Path, scored: bool = False) -> str | None:
    """None if the conditions of `card` can be made, else one sentence: what to download and where to put it.

    Args:
        card: a loaded model card.
        root: the repository's folder, which the card's paths start from.
        scored: whether samples are scored too, for which pose models need the training pairs.
    """
    conditioning = card["conditioning"]
    root = Path(root)
    checks = {"pose": _pose, "video": _video, "text": _text}
    missing = checks[conditioning["kind"]](conditioning, root) if conditioning["kind"] in checks else None
    if missing is None and scored and conditioning["kind"] == "pose":
        missing = _pose(conditioning, root, "train")
    return missing or _licence(card)


def _pose(conditioning: Mapping, root: Path, pairs: str = "pairs") -> str | None:
    data = conditioning["data"]
    folder = Path(data["root"])
    wanted = (data[pairs], f"{data['images']}/data.mdb", data["poses"])
    for name in wanted:
        if not os.path.exists(root / folder / name):
            return (
                f"{folder / name} is absent: prepare DeepFashion (In-shop Clothes Retrieval) as the PIDM repository "
                f"(github.com/ankanbhunia/PIDM) describes and put {', '.join(wanted[:2])} and {wanted[2]}/ into {folder}."
            )
    return None


def _video(conditioning: Mapping, root: Path) -> str | None:
    data = conditioning["data"]
    found = sum(1 for _ in (root / data["folder"]).glob("*.npz"))
    if found >= data["count"]:
        return None
    return (
        f"{data['folder']} holds {found} of the {data['count']} clips needed: extract CAVP features of VGGSound test videos "
        "with Diff-Foley's encoder (github.com/luosiallen/Diff-Foley), an .npz of shape (40, 512) per clip, and put them there."
    )


def _text(conditioning: Mapping, root: Path) -> str | None:
    file = conditioning["prompts"].get("file")
    if file is None or os.path.isfile(root / file):
        return None
    return f"{file} is absent: write one prompt per line into it or correct conditioning.prompts.file in the model card."


def encoder_sources(conditioning: Mapping, root: str | Path) -> dict[str, dict]:
    """What makes a model's conditions and comes from elsewhere: its name -> a `checkpoint` mapping of its smallest file."""
    encoders = conditioning.get("encoders", [])
    if conditioning["kind"] == "text":
        return {
            f"text encoder {each['source']} {each['model']}": repository_file(each, f"{each['model']}/config.json")
            for each in encoders
            if not os.path.isdir(Path(root) / each["source"])
        }
    if conditioning["kind"] != "pose":
        return {}
    found = {f"{role} encoder": encoders[role]["checkpoint"] for role in ("pose", "image")}
    if not os.path.isdir(Path(root) / encoders["source"]["source"]):
        found["autoencoder of the source picture"] = repository_file(encoders["source"], "config.json")
    return found


def repository_file(repository: Mapping, file: str) -> dict:
    """A file of a Hugging Face repository (`source`, `revision`) as a `checkpoint` mapping."""
    return {"files": [{"url": f"hf://{repository['source']}/{file}@{repository['revision']}"}], "container": "json"}


def _licence(card: Mapping) -> str | None:
    page = card.get("checkpoint", {}).get("licence")
    try:
        if page is None or hub_token():
            return None
    except UserError as error:
        return str(error)
    return f"{card['name']} is behind a licence: accept it at {page}, then set HF_TOKEN to an access token of that account."
