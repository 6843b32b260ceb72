"""Addresses on the model hub: hf://owner/repo/path@revision, and what a browser's address line holds. Standard library only."""

import os
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from semantic_bottleneck.errors import UserError

HUGGING_FACE = "https://huggingface.co"
HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")
KINDS = ("datasets", "spaces")
# Revisions that hold a slash without being quoted: pull requests and the hub's own conversions.
_SPECIAL = r"refs/(?:pr/\d+|convert/[\w.-]+|heads/[^/]+|tags/[^/]+)"


@dataclass(frozen=True)
class HubFile:
    """A file in a repository; `kind` is "" for models, else one of KINDS; `revision` "" means the default branch."""

    kind: str
    repository: str
    path: str
    revision: str

    @property
    def page(self) -> str:
        """The repository's page, where a licence is accepted; HF_ENDPOINT names another host than huggingface.co.

        Raises:
            UserError: HF_ENDPOINT is no address.
        """
        if not re.match(r"https?://[^/]", _endpoint()):
            raise UserError(f"HF_ENDPOINT is {_endpoint()!r}, which is no address; write it as https://host or unset it.")
        return "/".join(filter(None, (_endpoint(), self.kind, quote(self.repository))))

    @property
    def url(self) -> str:
        """Where the file's bytes are asked for."""
        return f"{self.page}/resolve/{quote(self.revision or 'main', safe='')}/{quote(self.path)}"

    @property
    def listing(self) -> str:
        """Where the names of all files of the repository are asked for."""
        kind, name = self.kind or "models", quote(self.repository)
        return f"{_endpoint()}/api/{kind}/{name}/revision/{quote(self.revision or 'main', safe='')}"

    def beside(self, file: str) -> str:
        """The hf:// address of `file` in the same folder."""
        folder = self.path.rpartition("/")[0]
        path = "/".join(filter(None, (self.kind, self.repository, folder, file)))
        return f"hf://{path}{'@' if self.revision else ''}{self.revision}"


def hub_file(address: str) -> HubFile | None:
    """The file that `address` (without #member) means, or None if it is no address of a file on the hub.

    hf://[datasets/|spaces/]owner/repo/path@revision, where the last @ begins the revision; the hub's own spelling
    hf://owner/repo@revision/path; https://huggingface.co/…/blob|resolve|raw/revision/path as copied from a browser.

    Raises:
        UserError: an hf:// address lacks a part.
    """
    if address.startswith("hf://"):
        return _from_hf(address)
    if address.startswith(f"{_endpoint()}/"):
        return _from_web(address.removeprefix(_endpoint()).partition("?")[0])
    parts = urlsplit(address)
    # A login written into the address is the user's own way to be known there.
    ours = parts.scheme in ("http", "https") and parts.hostname in HOSTS and "@" not in parts.netloc
    return _from_web(parts.path) if ours else None


def _from_hf(address: str) -> HubFile:
    first, _, rest = address.removeprefix("hf://").partition("/")
    kind = first if first in KINDS else ""
    owner, _, rest = rest.partition("/") if kind else (first, "/", rest)
    repository, _, path = rest.partition("/")
    revision = ""
    if "@" in repository:
        repository, _, named = repository.partition("@")
        special = re.fullmatch(rf"({_SPECIAL})/(.*)", f"{named}/{path}")
        revision, path = (special[1], special[2]) if special else (unquote(named), path)
    elif "@" in path:
        path, _, revision = path.rpartition("@")
    if not (owner and repository and path):
        raise UserError(f"{address} is incomplete; write hf://owner/repository/path/of/file@revision.")
    return HubFile(kind, f"{owner}/{repository}", path, revision)


def _from_web(path: str) -> HubFile | None:
    found = re.fullmatch(rf"/+(?:({'|'.join(KINDS)})/)?([^/]+(?:/[^/]+)?)/(?:blob|resolve|raw)/({_SPECIAL}|[^/]+)/(.+)", path)
    if found is None:
        return None
    return HubFile(found[1] or "", unquote(found[2]), unquote(found[4]), unquote(found[3]))


def own_endpoint() -> bool:
    """Whether HF_ENDPOINT names a hub of the user's own, which may lie in a private network."""
    return _endpoint() != HUGGING_FACE


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or HUGGING_FACE).strip().rstrip("/")
