"""What a pack of vectors holds, one row per model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.files.checkpoint_origin import SHA256, SOURCE
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.vector_pack import pack_file

COLUMNS = {
    "model": "name of the model card",
    "title": "its name in tables",
    "family": "which network makes c",
    "file": "beside this one",
    "sha256": "of that file",
    "bytes": "of that file",
    "condition": "what the model is conditioned on: class, pose, video, text, pipeline or none",
    "conditions": "n",
    "dimensions": "of c",
    "timesteps": "as the network is fed with them, the initial one first",
    "training_step": "updates; −1 for official weights",
    "checkpoint_source": "URL of the weights, or path of a checkpoint trained by the study",
    "checkpoint_sha256": "of the whole checkpoint, where it was read whole; else empty",
    "tensors_sha256": "over names, types, shapes and bytes of the tensors that were read",
    "licence": "where the terms of the weights are accepted or stated, as far as the card says; else empty",
}
"""Column of `models.parquet` -> what it says."""


def model_rows(files: Sequence[str | Path], told: Mapping[str, Mapping[str, str]]) -> list[dict]:
    """One row, of COLUMNS, for each file of a pack.

    Args:
        told: model -> title, condition and licence.

    Raises:
        UserError: a file is damaged.
    """
    rows = []
    for path in map(Path, files):
        vectors, metadata = pack_file.read(path)
        own = {
            "file": path.name,
            "sha256": file_sha256(path),
            "bytes": path.stat().st_size,
            "conditions": len(vectors.ids),
            "dimensions": vectors.c.shape[2],
            "timesteps": vectors.timesteps,
            "training_step": int(metadata["training_step"]),
        }
        keys = ("model", "family", SOURCE, SHA256, "tensors_sha256")
        row = {key: metadata.get(key, "") for key in keys} | dict(told[metadata["model"]]) | own
        rows.append({name: row[name] for name in COLUMNS})
    return rows
