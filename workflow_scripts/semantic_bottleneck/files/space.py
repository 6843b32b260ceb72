"""How much room is left where a file is or will be. Standard library only."""

import os
from pathlib import Path


def free_space(path: str | Path) -> str:
    """`12,288 bytes free`, of the disk that `path` or the nearest folder above it lies on, as this user may use it."""
    place = Path(path).absolute()
    try:
        while not place.exists():
            place = place.parent
        disk = os.statvfs(place)
    except OSError:
        return "its disk does not answer"
    names = ", no name for another file" if disk.f_files and not disk.f_favail else ""
    return f"{disk.f_bavail * disk.f_frsize:,} bytes free{names}"
