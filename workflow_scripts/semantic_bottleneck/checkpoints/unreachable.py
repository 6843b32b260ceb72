"""What stands behind a request that got no answer, said for a person: never an exception's own text, which may hold secrets."""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from semantic_bottleneck.checkpoints.listing import plain
from semantic_bottleneck.checkpoints.patience import NoNetworkError, TransientError, UnreachableError
from semantic_bottleneck.checkpoints.refusals import RefusedError
from semantic_bottleneck.checkpoints.sources import Location

ONLINE = "is this machine online? Behind a proxy set HTTPS_PROXY"
Kind = TypeVar("Kind", bound=BaseException)
NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)
# OpenSSL's words for a server that answers something else than TLS.
NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")


def no_answer(error: Exception, location: Location, url: str) -> Exception:
    """The error to raise for `error`, which a request for `url` on behalf of `location` ended with.

    Returns a TransientError (another try may help), or a RefusedError.
    """
    request = getattr(error, "request", None)
    host = _host(getattr(request, "url", None) or url)
    causes = list(_causes(error))

    def first(*kinds: type[Kind]) -> Kind | None:
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    if first(requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL):
        return _proxy(location, host, causes)
    if distrust := first(ssl.SSLCertVerificationError):
        return RefusedError(
            f"{location.name}: the certificate of {host} is not accepted ({plain(distrust.verify_message)}); behind a "
            "company's proxy name its CA file in REQUESTS_CA_BUNDLE."
        )
    if (tls := first(ssl.SSLError)) and tls.reason in NOT_TLS:
        return RefusedError(f"{location.name}: {host} does not speak TLS at this address; correct the url in the card.")
    if first(urllib3.exceptions.NameResolutionError, socket.gaierror):
        return NoNetworkError(host, f"host name {host} not found", ONLINE)
    if first(requests.TooManyRedirects):
        page = location.page or "the address"
        return RefusedError(f"{location.name}: the server redirects in circles; open {page} in a browser to see why.")
    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if codes.intersection(NO_WAY):
        return NoNetworkError(host, f"no way leads to {host}", ONLINE)
    if errno.ECONNREFUSED in codes:
        return UnreachableError(f"{host} refuses connections", "check the address, or run again when that server is up")
    if first(requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        fix = "check the connection, behind a proxy set HTTPS_PROXY, and run again"
        return TransientError(f"{host} did not answer in time", fix)
    if isinstance(error, ValueError):
        return RefusedError(f"{location.name} is, or leads to, no address that can be requested; correct the url in the card.")
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if bundle and (not os.path.exists(bundle) or (tls and tls.library == "X509")):
        return RefusedError(
            f"{location.name} cannot be requested: REQUESTS_CA_BUNDLE (or CURL_CA_BUNDLE) names {bundle}, which is absent or "
            "holds no certificate; correct it."
        )
    return TransientError("the connection broke")


def _proxy(location: Location, host: str, causes: list[BaseException]) -> Exception:
    text = " ".join(str(cause) for cause in causes)
    if "407" in text:
        return RefusedError(
            f"{location.name}: the proxy asks for a login (407); write it as http://user:password@proxy:port into HTTPS_PROXY."
        )
    if "Tunnel connection failed: 4" in text:
        return RefusedError(
            f"{location.name}: the proxy lets nobody through to {host}; ask its administrator, or add a mirror."
        )
    if "Tunnel connection failed" in text:
        return TransientError(f"the proxy cannot reach {host}")
    return UnreachableError("the proxy that the environment names does not answer", "correct HTTPS_PROXY and HTTP_PROXY")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and every exception inside it, whichever way the libraries packed it."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the host"
    except ValueError:
        return "the host"
