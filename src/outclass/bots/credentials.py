"""Who we are on each network: from the environment or from a mounted secret file, never from a challenge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from outclass.base.errors import InputError
from outclass.catalog.declared_bot import Network

BLUESKY = "https://bsky.social"
LARGEST_SECRET = 4096
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A server, an account there, and its secret, which is never shown.

    Attributes
    ----------
    user
        Needed on Bluesky only; on Mastodon the token says it.
    """

    server: str
    secret: str = field(repr=False)
    user: str = ""


def credentials_of(network: Network, environ: Mapping[str, str]) -> Credentials | None:
    """Return the credentials for a network, or None where the environment names none.

    Mastodon: `OUTCLASS_MASTODON_URL` and `OUTCLASS_MASTODON_TOKEN`, an access token with the scopes `read`
    and `write:statuses`. Bluesky: `OUTCLASS_BLUESKY_HANDLE` and `OUTCLASS_BLUESKY_PASSWORD`, an app password;
    `OUTCLASS_BLUESKY_URL` where the account lies on another server than Bluesky's. Each secret may lie in a
    file that the same name with `_FILE` leads to.

    Raises
    ------
    InputError
        Only a part of them is there, the file cannot be read, or the server's address is not one.
    """
    if network is Network.MASTODON:
        names = ("OUTCLASS_MASTODON_URL", "OUTCLASS_MASTODON_TOKEN")
    else:
        names = ("OUTCLASS_BLUESKY_HANDLE", "OUTCLASS_BLUESKY_PASSWORD")
    public, secret = environ.get(names[0], ""), secret_of(names[1], environ)
    if not public and not secret:
        return None
    if not (public and secret):
        missing = names[1] if public else names[0]
        raise InputError(f"the credentials for {network} are not whole", where=missing, hint=f"set {missing}")
    if network is Network.MASTODON:
        return Credentials(server=server_of(public, names[0]), secret=secret)
    url = environ.get("OUTCLASS_BLUESKY_URL") or BLUESKY
    return Credentials(server=server_of(url, "OUTCLASS_BLUESKY_URL"), secret=secret, user=public)


def secret_of(name: str, environ: Mapping[str, str]) -> str:
    """Return a secret from the environment, or from the file that it names; empty where there is none.

    Raises
    ------
    InputError
        The file cannot be read, or holds no secret.
    """
    if found := environ.get(name):
        return found
    path = environ.get(f"{name}_FILE")
    if not path:
        return ""
    try:
        content = Path(path).read_bytes()
        secret = content.decode("ascii").strip()
    except OSError as error:
        raise InputError(
            "the file of a secret cannot be read", where=f"{name}_FILE", got=error.strerror
        ) from None
    except UnicodeDecodeError:
        secret = ""
    if not secret or len(secret) > LARGEST_SECRET or len(secret.split()) != 1:
        raise InputError("the file holds no secret", where=f"{name}_FILE", accepted="one word of ASCII")
    return secret


def server_of(url: str, where: str) -> str:
    """Return the address of a server; plain HTTP is for this machine only, as the secret is sent there.

    Raises
    ------
    InputError
        It is no such address.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
    if not secure or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise InputError("this is no server", where=where, accepted="https://example.social")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
