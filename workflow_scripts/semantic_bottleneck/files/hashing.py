"""The hash of what files hold."""

import hashlib
from pathlib import Path


def file_sha256(*paths: str | Path) -> str:
    """Hexadecimal sha256 of a file, or of the parts of one in their order."""
    digest = hashlib.sha256()
    for path in paths:
        with Path(path).open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
