"""Is the user's data for a model present? Standard library only: the Snakefile asks before it plans anything."""

import os
from collections.abc import Mapping
from pathlib import Path

TOKEN_FILES = (".cache/huggingface/token", ".huggingface/token")


def available(card: Mapping, root: str | Path, home: str | Path | None = None) -> str | None:
    """None if the conditions of `card` can be made, else one sentence: what to download and where to put it.

    Args:
        card: a loaded model card.
        root: the repository's folder, which the card's paths start from.
        home: where the Hugging Face token lies (default: the user's home folder).
    """
    conditioning = card["conditioning"]
    root = Path(root)
    checks = {"pose": _pose, "video": _video, "text": _text}
    missing = checks[conditioning["kind"]](conditioning, root) if conditioning["kind"] in checks else None
    return missing or _licence(card, Path(home or Path.home()))


def _pose(conditioning: Mapping, root: Path) -> str | None:
    data = conditioning["data"]
    folder = Path(data["root"])
    wanted = (data["pairs"], f"{data['images']}/data.mdb", data["poses"])
    for name in wanted:
        if not (root / folder / name).exists():
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
        f"{data['folder']} holds {found} of the {data['count']} clips needed: extract CAVP features of the VGGSound test videos "
        f"with Diff-Foley's encoder (github.com/luosiallen/Diff-Foley), one .npz of shape (40, 512) per clip, and put them there."
    )


def _text(conditioning: Mapping, root: Path) -> str | None:
    file = conditioning["prompts"].get("file")
    if file is None or (root / file).is_file():
        return None
    return f"{file} is absent: write one prompt per line into it or correct conditioning.prompts.file in the model card."


def _licence(card: Mapping, home: Path) -> str | None:
    page = card.get("checkpoint", {}).get("licence")
    token = os.environ.get("HF_TOKEN") or any((home / file).is_file() for file in TOKEN_FILES)
    if page is None or token:
        return None
    return f"{card['name']} is behind a licence: accept it at {page}, then set HF_TOKEN to an access token of that account."
