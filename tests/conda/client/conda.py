"""Answers the calls that Snakemake makes of conda. `env create` solves the env file, links packages, then lets pip do its part.

Solver, package cache and linking are rattler's. Channels are read as new clients read them: every name is one, below
CHANNELS, and one that is not there is an error. The pip section is installed with the command that conda uses.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import NoReturn

import rattler
import yaml
from shared import link_installed, pip_install

CLIENT = Path(__file__).resolve().parent


def create(file: Path, prefix: Path) -> None:
    """Make the environment of an env file; ends with a sentence where a client would refuse it."""
    environment = yaml.safe_load(file.read_text(encoding="utf-8"))
    if unknown := environment.keys() - {"name", "channels", "dependencies"}:
        end(f"{file}: conda knows no key {', '.join(map(str, unknown))}")
    specs = [item for item in environment["dependencies"] if isinstance(item, str)]
    sections = [item for item in environment["dependencies"] if not isinstance(item, str)]
    if any(section.keys() != {"pip"} for section in sections):
        end(f"{file}: only pip may have a section of its own")
    try:
        asyncio.run(link(environment["channels"], specs, prefix))
    except Exception as error:
        end(f"{file}: {type(error).__name__}: {error}")
    for section in sections:
        requirements = prefix / "requirements.txt"
        requirements.write_text("\n".join(section["pip"]) + "\n", encoding="utf-8")
        link_installed(prefix, requirements)
        pip_install(prefix, requirements)


async def link(names: list[str], specs: list[str], prefix: Path) -> None:
    """Solve, with strict channel priority, and link the packages into `prefix`."""
    channels = Path(os.environ["CHANNELS"])
    config = rattler.ChannelConfig(channels.as_uri() + "/")
    records = await rattler.solve(
        [rattler.Channel(name, config) for name in names],
        [rattler.MatchSpec(spec, strict=True) for spec in specs],
        gateway=rattler.Gateway(cache_dir=channels.parent / "repodata"),
        virtual_packages=rattler.VirtualPackage.detect(),
        channel_priority=rattler.ChannelPriority.Strict,
    )
    await rattler.install(records, prefix, cache_dir=channels.parent / "packages", show_progress=False)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["info"]:
        print(json.dumps({"conda_prefix": str(CLIENT), "platform": "linux-64"}))
    elif arguments[:1] == ["--version"]:
        print("conda 26.7.1")
    elif arguments[:1] == ["config"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[:2] == ["env", "create"]:
        file, prefix = (Path(arguments[arguments.index(option) + 1]) for option in ("--file", "--prefix"))
        create(file, prefix)
    elif arguments[:1] != ["clean"]:
        end(f"this client does not know: conda {' '.join(arguments)}")


def end(sentence: str = "") -> NoReturn:
    """Leave at once, with status 1 and a sentence or 0 without: rattler's threads may crash a Python that is going down."""
    print(sentence, end="\n" if sentence else "", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(1 if sentence else 0)


main(sys.argv[1:])
end()
