"""The secret of an installation, made once, and short signatures with it."""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from outclass.base.errors import OutclassError
from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic

FILE_NAME = "secret.key"
MARK_LENGTH = 10


def secret_key(settings: Settings) -> bytes:
    """Return the 32 secret bytes of this home folder, made at the first call.

    The file `secret.key` (mode 0600, 64 hexadecimal digits) is written whole before it gets its name, and the
    first process wins, so that all processes read the same secret. A file that the settings name is never
    made.
    """
    path = settings.secret_file or settings.home / FILE_NAME
    if settings.secret_file is None and not path.exists():
        make_secret(path)
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OutclassError("the secret cannot be read", where=str(path), got=type(error).__name__) from None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise OutclassError(
            "the secret is broken",
            where=str(path),
            accepted="64 hexadecimal digits",
            hint="make a new one: openssl rand -hex 32; people are then logged out",
        )
    return key


def make_secret(path: Path) -> None:
    """Write a new secret, unless another process was first."""
    with FileLock(path.with_name(f".{path.name}.lock")):
        if not path.exists():
            write_atomic(path, secrets.token_hex(32).encode("ascii"), mode=0o600)


class Signer:
    """Short signatures (keyed BLAKE2, RFC 7693) for one purpose; one of another purpose does not verify.

    Parameters
    ----------
    key
        The installation's secret.
    purpose
        Name of what is signed, such as `prediction`.

    Examples
    --------
    >>> signer = Signer(b"k" * 32, "prediction")
    >>> mark = signer.sign("abc")
    >>> len(mark), signer.verify("abc", mark), signer.verify("abd", mark)
    (10, True, False)
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        self._key = hashlib.blake2b(purpose.encode("utf-8"), key=key, digest_size=32).digest()

    def sign(self, text: str) -> str:
        """Return 10 characters (60 bits) that only the holder of the secret can make for this text."""
        digest = hashlib.blake2b(text.encode("utf-8"), key=self._key, digest_size=9).digest()
        return base64.urlsafe_b64encode(digest).decode("ascii")[:MARK_LENGTH]

    def verify(self, text: str, mark: str) -> bool:
        """Return whether the mark was made by `sign` for this text, in constant time."""
        return hmac.compare_digest(self.sign(text).encode("ascii"), mark.encode("utf-8"))
