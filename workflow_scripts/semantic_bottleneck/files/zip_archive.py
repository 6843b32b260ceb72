"""Files of numpy and torch that are zip archives: each member carries its CRC-32, which neither library always verifies."""

import zipfile
from pathlib import Path

from semantic_bottleneck.files.damage import DamagedError


def check_zip(path: str | Path) -> None:
    """Require that every member of an .npz or .pt file is what was written.

    Raises:
        DamagedError: a checksum does not hold, or the file is absent or no zip archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except Exception as error:  # zipfile raises a dozen kinds on damaged directories
        raise DamagedError(path, f"{type(error).__name__}: {error}") from error
    if broken is not None:
        raise DamagedError(path, f"the checksum of its part {broken!r} does not hold")
