"""The secret is made once and kept to its owner."""

import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import OutclassError
from outclass.base.secret import Signer, secret_key
from outclass.base.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url="sqlite:///x")


def test_all_first_starts_agree(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key(settings), range(8)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_reads_it(settings: Settings) -> None:
    secret_key(settings)
    assert stat.S_IMODE((settings.home / "secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "ab" * 31])
def test_a_broken_secret_is_told(settings: Settings, content: str) -> None:
    settings.home.mkdir()
    (settings.home / "secret.key").write_text(content)
    with pytest.raises(OutclassError, match="the secret is broken"):
        secret_key(settings)


def test_a_mounted_secret_is_taken_and_never_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="sqlite:///x", secret_file=tmp_path / "mounted")
    with pytest.raises(OutclassError, match="the secret cannot be read"):
        secret_key(settings)
    (tmp_path / "mounted").write_text("ab" * 32)

    assert secret_key(settings) == b"\xab" * 32
    assert not (tmp_path / "secret.key").exists()


@given(st.text(), st.text(max_size=12))
def test_only_the_right_mark_verifies(text: str, other: str) -> None:
    signer = Signer(b"k" * 32, "prediction")
    mark = signer.sign(text)
    assert signer.verify(text, mark)
    assert signer.verify(text, other) == (other == mark)
    assert not Signer(b"k" * 32, "other").verify(text, mark)
    assert not Signer(b"j" * 32, "prediction").verify(text, mark)
