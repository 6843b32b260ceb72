"""The packages of this environment against the pins of the env files."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version


def deviations(pins: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Packages that are absent, and those of another version: name -> the one that is here.

    Args:
        pins: package -> version. A build of it (`2.15.0+cpu`) is the same version.
    """
    absent, other = [], {}
    for name, pin in pins.items():
        try:
            here = version(name)
        except PackageNotFoundError:
            absent.append(name)
            continue
        if here.partition("+")[0] != pin:
            other[name] = here
    return absent, other
