"""One GET request: redirects, access tokens, confirmation pages, and every failure as a sentence."""

import logging
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from semantic_bottleneck.checkpoints.drive import confirmation_url
from semantic_bottleneck.checkpoints.patience import Patience, TransientError
from semantic_bottleneck.checkpoints.reach import OutOfReachError, Reach, in_clear, require_reach, same_origin
from semantic_bottleneck.checkpoints.refusals import Answer, RefusedError, insecure, out_of_reach, refusal, web_page
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.checkpoints.unreachable import no_answer
from semantic_bottleneck.redaction import HIDDEN

PAGE_LIMIT = 1 << 20
CHUNK = 1 << 18
REDIRECTS = 20

# Its warnings hold whole addresses, signatures included; what matters of them becomes a sentence here.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class _Login(requests.auth.AuthBase):
    """One Authorization header, or none. Given as `auth` even then, since requests would look into ~/.netrc otherwise."""

    def __init__(self, header: str | None):
        self._header = header

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header
        return request


class Client:
    """Keeps connections open between requests; use it as a context manager."""

    def __init__(self, patience: Patience):
        self.patience = patience
        self._sessions: dict[Reach, requests.Session] = {}

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        for session in self._sessions.values():
            session.close()

    def get(self, location: Location, headers: Mapping[str, str], url: str | None = None) -> requests.Response:
        """Ask for `location` (or for `url`, where an earlier answer was redirected to); the body is not read yet.

        Returns a response of status 200, 206 or 416.

        Raises:
            TransientError: the connection failed or the server is overloaded.
            RefusedError: the server says no, or answers with a web page.
            UserError: the address cannot be used at all.
        """
        address = url or location.url
        assert address is not None  # what lies on this machine is not asked for
        response = self._request(location, headers, address)
        if _is_page(response):
            page = _text(response)
            confirmed = confirmation_url(page, response.url) if location.page and not location.hub else None
            if confirmed is None:
                raise web_page(location, _without_token(location, page))
            response = self._request(location, headers, confirmed)
            if _is_page(response):
                raise web_page(location, _without_token(location, _text(response)))
        if response.headers.get("Content-Encoding", "identity") != "identity":
            response.close()
            raise RefusedError(f"{location.name}: the server compresses the file although it was asked not to; use a mirror.")
        return response

    def _request(self, location: Location, headers: Mapping[str, str], url: str) -> requests.Response:
        """The answer behind all redirects, which are followed here, since each may lead where it must not."""
        passed: list[requests.Response] = []
        while True:
            response = self._ask(location, headers, url, again=bool(passed))
            target = self._session(location).get_redirect_target(response)
            if target is None:
                break
            response.close()
            passed.append(response)
            if len(passed) > REDIRECTS:
                raise no_answer(requests.TooManyRedirects(), location, url)
            url = urljoin(response.url, target)
        response.history = passed
        if response.status_code in (200, 206, 416):
            return response
        raise _failure(location, response)

    def _ask(self, location: Location, headers: Mapping[str, str], url: str, again: bool) -> requests.Response:
        timeout = (self.patience.connect_timeout, self.patience.read_timeout)
        try:
            if in_clear(location, url):
                raise insecure(location, url, again)
            require_reach(location, url)
            return self._session(location).get(
                url, headers=dict(headers), auth=_login(location, url), stream=True, timeout=timeout, allow_redirects=False
            )
        except OutOfReachError as error:
            raise out_of_reach(location, url, error.address) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            # Not "from error": its text may hold what nobody should see.
            raise no_answer(error, location, url) from None

    def _session(self, location: Location) -> requests.Session:
        reach = Reach.of(location)
        if reach not in self._sessions:
            session = self._sessions[reach] = reach.session()
            # Ranges and sizes are about the stored bytes, so no compression on the way.
            session.headers.update({"Accept-Encoding": "identity", "User-Agent": "semantic-bottleneck"})
        return self._sessions[reach]


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
    except (urllib3.exceptions.HTTPError, OSError):
        raise TransientError("the connection broke") from None
    finally:
        response.close()


def _login(location: Location, url: str) -> requests.auth.AuthBase:
    """What `url` may know: of the card's own server its token or written login; elsewhere, and never for the hub, ~/.netrc.

    An answer may lead to another company's storage, or the same host without encryption: no login of the first server goes
    there.
    """
    at_home = same_origin(location.url or "", url)
    if location.hub:
        return _Login(f"Bearer {location.token.value}" if location.token and at_home else None)
    written = requests.utils.get_auth_from_url(location.url or "")
    if at_home and any(written):
        return requests.auth.HTTPBasicAuth(*written)
    known = None if urlsplit(url).scheme == "http" and not at_home else requests.utils.get_netrc_auth(url)
    return requests.auth.HTTPBasicAuth(*known) if known else _Login(None)


def _failure(location: Location, response: requests.Response) -> Exception:
    status, headers = response.status_code, response.headers
    if status == 429:
        fix = "too many requests came from here, so wait a while and run again"
        response.close()
        return TransientError("the server answered 429", fix, retry_after=header_number(response, "Retry-After"))
    if status in (408, 425) or status >= 500:
        response.close()
        return TransientError(f"the server answered {status}", retry_after=header_number(response, "Retry-After"))
    said = _without_token(location, headers.get("X-Error-Message", ""))
    legible = any(kind in headers.get("Content-Type", "").lower() for kind in ("html", "xml"))
    body = _without_token(location, _text(response)) if legible else ""
    response.close()
    return refusal(location, Answer(status, response.url, headers.get("X-Error-Code", ""), said, body))


def _without_token(location: Location, text: str) -> str:
    """What a server says, should it repeat the token it was sent."""
    return text.replace(location.token.value, HIDDEN) if location.hub and location.token else text
