"""An answer that is no, as a sentence: what the server means by it, and what a person can do."""

import html
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from semantic_bottleneck.checkpoints.listing import plain
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.checkpoints.tokens import WITHHELD, withheld
from semantic_bottleneck.errors import UserError

BY_HAND = "download the file by hand and put its path into the card's url"
LONGEST = 160
# Query values that a signed address carries.
SIGNATURES = {"x-amz-signature", "x-goog-signature", "signature", "sig"}


class RefusedError(UserError):
    """The server answered, and its answer is no; another mirror or a fresh redirect may still serve."""


@dataclass(frozen=True)
class Answer:
    """What a refusal said: HTTP status, the host it came from, the hub's X-Error-Code and X-Error-Message, its text."""

    status: int
    url: str
    code: str = ""
    message: str = ""
    body: str = ""


def refusal(location: Location, answer: Answer) -> RefusedError:
    """The sentence for an HTTP status that no retry mends."""
    if answer.status == 407:
        login = "http://user:password@proxy:port into HTTP_PROXY and HTTPS_PROXY"
        return RefusedError(f"{location.name}: the proxy asks for a login (407); write it as {login}.")
    answered = urlsplit(answer.url)
    if location.hub and answered.netloc == urlsplit(location.url).netloc:
        return RefusedError(f"{location.name} {_of_hub(location, answer)}.")
    return RefusedError(f"{location.name}{_of_host(answer, answered.hostname)}.")


def insecure(location: Location, url: str, redirected: bool) -> RefusedError:
    """The sentence for an address without encryption, written in a card or behind a redirect."""
    leads = f"redirects to plain http at {urlsplit(url).hostname}" if redirected else "is plain http"
    return RefusedError(
        f"{location.name} {leads}, which anybody on the way can read and change; use https, or where that network is trusted "
        "add insecure: true beside the url in the card."
    )


def out_of_reach(location: Location, url: str, address: object) -> RefusedError:
    """The sentence for a server that is not on the internet."""
    return RefusedError(
        f"{location.name} leads to {urlsplit(url).hostname} ({address}), which is not on the internet but this machine or in "
        "a private network; where that is meant add private: true beside the url in the card (link-local addresses are never "
        "asked)."
    )


def web_page(location: Location, page: str) -> RefusedError:
    """The sentence for a page that came in the file's place."""
    title = said_by(page)
    lower = title.lower() + (" quota exceeded" if "too many users have viewed or downloaded" in page.lower() else "")
    meaning, fix = "", ""
    if "quota exceeded" in lower or "too many" in lower:
        meaning = ", since it was downloaded too often lately"
        fix = "wait a day, copy it into a Drive of your own and name that copy, or "
    elif re.search(r"\b(sign[ -]?in|log[ -]?in|password|access denied|need (access|permission))\b", lower):
        meaning, fix = ", since the link is not public", "have it shared with everyone who has the link, or "
    elif re.search(r"expired|deleted|removed|no longer|not found|does ?n.t exist|unavailable|error 404", lower):
        meaning, fix = ", since the link has expired or its file is gone", "ask its owner for another link, or "
    return RefusedError(
        f"{location.name} answered with a web page{_quoted(title)} instead of the file{meaning}; {fix}open "
        f"{location.page or 'the address'} in a browser, {BY_HAND}."
    )


def said_by(page: str) -> str:
    """The title and first headings of a web page, or the message of an XML error; one line, "" if there is none."""
    found = [
        re.search(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page, re.IGNORECASE | re.DOTALL) for tag in ("title", "h1", "h2", "message")
    ]
    texts = [html.unescape(re.sub(r"<[^>]*>", " ", each[1])) for each in found if each]
    return ": ".join(dict.fromkeys(text for text in (plain(text, LONGEST) for text in texts) if text))


def _of_hub(location: Location, answer: Answer) -> str:
    status, code, message, token = answer.status, answer.code, answer.message.lower(), location.token
    account = f"the account of the token in {token.source}" if token else ""
    unused = f" ({WITHHELD} is set, so none is sent)" if withheld() else ""
    sign_in = f"set HF_TOKEN to a token of an account that may read it, or run `hf auth login`{unused}"
    if token and status == 401 and ("invalid credentials" in message or code not in ("GatedRepo", "RepoNotFound")):
        return (
            f"was refused: the token in {token.source} was not accepted ({status}{_said(answer)}); it may have expired, so "
            f"create another one and set HF_TOKEN, and check that {location.page} exists"
        )
    if code == "GatedRepo":
        if token:
            return (
                f"is gated and the token in {token.source} was not accepted for it ({status}): accept the licence at "
                f"{location.page} with that account (a fine-grained token must also be allowed to read gated repositories)"
            )
        return f"is gated and no token was given: accept the licence at {location.page}, then {sign_in}"
    if code == "DisabledRepo" or "access to this resource is disabled" in message:
        return f"lies in a repository that the hub has disabled; see {location.page} and use another source"
    if code == "RevisionNotFound":
        return f"names a revision that does not exist in {location.page} (main if it names none); correct the url in the card"
    if code == "EntryNotFound":
        return f"does not exist in this repository at this revision; correct the path, see {location.page}/tree/main"
    if code == "RepoNotFound" or status == 404:
        what = "names a repository that does not exist" if code == "RepoNotFound" else "does not exist"
        hidden = f"is private and {account} may not see it" if token else "is private"
        name = "check the name" if "datasets/" in (location.page or "") else "check the name (of a data set: hf://datasets/...)"
        return f"{what}, or {hidden}; {name}" + (f" at {location.page}" if token else f", and for a private one {sign_in}")
    if status == 401:
        return (
            f"does not exist, is private, or is gated, and no token was given; check the name, accept the licence at "
            f"{location.page} if there is one, and {sign_in}"
        )
    if status == 403:
        if token:
            return f"may not be read by {account} ({status}{_said(answer)}); ask for access at {location.page}"
        return f"may not be read without a token ({status}{_said(answer)}); {sign_in}"
    return f"was answered {status}{_said(answer)}; see {location.page}, or add a mirror"


def _of_host(answer: Answer, host: str | None) -> str:
    status, quoted = answer.status, _quoted(said_by(answer.body))
    signed = SIGNATURES.intersection(name.lower() for name in parse_qs(urlsplit(answer.url).query))
    if signed and status in (400, 401, 403):
        return f": the signed link is refused ({status}){quoted}, as such links expire; get a fresh one, or {BY_HAND}"
    if status == 401:
        return f": {host} asks for a login (401){quoted}; put one for {host} into ~/.netrc, or {BY_HAND}"
    if status == 403:
        return f": the server refuses access (403){quoted}; {BY_HAND}"
    if status in (404, 410):
        return f" is not there any more ({status}){quoted}; correct the url in the card or add a mirror"
    return f": the server answered {status}{quoted}; correct the url in the card or add a mirror"


def _quoted(text: str) -> str:
    return f' ("{text}")' if text else ""


def _said(answer: Answer) -> str:
    return f": {plain(answer.message, LONGEST)}" if answer.message else ""
