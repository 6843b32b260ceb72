"""Is the user's data for a model present? Standard library only: the Snakefile asks before it plans anything."""

import os
from collections.abc import Mapping
from pathlib import Path


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


def _licence(card: Mapping) -> str | None:
    page = card.get("checkpoint", {}).get("licence")
    if page is None or os.environ.get("HF_TOKEN"):
        return None
    return f"{card['name']} is behind a licence: accept it at {page}, then set HF_TOKEN to an access token of that account."
