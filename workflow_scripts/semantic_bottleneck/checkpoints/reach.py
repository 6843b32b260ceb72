"""Which servers an address may lead to, its redirects included: encrypted ones on the internet, unless its card says more.

What a host name stands for is looked at once the connection stands, before anything is sent; a name that means another
address the second time is of no use. Behind a proxy, which connects in our place, only addresses in numbers can be told.
"""

import ipaddress
from enum import Enum
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from semantic_bottleneck.checkpoints.sources import Location

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS = {"http": 80, "https": 443}


class OutOfReachError(Exception):
    """The connection was made to `address`, where it may not lead, and nothing was sent."""

    def __init__(self, address: Address):
        super().__init__(str(address))
        self.address = address


class Reach(Enum):
    """Where connections may lead: to the internet; there and to this machine; there and into private networks."""

    PUBLIC = 0
    THIS_MACHINE = 1
    PRIVATE = 2

    @classmethod
    def of(cls, location: Location) -> "Reach":
        """What the card allows; who names this machine means it."""
        if location.private:
            return cls.PRIVATE
        return cls.THIS_MACHINE if is_this_machine(_host(location.url or "")) else cls.PUBLIC

    def require(self, address: Address) -> None:
        """Raises OutOfReachError; addresses that only services of this machine's own cloud answer are never allowed."""
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_loopback:
            allowed = self is not Reach.PUBLIC
        elif address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            allowed = False
        else:
            allowed = self is Reach.PRIVATE or address.is_global
        if not allowed:
            raise OutOfReachError(address)

    def session(self) -> requests.Session:
        """A session whose connections, save those that a proxy makes, lead nowhere else."""
        reach = self

        class Plain(HTTPConnection):
            def _new_conn(self):
                return reach.checked(super()._new_conn())

        class Encrypted(HTTPSConnection):
            def _new_conn(self):
                return reach.checked(super()._new_conn())

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        session = requests.Session()
        for scheme in PORTS:
            adapter = HTTPAdapter()
            adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
            session.mount(f"{scheme}://", adapter)
        return session

    def checked(self, connection):
        """`connection`, or closed and OutOfReachError."""
        try:
            self.require(ipaddress.ip_address(connection.getpeername()[0].partition("%")[0]))
        except OutOfReachError:
            connection.close()
            raise
        return connection


def require_reach(location: Location, url: str) -> None:
    """Require that `url`, which the card or a redirect names, may be asked, as far as the address itself tells.

    Raises:
        OutOfReachError: it is a number that stands for a place out of reach.
    """
    address = _number(_host(url))
    if address is not None:
        Reach.of(location).require(address)


def in_clear(location: Location, url: str) -> bool:
    """Whether asking `url` would send plain text over a network that the card does not say is trusted."""
    return urlsplit(url).scheme.lower() == "http" and not (location.insecure or is_this_machine(_host(url)))


def is_this_machine(host: str) -> bool:
    """Whether a host's name itself says so."""
    address = _number(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have scheme, host and port in common: only then is a login for one meant for the other."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(scheme)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _number(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
