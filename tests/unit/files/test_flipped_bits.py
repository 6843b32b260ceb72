"""A flipped bit in a file of ours is noticed when the file is read, or changes nothing that is read."""

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.study_clip import StudyClip
from semantic_bottleneck.files import clip_folder, parquet, tensors_file
from semantic_bottleneck.files.containers import load_tensors, save_tensors
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.row_groups import RowGroups, write_row_groups
from semantic_bottleneck.references.statistics import Statistics, load_statistics, save_statistics
from semantic_bottleneck.reporting.core.style import canvas, read_drawing, save
from semantic_bottleneck.sampling.parts import load_part, save_part
from semantic_bottleneck.training.clip_training import MODEL_CONFIG, save_clip

FLIPS = 300
VALUES = np.random.default_rng(0).standard_normal((30, 4, 3)).astype(np.float32)
COLUMNS = {"sample": np.arange(30), "latent": VALUES, "name": [f"n{number % 3}" for number in range(30)]}


def whole_table(path: Path) -> dict[str, Any]:
    return {**parquet.read(path), "rows": parquet.rows(path), **parquet.read_metadata(path)}


def row_by_row(path: Path) -> list[dict[str, Any]]:
    opened = RowGroups(path)
    return [opened.read([row]) for row in range(len(opened))]


def draw(path: Path) -> None:
    with canvas(height=1.0) as (figure, axes):
        axes[0, 0].plot([0, 1])
        save(figure, [path], "title", "alt")


def picture(path: Path) -> tuple[np.ndarray, str, str]:
    drawing = read_drawing(path)
    return np.asarray(Image.open(io.BytesIO(drawing.png))), drawing.title, drawing.alt


KINDS: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "table.parquet": (lambda path: parquet.write(path, COLUMNS, {"model": "m", "checkpoint_sha256": "ab" * 32}), whole_table),
    "groups.parquet": (
        lambda path: write_row_groups(path, {"sample": np.arange(30), "latent": VALUES}, {"model": "m"}, rows=8),
        row_by_row,
    ),
    "weights.safetensors": (
        lambda path: tensors_file.write(path, {"a": torch.from_numpy(VALUES), "b": torch.arange(9)}, {"checkpoint": "c"}),
        tensors_file.read,
    ),
    "statistics.npz": (
        lambda path: save_statistics(path, {kind: Statistics(VALUES[0, 0], np.eye(3)) for kind in ("features", "spatial")}),
        load_statistics,
    ),
    "part.npz": (lambda path: save_part(path, {"state": VALUES}), lambda path: load_part(path, {"state"})),
    "state.pt": (lambda path: save_tensors(path, {"a": torch.from_numpy(VALUES), "step": 7, "name": "n"}), load_tensors),
    "figure.png": (draw, picture),
}
"""Name -> what writes and what reads a file of this kind."""


def plain(value: Any) -> Any:
    """What was read, as something that can be compared."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray | torch.Tensor) else value


@pytest.mark.parametrize("name", KINDS)
def test_no_flipped_bit_is_read_as_something_else(tmp_path, name):
    write, read = KINDS[name]
    path = tmp_path / name
    write(path)
    content, before, chance = path.read_bytes(), plain(read(path)), random.Random(name)
    # Half of them in the last tenth, where the formats keep what says how to read the rest.
    places = [chance.randrange(len(content) * 9 // 10 if number % 2 else 0, len(content)) for number in range(FLIPS)]
    caught, silent = 0, []
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            after = read(path)
        except DamagedError as error:
            caught += str(path) in str(error)
            continue
        if after is None:  # a part that is computed again
            caught += 1
        elif plain(after) != before:
            silent.append(place)
    assert silent == []
    assert caught > FLIPS / 2 or name.endswith(".pt")  # torch pads its records with bytes that nobody reads


def test_the_configuration_beside_the_weights_is_covered_too(tmp_path):
    save_clip(open_clip.CLIP(**MODEL_CONFIG, output_dict=False), tmp_path)
    config = tmp_path / clip_folder.CONFIG
    StudyClip(tmp_path)
    content = config.read_bytes()
    for place in random.Random(0).sample(range(len(content)), 20):
        config.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(UserError, match=r"open_clip_config\.json is damaged or absent"):
            StudyClip(tmp_path)


@pytest.mark.parametrize("kept", [0, 3, 40, 1000, -13])
@pytest.mark.parametrize("name", KINDS)
def test_a_truncated_file_is_named(tmp_path, name, kept):
    write, read = KINDS[name]
    path = tmp_path / name
    write(path)
    path.write_bytes(path.read_bytes()[:kept])
    if name == "part.npz":
        assert read(path) is None
        return
    with pytest.raises(DamagedError, match=rf"{name} is damaged or absent \(.*`snakemake --cores 1 repair` removes it"):
        read(path)


def test_every_parquet_reader_sees_the_page_checksums(tmp_path):
    """The values change by nothing but the checksums: what another reader reads is what was written."""
    parquet.write(tmp_path / "a.parquet", COLUMNS, {"model": "m"})
    table = pq.read_table(tmp_path / "a.parquet", page_checksum_verification=True)
    assert table.equals(parquet.to_table(COLUMNS, {"model": "m"}))
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    chunk = pq.read_metadata(tmp_path / "a.parquet").row_group(0).column(1)
    content[min(chunk.dictionary_page_offset, chunk.data_page_offset) + chunk.total_compressed_size - 2] ^= 4
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(tmp_path / "a.parquet", page_checksum_verification=True)


def test_a_table_without_rows_has_checksums_too(tmp_path):
    parquet.write(tmp_path / "a.parquet", {"sample": np.zeros(0, dtype=np.int64)})
    assert len(parquet.read(tmp_path / "a.parquet")["sample"]) == parquet.rows(tmp_path / "a.parquet") == 0
