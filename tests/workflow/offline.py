"""A run in which no job may open a connection: every attempt is noted, and fails."""

from pathlib import Path

HOOK = """
import sys

def refuse(event, arguments, notes=NOTES):
    asked = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
    # Processes of this machine talk through files, whose addresses are texts.
    if asked or (event == "socket.connect" and not isinstance(arguments[1], (str, bytes))):
        with open(notes, "a") as file:
            file.write(f"{sys.argv}: {event} {arguments[1:]}\\n")
        raise OSError("this run is offline")

sys.addaudithook(refuse)
"""


class Offline:
    """`environment` puts the hook into every Python that starts; `attempts` are the connections that were tried."""

    def __init__(self, folder: Path):
        folder.mkdir()
        self._notes = folder / "attempts"
        (folder / "sitecustomize.py").write_text(HOOK.replace("NOTES", repr(str(self._notes))))
        self.environment = {"PYTHONPATH": str(folder)}

    def attempts(self) -> list[str]:
        return self._notes.read_text().splitlines() if self._notes.exists() else []


def read_only(folder: Path) -> dict[str, int]:
    """Take away the right to write in `folder` (which root keeps); what is there, to be compared later."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    return {str(path): path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def writable(folder: Path) -> dict[str, int]:
    """Give it back; what is there now."""
    found = {str(path): path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    return found
