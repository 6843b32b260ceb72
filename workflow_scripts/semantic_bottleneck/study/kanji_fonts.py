"""The free fonts that the data set `kanji-<n>` is drawn in, and where they lie. Standard library only: the Snakefile asks."""

import os
from pathlib import Path

FONTS: dict[str, tuple[str, ...]] = {
    "fonts-dotgothic16": ("DotGothic16-Regular.ttf",),
    "fonts-ipafont-mincho": ("ipam.ttf",),
    "fonts-kiloji": ("kiloji.ttf", "kiloji_b.ttf", "kiloji_d.ttf"),
    "fonts-kouzan-mouhitsu": ("kouzan-mouhitsu.ttf", "kouzan-mouhitsu-gyosho.ttf"),
    "fonts-motoya-l-maruberi": ("MTLmr3m.ttf",),
    "fonts-sawarabi-gothic": ("sawarabi-gothic-medium.ttf",),
    "fonts-seto": ("setofont.ttf",),
    "fonts-yusei-magic": ("YuseiMagic-Regular.ttf",),
}
"""Debian package -> its faces: one family each, printed, of dots, handwritten or by brush. All are asked for, so that the data
are the same everywhere."""
HELD_OUT = ("fonts-sawarabi-gothic", "fonts-seto")
"""Families that judges are tested on and do not learn from: a printed one and a handwritten one."""


def font_folders() -> list[Path]:
    """Where fonts are installed for everybody and for the user alone."""
    own = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path(own) / "fonts"]


def installed_fonts() -> dict[str, Path]:
    """Name of a face's file -> where it lies, for those of FONTS that are installed."""
    wanted = {file for files in FONTS.values() for file in files}
    places = (place for folder in font_folders() for place in sorted(folder.rglob("*.ttf")))
    return {place.name: place for place in places if place.name in wanted}


def fonts_missing() -> str | None:
    """None where all are installed, else what to do, as the end of a sentence."""
    there = installed_fonts()
    packages = " ".join(package for package, files in FONTS.items() if not set(files) <= set(there))
    return f"apt install {packages}, or put their .ttf files below {font_folders()[-1]}" if packages else None
