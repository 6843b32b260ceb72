"""A channel on this disk that stands for conda-forge: the running Python and pip as conda packages, found by an index.

A package is what conda-build would write: the files, and under info/ their names, hashes and the prefix they mention.
"""

import asyncio
import hashlib
import io
import json
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import rattler.index

VERSION = ".".join(map(str, sys.version_info[:3]))
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
LEFT_OUT = {"site-packages", "dist-packages", "__pycache__", "test", "tests", "idlelib", "ensurepip"}
TEXT = {".py", ".sh", ".txt", ".json"}


def make_channel(folder: Path) -> None:
    """Write `conda-forge` with its index into a folder of channels."""
    channel = folder / "conda-forge"
    record = {"name": "python", "version": VERSION, "depends": [], "subdir": "linux-64"}
    pack(channel, record, dict(python_files()), placeholder=sys.base_prefix)
    pip = distribution("pip")
    files = {f"site-packages/{file}": Path(pip.locate_file(file)) for file in pip.files or [] if ".." not in file.parts}
    files = {name: path for name, path in files.items() if path.suffix != ".pyc"}
    record = {"name": "pip", "version": pip.version, "depends": ["python >=3.7"], "subdir": "noarch", "noarch": "python"}
    pack(channel, record, files, scripts=["pip = pip._internal.cli.main:main"])
    asyncio.run(rattler.index.index_fs(channel))


def python_files() -> Iterator[tuple[str, Path]]:
    """Name below a prefix -> file, of the interpreter and its standard library, without tests and installed packages."""
    base, library = Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))
    for name in (f"bin/python{MINOR}", "bin/python3", "bin/python"):
        yield name, Path(sys.executable).resolve()
    yield from ((f"lib/{path.name}", path.resolve()) for path in base.glob(f"lib/libpython{MINOR}.so*"))
    for path in library.rglob("*"):
        inside = path.relative_to(library)
        if path.is_file() and not LEFT_OUT.intersection(inside.parts) and not inside.parts[0].startswith("config-"):
            yield f"lib/python{MINOR}/{inside}", path.resolve()


def pack(channel: Path, record: dict, files: dict[str, Path], placeholder: str = "", scripts: list[str] | None = None) -> None:
    """One package, as name-version-build.tar.bz2 in its subdirectory of the channel."""
    record = {"build": "0", "build_number": 0, "timestamp": 0} | record
    if record["subdir"] != "noarch":
        record |= {"arch": "x86_64", "platform": "linux"}
    contents = {name: path.read_bytes() for name, path in sorted(files.items())}
    paths = [path_entry(name, content, placeholder) for name, content in contents.items()]
    info: dict[str, object] = {"info/index.json": record, "info/paths.json": {"paths": paths, "paths_version": 1}}
    if scripts:
        info["info/link.json"] = {"noarch": {"type": "python", "entry_points": scripts}, "package_metadata_version": 1}
    target = channel / record["subdir"] / f"{record['name']}-{record['version']}-{record['build']}.tar.bz2"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w:bz2", compresslevel=1) as archive:
        for name, content in {name: json.dumps(value).encode() for name, value in info.items()}.items():
            add(archive, name, content, 0o644)
        for name, content in contents.items():
            add(archive, name, content, files[name].stat().st_mode)


def path_entry(name: str, content: bytes, placeholder: str) -> dict:
    """A file's line in paths.json; a client writes the new prefix wherever `placeholder` stands in a text."""
    entry = {
        "_path": name,
        "path_type": "hardlink",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_in_bytes": len(content),
    }
    if placeholder and Path(name).suffix in TEXT and placeholder.encode() in content:
        entry |= {"prefix_placeholder": placeholder, "file_mode": "text"}
    return entry


def add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode & 0o777
    archive.addfile(member, io.BytesIO(content))
