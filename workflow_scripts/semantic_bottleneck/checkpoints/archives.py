"""The one checkpoint inside a .zip or .tar archive."""

import errno
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from semantic_bottleneck.checkpoints.listing import listing
from semantic_bottleneck.errors import UserError

SUFFIXES = (".pt", ".pth", ".bin", ".ckpt", ".safetensors")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def extract_member(archive: Path, member: str | None, destination: Path, name: str) -> None:
    """Copy `member` of the archive (None: its only checkpoint) to the scratch file `destination`; nothing else is unpacked.

    The path inside the archive plays no part in where the file goes. `name` is for messages.

    Raises:
        UserError: the archive is damaged, or does not hold exactly one such file.
    """
    try:
        with archive.open("rb") as file:
            # Not zipfile.is_zipfile, which also says yes to a tar whose last member is a zip.
            zipped = file.read(2) == b"PK"
        if zipped:
            with zipfile.ZipFile(archive) as opened:
                sizes = {info.filename: info.file_size for info in opened.infolist() if not info.is_dir()}
                _copy(name, sizes, member, opened.open, destination)
        else:
            with tarfile.open(archive) as opened:
                sizes = {info.name: info.size for info in opened.getmembers() if info.isreg()}
                _copy(name, sizes, member, opened.extractfile, destination)
    except UserError:
        raise
    except Exception as error:  # the readers raise a dozen kinds on damaged archives
        if isinstance(error, OSError) and error.errno in FULL:
            raise UserError(f"{destination.parent} has no room for the content of {name}; make room there.") from error
        raise UserError(f"{name} is a damaged archive or of an unknown kind; unpack it by hand or get it again.") from error


def _copy(
    name: str, sizes: dict[str, int], member: str | None, open_: Callable[[str], IO[bytes] | None], destination: Path
) -> None:
    fitting = [file for file in sizes if (file == member if member else file.lower().endswith(SUFFIXES))]
    if len(fitting) != 1:
        held = listing(sorted(fitting or sizes))
        raise UserError(f"{name} is an archive of {held}; add #path/inside to the url in the card to say which file is meant.")
    size = sizes[fitting[0]]
    if shutil.disk_usage(destination.parent).free < size:
        raise UserError(f"{name} needs {size / 1e9:.2f} GB in {destination.parent} to be unpacked; make room there.")
    opened = open_(fitting[0])
    assert opened is not None  # tarfile's None means no plain file, and `sizes` holds none
    with opened as source, destination.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
