"""Which addresses of the web may be fetched: read strictly, as one address has many odd spellings."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote

from outclass.base.errors import InvalidInputError

LONGEST_URL = 2048
PORTS = {"http": 80, "https": 443}
HINT = "the address of a photo begins with http:// or https:// and needs no password"
URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL | re.ASCII)
CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
LITERAL = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
IN_PATH = "/?&=%:;@!$'()*+,~-._|[]"

Address = IPv4Address | IPv6Address

CLOSED4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by providers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's own services
        "169.254.0.0/16",  # link-local, and the metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
"""Source: IANA IPv4 Special-Purpose Address Registry; all of it, whatever Python calls global."""
OPEN6 = IPv6Network("2000::/3")
"""All that is global is in here: not loopback, mapped, NAT64, unique local, site-local, link-local."""
CLOSED6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
"""Source: IANA IPv6 Special-Purpose Address Registry."""
ISATAP = (0x00005EFE, 0x02005EFE)


class AddressRefusedError(InvalidInputError):
    """An address of the web that is not fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A web address, taken apart.

    Attributes
    ----------
    host
        In lower case, without a dot at the end; of an address in numbers the usual spelling, no brackets.
    address
        Where the host is an address in numbers.
    path
        With the query, in ASCII.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None = None

    @property
    def authority(self) -> str:
        """Return the host as it stands in an address and in the header Host."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the address in its usual spelling."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(url: str) -> Target:
    """Take a web address apart; what browsers and libraries read differently is refused.

    Raises
    ------
    AddressRefusedError
        No http or https, a user name or password, odd characters, a host in an odd spelling.

    Examples
    --------
    >>> read_url("HTTP://Example.org").url
    'http://example.org/'
    """
    url = url.strip(" ")
    if len(url) > LONGEST_URL:
        raise refused("this address is too long", f"{len(url)} characters", f"at most {LONGEST_URL}")
    if CONTROL.search(url):
        raise refused("this address holds blanks, line ends or backslashes", url)
    found = URL.fullmatch(url)
    if found is None:
        raise refused("this is no address of the web", url, "http://... or https://...")
    scheme, authority, path = found[1].lower(), found[2], found[3]
    if "@" in authority:
        raise refused("this address holds a user name or a password", "user@...")
    host, port = split_authority(authority, scheme)
    address = read_number(host)
    path = path if path.startswith("/") else f"/{path}"
    return Target(
        scheme=scheme,
        host=str(address or host.removesuffix(".")),
        port=port,
        path=quote(path, safe=IN_PATH, errors="replace"),
        address=address,
    )


def split_authority(authority: str, scheme: str) -> tuple[str, int]:
    """Return host (IPv6 in its brackets) and port."""
    host, port = authority.lower() if authority.isascii() else authority, PORTS[scheme]
    start = host.rfind("]") + 1
    if (colon := host.find(":", start)) >= 0:
        digits = host[colon + 1 :]
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 5 and 0 < int(digits) <= 65535):
            raise refused("this address has an odd port", authority)
        host, port = host[:colon], int(digits)
    return host, port


def read_number(host: str) -> Address | None:
    """Return the address of a host in numbers, None for a name; refuse what is neither."""
    if host.startswith("[") and host.endswith("]"):
        try:
            return IPv6Address(host[1:-1]) if "%" not in host else odd(host)
        except ValueError:
            return odd(host)
    name = host.removesuffix(".")
    if not HOST.fullmatch(name):
        return odd(host)
    if not NUMBER.fullmatch(name.rpartition(".")[2]):
        return None
    if not LITERAL.fullmatch(name):
        return odd(host)
    try:
        return IPv4Address(name)
    except ValueError:
        return odd(host)


def odd(host: str) -> Address:
    """Refuse a host."""
    raise refused(
        "this host is not written in a usual way",
        host,
        "a name in ASCII (xn--... for others), 192.0.2.1, [2001:db8::1]",
    )


def is_public(address: Address) -> bool:
    """Tell whether an address is globally routable, and stands for itself and no other.

    >>> is_public(IPv4Address("93.184.215.14")), is_public(IPv6Address("64:ff9b::7f00:1"))
    (True, False)
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED4)
    if address not in OPEN6 or any(address in network for network in CLOSED6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in ISATAP


def read_address(text: str) -> Address | None:
    """Return an address as the system's resolver gives it; None where it has a zone or is none."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def refused(what: str, got: str, accepted: str | None = None, hint: str = HINT) -> AddressRefusedError:
    """Return the error for an address."""
    return AddressRefusedError(what, where="url", got=repr(got), accepted=accepted, hint=hint)
