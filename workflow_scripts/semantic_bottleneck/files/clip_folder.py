"""The folder of the study's own CLIP, as open_clip's `local-dir:` reads it."""

from pathlib import Path

from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.hashing import file_sha256

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
CONFIG_SHA256 = "config_sha256"
"""Entry of the weights' metadata: the hash of the configuration beside them."""


def check(folder: Path) -> None:
    """Require that weights and configuration are what was written.

    Raises:
        DamagedError: a checksum does not hold, or a file is absent.
    """
    metadata = tensors_file.read_metadata(folder / WEIGHTS)
    try:
        same = file_sha256(folder / CONFIG) == metadata.get(CONFIG_SHA256)
    except OSError as error:
        raise DamagedError(folder / CONFIG, error.strerror or error) from error
    if not same:
        raise DamagedError(folder / CONFIG, "its checksum does not hold")
