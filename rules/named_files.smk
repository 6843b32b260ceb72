"""A file that a card or a study names is part of the workflow: what it holds is a parameter of the rules that read it."""

from snakemake.logging import logger

from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.named_files.contents import contents_hash
from semantic_bottleneck.named_files.names import named_files
from semantic_bottleneck.named_files.recorded import read_lock, read_versions, versions, write_versions

# Beside Snakemake's own records: with them gone, nothing is compared, so nothing needs to be remembered.
SEEN = Path(".snakemake/named-files")
VERSIONS = SEEN / "recorded.json"


@cache
def contents_of(path):
    """Hash of a file or folder, as the main process saw it or as it is now."""
    return refusing(contents_hash)(path, SEEN, logger.info)


def contents(section):
    """What stands in all that a section names, as a rule's parameter: hashes of local files, versions of recorded ones.

    `section`: plain values, or a function of the wildcards that gives them.
    """

    def of(wildcards):
        paths, addresses = named_files(section(wildcards) if callable(section) else section, ROOT)
        inside = {path: path.relative_to(ROOT) if path.is_relative_to(ROOT) else path for path in paths}
        hashes = {name.as_posix(): contents_of(path) for path, name in inside.items()}
        return hashes | recorded(addresses)

    return of


def recorded(addresses):
    """Versions of what the lock file says about addresses; those that never changed are left out."""
    found = versions(addresses, read_lock(ROOT / LOCK), read_versions(VERSIONS))
    if workflow.is_main_process:
        write_versions(VERSIONS, found)
    return {address: entry["version"] for address, entry in found.items() if entry["version"]}


def remember_recorded():
    """After a run, so that a record that was made in it is not taken for a change."""
    if workflow.is_main_process:
        known = read_versions(VERSIONS)
        write_versions(VERSIONS, versions(list(known), read_lock(ROOT / LOCK), known))
