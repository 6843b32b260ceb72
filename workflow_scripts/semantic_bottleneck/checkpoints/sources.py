"""What an address in a model card means: a local path, or a URL with what its host needs to be asked."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from semantic_bottleneck.checkpoints.hub import HubFile, hub_file, own_endpoint
from semantic_bottleneck.checkpoints.tokens import Token, hub_token
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.redaction import redacted

GOOGLE_DRIVE = "https://drive.usercontent.google.com/download"
DROPBOX = ("dropbox.com", "dropboxusercontent.com")


@dataclass(frozen=True)
class Location:
    """One place a file can be had from.

    `address` is what the card says, `name` the same without secrets: what is shown, and the key of the lock file. Exactly
    one of `url` and `path` is set; `member` names a file inside an archive; `page` is where a person can look or ask for
    access; `hub` tells addresses of the model hub, whose requests carry `token` and no other login. `insecure` allows plain
    http, `private` a server in a private network.
    """

    address: str = field(repr=False)
    url: str | None = field(default=None, repr=False)
    path: Path | None = None
    member: str | None = None
    page: str | None = None
    hub: bool = False
    token: Token | None = None
    insecure: bool = False
    private: bool = False
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", redacted(self.address))


def locate(address: str, base: Path, *, insecure: bool = False, private: bool = False) -> Location:
    """Interpret https://, the hub's addresses (see `hub_file`), gdrive:ID, Drive and Dropbox links, file:// and local paths.

    Local paths are relative to `base`. `#member` at the end picks one file of an archive. Addresses of the hub carry the
    token that `hub_token` finds. `insecure` and `private`: what the card allows beside the address.

    Raises:
        UserError: the address has an unknown scheme or lacks a part, or the hub's token cannot be used.
    """
    if not isinstance(address, str) or not address.strip():
        raise UserError(f"checkpoint.files: url must be an address or a path, not {address!r}.")
    scheme, has_scheme, rest = address.partition("://")
    if not has_scheme and not address.startswith("gdrive:"):
        return _local(address, base / address)
    if scheme == "file":
        return _local(address, Path(unquote(rest)))
    plain, _, inside = address.partition("#")
    member = unquote(inside) or None
    if plain.startswith("gdrive:"):
        return _drive(address, plain.removeprefix("gdrive:"), member)
    if scheme not in ("http", "https", "hf"):
        raise UserError(f"{address}: cannot read {scheme}:// addresses; use https://, hf://, gdrive: or a path.")
    try:
        parts = urlsplit(plain)
        host = parts.hostname or ""
        on_hub = hub_file(plain)
    except ValueError as error:
        raise UserError(f"{address} is no address; correct the url in the card.") from error
    if on_hub:
        return replace(_on_hub(address, on_hub, member), insecure=insecure, private=private or own_endpoint())
    if host == "drive.google.com":
        found = re.search(r"/d/([\w-]+)", parts.path)
        return _drive(address, found[1] if found else parse_qs(parts.query).get("id", [""])[0], member)
    if any(host == name or host.endswith("." + name) for name in DROPBOX):
        # dl=0 shows a web page; dl=1 gives the file.
        query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "dl"]
        parts = parts._replace(query=urlencode([*query, ("dl", "1")]))
    return Location(address, url=urlunsplit(parts), member=member, insecure=insecure, private=private)


def sibling(address: str, file: str) -> str:
    """The address of `file` in the same folder as `address` (for the shards beside a safetensors index).

    Raises:
        UserError: `file` is not a plain file name.
    """
    if not re.fullmatch(r"\w[\w.+-]*", file):
        raise UserError(f"{address} names the shard {file!r}, which is not a plain file name; the index is damaged.")
    plain = address.partition("#")[0]
    if plain.startswith("gdrive:") or plain.startswith("https://drive.google.com/"):
        raise UserError(
            f"{address} is one file on Google Drive, where no shard has an address; name another source of the index."
        )
    if plain.startswith("hf://") and (on_hub := hub_file(plain)):
        return on_hub.beside(file)
    if "://" in plain:
        parts = urlsplit(plain)
        return urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{quote(file)}"))
    return str(Path(address).parent / file)


def _local(address: str, path: Path) -> Location:
    if not path.exists() and "#" in str(path):
        name, _, member = str(path).partition("#")
        return Location(address, path=Path(name), member=member)
    return Location(address, path=path)


def _drive(address: str, identifier: str, member: str | None) -> Location:
    if not re.fullmatch(r"[\w-]{10,}", identifier):
        raise UserError(f"{address} holds no Google Drive file id; write gdrive:ID.")
    query = urlencode({"id": identifier, "export": "download", "confirm": "t"})
    return Location(
        address,
        url=f"{GOOGLE_DRIVE}?{query}",
        member=member,
        page=f"https://drive.google.com/file/d/{identifier}/view",
    )


def _on_hub(address: str, file: HubFile, member: str | None) -> Location:
    return Location(address, url=file.url, member=member, page=redacted(file.page), hub=True, token=hub_token())
