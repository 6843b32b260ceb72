"""Data cards (config/data/<name>.yaml) and whether their data is there. Runs in the Snakefile: no numpy, no torch."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files.listing import holds_pictures
from semantic_bottleneck.study.kanji_fonts import fonts_missing
from semantic_bottleneck.study.validation import CONFIG, load_schema, load_yaml, validated

SCHEMA = CONFIG / "schemas/data.schema.yaml"
DOWNLOADS = Path("results/datasets")


def load_data_card(path: str | Path) -> dict[str, Any]:
    """The card in a file, checked against the schema, defaults filled in.

    Raises:
        UserError: one sentence naming the file and the wrong key.
    """
    card = validated(load_yaml(path), load_schema(SCHEMA), str(path))
    if card["name"] != Path(path).stem:
        raise UserError(f"{path}: the value of 'name' is '{card['name']}'; it must be the file's name, '{Path(path).stem}'.")
    return card


def source_files(card: Mapping[str, Any], root: str | Path) -> list[str]:
    """Files a job reads, relative to the repository: the user's own where they lie, else what `fetch_dataset` leaves.

    Empty for data that comes with a package; for a folder of images the folder itself.
    """
    source = card["source"]
    if source["kind"] == "package":
        return []
    if source["kind"] == "folder":
        return [source["root"]]
    return [_place(card, file, Path(root)) for file in source["files"]]


def absent(card: Mapping[str, Any], root: str | Path, download: bool) -> str | None:
    """None if the data is there or may be downloaded, else one sentence: what is missing and what to do.

    Args:
        root: the repository's folder, which the card's paths start from.
        download: whether files with an address may be fetched.
    """
    source, root = card["source"], Path(root)
    if source["kind"] == "package":  # the environment of the jobs brings it, but for fonts
        lacking = fonts_missing() if source["name"].startswith("kanji-") else None
        return lacking and f"data absent: {lacking}"
    if source["kind"] == "folder":
        return None if holds_pictures(root / source["root"]) else f"data absent: {source['instructions']}"
    missing = [file["name"] for file in source["files"] if not os.path.isfile(root / _place(card, file, root))]
    if not missing or download:
        return None
    return f"data absent: put {', '.join(missing)} into {source['root']}/, or set dier.download: true where there is a network"


def _place(card: Mapping[str, Any], file: Mapping[str, Any], root: Path) -> str:
    own = Path(card["source"]["root"]) / file["name"]
    return str(own if os.path.isfile(root / own) else DOWNLOADS / card["name"] / file["name"])
