"""What the environment decides about the site alone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from outclass.base.errors import InputError
from outclass.catalog.challenge import PayoutScale

UPLOAD_MEGABYTES = 15
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOptions:
    """How the site is reached.

    Attributes
    ----------
    hosts
        Host names that the site answers to, besides those of this machine alone.
    https
        Whether people reach the site by HTTPS: cookies are then marked secure and plain HTTP is redirected.
    hsts_seconds
        How long browsers must insist on HTTPS; 0 leaves it to them.
    proxies
        Number of trusted reverse proxies before the site, each of which appends to `X-Forwarded-For`.
    payouts
        The scale of payouts in new deals of all challenges, whatever they declare.
    data_url
        Where the data sites are, with a slash at its end; empty where there are none to link to.
    upload_megabytes
        Size of the largest table that may be uploaded; 0 stands for 15.
    """

    hosts: tuple[str, ...] = ()
    https: bool = False
    hsts_seconds: int = 0
    proxies: int = 0
    payouts: PayoutScale | None = None
    data_url: str = ""
    upload_megabytes: int = 0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "SiteOptions":
        """Read `OUTCLASS_HOSTS`, `_HTTPS`, `_HSTS_SECONDS`, `_PROXIES`, `_PAYOUTS` and the others."""
        env = os.environ if environ is None else environ
        return cls(
            hosts=tuple(host.strip() for host in env.get("OUTCLASS_HOSTS", "").split(",") if host.strip()),
            https=read_switch(env, "OUTCLASS_HTTPS"),
            hsts_seconds=read_count(env, "OUTCLASS_HSTS_SECONDS"),
            proxies=read_count(env, "OUTCLASS_PROXIES"),
            payouts=read_scale(env, "OUTCLASS_PAYOUTS"),
            data_url=read_address(env, "OUTCLASS_DATA_URL"),
            upload_megabytes=read_count(env, "OUTCLASS_UPLOAD_MB"),
        )

    @property
    def upload_bytes(self) -> int:
        """Return the size of the largest table that may be uploaded."""
        return (self.upload_megabytes or UPLOAD_MEGABYTES) * 1_000_000

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Return every host name that is answered."""
        return (*LOCAL_HOSTS, *self.hosts)

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the origins from which forms are trusted behind a proxy that ends HTTPS."""
        return tuple(
            f"https://{'*' + host if host.startswith('.') else host}" for host in self.hosts if host != "*"
        )


def read_switch(environ: Mapping[str, str], name: str) -> bool:
    """Read a variable that is 1 or 0.

    >>> read_switch({"OUTCLASS_HTTPS": "1"}, "OUTCLASS_HTTPS")
    True
    """
    value = environ.get(name, "").strip().lower()
    if value in {"", "0", "false", "no"}:
        return False
    if value in {"1", "true", "yes"}:
        return True
    raise InputError("this is no switch", where=name, got=value, accepted="1 or 0")


def read_count(environ: Mapping[str, str], name: str) -> int:
    """Read a variable that is a whole number from 0.

    >>> read_count({}, "OUTCLASS_PROXIES")
    0
    """
    value = environ.get(name, "").strip() or "0"
    if not (value.isascii() and value.isdigit()):
        raise InputError("this is no whole number", where=name, got=value, accepted="0, 1, 2, ...")
    return int(value)


def read_address(environ: Mapping[str, str], name: str) -> str:
    """Read a variable that is a path or an address, or is not set; it ends in a slash then.

    >>> read_address({"OUTCLASS_DATA_URL": "https://data.example.org"}, "OUTCLASS_DATA_URL")
    'https://data.example.org/'
    """
    value = environ.get(name, "").strip()
    if value and not value.startswith(("/", "https://", "http://")):
        raise InputError("this is no address", where=name, got=value, accepted="/data/ or https://HOST/")
    return f"{value.rstrip('/')}/" if value else ""


def read_scale(environ: Mapping[str, str], name: str) -> PayoutScale | None:
    """Read a variable that names a scale of payouts, or is not set.

    >>> read_scale({"OUTCLASS_PAYOUTS": "historic"}, "OUTCLASS_PAYOUTS")
    <PayoutScale.HISTORIC: 'historic'>
    """
    value = environ.get(name, "").strip().lower()
    if not value:
        return None
    if value not in tuple(PayoutScale):
        raise InputError("this is no scale", where=name, got=value, accepted=", ".join(PayoutScale))
    return PayoutScale(value)
