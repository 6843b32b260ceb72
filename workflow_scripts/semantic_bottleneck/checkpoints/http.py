"""One GET request: redirects, access tokens, confirmation pages, and every failure as a sentence."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import requests
import urllib3

from semantic_bottleneck.checkpoints.drive import confirmation_url
from semantic_bottleneck.checkpoints.listing import plain
from semantic_bottleneck.checkpoints.patience import Patience, TransientError
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.errors import UserError

PAGE_LIMIT = 1 << 20
CHUNK = 1 << 18


class RefusedError(UserError):
    """The server answered, and its answer is no; another mirror or a fresh redirect may still serve."""


class Client:
    """Keeps connections open between requests; use it as a context manager."""

    def __init__(self, patience: Patience):
        self.patience = patience
        self._session = requests.Session()
        # Ranges and sizes are about the stored bytes, so no compression on the way.
        self._session.headers.update({"Accept-Encoding": "identity", "User-Agent": "semantic-bottleneck"})

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self._session.close()

    def get(self, location: Location, headers: Mapping[str, str], url: str | None = None) -> requests.Response:
        """Ask for `location` (or for `url`, where an earlier answer was redirected to); the body is not read yet.

        Returns a response of status 200, 206 or 416.

        Raises:
            TransientError: the connection failed or the server is overloaded.
            RefusedError: the server says no, or answers with a web page.
            UserError: the address cannot be used at all.
        """
        response = self._request(location, headers, url or location.url)
        if _is_page(response):
            page = _text(response)
            confirmed = confirmation_url(page, response.url) if location.page else None
            if confirmed is None:
                raise _web_page(location, page)
            response = self._request(location, headers, confirmed)
            if _is_page(response):
                raise _web_page(location, _text(response))
        if response.headers.get("Content-Encoding", "identity") != "identity":
            response.close()
            raise RefusedError(f"{location.name}: the server compresses the file although it was asked not to; use a mirror.")
        return response

    def _request(self, location: Location, headers: Mapping[str, str], url: str) -> requests.Response:
        headers = dict(headers)
        # A redirect may lead to another company's storage, which must not see the token.
        if location.token and urlsplit(url).netloc == urlsplit(location.url).netloc:
            headers["Authorization"] = f"Bearer {location.token}"
        timeout = (self.patience.connect_timeout, self.patience.read_timeout)
        try:
            response = self._session.get(url, headers=headers, stream=True, timeout=timeout)
        except requests.exceptions.SSLError as error:
            raise RefusedError(f"{location.name}: the server's certificate is not accepted ({_short(error)}).") from error
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise TransientError(_short(error)) from error
        except (requests.RequestException, ValueError) as error:
            raise UserError(f"{location.name} cannot be requested ({_short(error)}); correct the url in the card.") from error
        if response.status_code in (200, 206, 416):
            return response
        response.close()
        raise _failure(location, response)


def header_number(response: requests.Response, name: str) -> int | None:
    """An HTTP header that holds a count, or None if it is absent or not a count."""
    value = response.headers.get(name, "").strip()
    return int(value) if re.fullmatch(r"\d{1,18}", value) else None


def content_range(response: requests.Response) -> tuple[int, int, int] | None:
    """(start, stop, size of the file) of a 206 answer, stop exclusive; None if the header says less."""
    found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", response.headers.get("Content-Range", "").strip())
    return (int(found[1]), int(found[2]) + 1, int(found[3])) if found else None


def identity(response: requests.Response) -> dict[str, str]:
    """What the server says about which version of the file this is.

    Hugging Face names the commit and, for large files, the sha256 on its own answer before the redirect
    (X-Repo-Commit, X-Linked-Etag).
    """
    said = {}
    for answer in [*response.history, response]:
        linked = answer.headers.get("X-Linked-Etag", "").strip('W/"')
        if re.fullmatch(r"[0-9a-f]{64}", linked):
            said["sha256_announced"] = linked
        if "X-Repo-Commit" in answer.headers:
            said["commit"] = answer.headers["X-Repo-Commit"]
    for key, header in (("etag", "ETag"), ("last_modified", "Last-Modified")):
        if header in response.headers:
            said[key] = response.headers[header]
    return said


def pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it arrives; every way a transfer can break becomes TransientError."""
    try:
        # read1 hands out what has arrived; waiting for full chunks would lose a piece with every interruption.
        while piece := response.raw.read1(CHUNK):
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TransientError("the connection broke") from error


def _is_page(response: requests.Response) -> bool:
    return response.status_code != 416 and response.headers.get("Content-Type", "").lower().startswith("text/html")


def _text(response: requests.Response) -> str:
    try:
        return response.raw.read(PAGE_LIMIT, decode_content=True).decode("utf-8", "replace")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TransientError(_short(error)) from error
    finally:
        response.close()


def _web_page(location: Location, page: str) -> UserError:
    title = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    said = f' ("{plain(title[1])}")' if title else ""
    return RefusedError(
        f"{location.name} answered with a web page{said} instead of the file; open {location.page or 'the address'} in a "
        "browser, download the file by hand and put its path into the card's url."
    )


def _failure(location: Location, response: requests.Response) -> Exception:
    status = response.status_code
    if status in (408, 425, 429) or status >= 500:
        return TransientError(f"the server answered {status}", header_number(response, "Retry-After"))
    if status in (401, 403) and location.name.startswith("hf://"):
        given = "the token in HF_TOKEN was not accepted" if location.token else "no token was given"
        return RefusedError(
            f"{location.name} is gated and {given}: accept the licence at {location.page}, create a token there and "
            "set the environment variable HF_TOKEN."
        )
    if status in (401, 403):
        return RefusedError(
            f"{location.name}: the server refuses access ({status}); download the file by hand and put its path into "
            "the card's url."
        )
    if status in (404, 410):
        return RefusedError(f"{location.name} is not there any more ({status}); correct the url in the card or add a mirror.")
    return RefusedError(f"{location.name}: the server answered {status}; correct the url in the card or add a mirror.")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
