"""Data cards (config/data/<name>.yaml) and whether their data is there. Runs in the Snakefile: no numpy, no torch."""

import os
from pathlib import Path

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files.listing import holds_pictures
from semantic_bottleneck.study.data_card import ArchiveSource, DataCard, FolderSource, PackageSource
from semantic_bottleneck.study.kanji_fonts import fonts_missing
from semantic_bottleneck.study.typed import typed
from semantic_bottleneck.study.validation import CONFIG, load_schema, load_yaml, validated

SCHEMA = CONFIG / "schemas/data.schema.yaml"
DOWNLOADS = Path("results/datasets")


def load_data_card(path: str | Path) -> DataCard:
    """The card in a file, checked against the schema, defaults filled in.

    Raises:
        UserError: one sentence naming the file and the wrong key.
    """
    card = validated(load_yaml(path), load_schema(SCHEMA), str(path))
    if card["name"] != Path(path).stem:
        raise UserError(f"{path}: the value of 'name' is '{card['name']}'; it must be the file's name, '{Path(path).stem}'.")
    return typed(DataCard, card)


def source_files(card: DataCard, root: str | Path) -> list[str]:
    """Files a job reads, relative to the repository: the user's own where they lie, else what `fetch_dataset` leaves.

    Empty for data that comes with a package; for a folder of images the folder itself.
    """
    match card.source:
        case FolderSource(root=folder):
            return [folder]
        case ArchiveSource(root=folder, files=files):
            return [_place(card.name, folder, file.name, Path(root)) for file in files]
    return []


def absent(card: DataCard, root: str | Path, download: bool) -> str | None:
    """None if the data is there or may be downloaded, else one sentence: what is missing and what to do.

    Args:
        root: the repository's folder, which the card's paths start from.
        download: whether files with an address may be fetched.
    """
    root = Path(root)
    match card.source:
        case FolderSource(root=folder, instructions=instructions):
            return None if holds_pictures(root / folder) else f"data absent: {instructions}"
        case ArchiveSource(root=folder, files=files) if not download:
            missing = [file.name for file in files if not os.path.isfile(root / _place(card.name, folder, file.name, root))]
            told = f"put {', '.join(missing)} into {folder}/, or set dier.download: true where there is a network"
            return f"data absent: {told}" if missing else None
        case PackageSource(name=name) if name.startswith("kanji-"):  # the environment of the jobs brings all but fonts
            lacking = fonts_missing()
            return lacking and f"data absent: {lacking}"
    return None


def _place(card: str, folder: str, file: str, root: Path) -> str:
    own = Path(folder) / file
    return str(own if os.path.isfile(root / own) else DOWNLOADS / card / file)
