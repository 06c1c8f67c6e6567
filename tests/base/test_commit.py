"""The commit is found wherever it is told, and nothing is made up."""

import subprocess

import pytest

from outclass.base import commit

FIRST, SECOND = "a" * 40, "b" * 40


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.delenv(commit.VARIABLE, raising=False)
    commit.current_commit.cache_clear()
    yield
    commit.current_commit.cache_clear()


def git(folder, *words):
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True, timeout=30
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "One")
    return tmp_path


def test_a_branch_a_packed_branch_a_commit_and_a_worktree(checkout):
    wanted = git(checkout, "rev-parse", "HEAD")
    assert commit.checked_out(checkout) == wanted

    git(checkout, "pack-refs", "--all")
    assert commit.checked_out(checkout) == wanted

    git(checkout, "worktree", "add", "--quiet", "-b", "other", "beside")
    assert commit.checked_out(checkout / "beside") == wanted

    git(checkout, "checkout", "--quiet", "--detach")
    assert commit.checked_out(checkout) == wanted


def test_nothing_is_made_up(tmp_path):
    assert commit.checked_out(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    assert commit.checked_out(tmp_path) == ""
    (tmp_path / ".git" / "HEAD").write_bytes(b"ref: refs/heads/gone")
    assert commit.checked_out(tmp_path) == ""
    (tmp_path / ".git" / "HEAD").write_bytes(b"\xff\xfe")
    assert commit.checked_out(tmp_path) == ""


def test_who_built_it_is_asked_first(monkeypatch):
    monkeypatch.setattr(commit, "checked_out", lambda _folder: SECOND)
    assert commit.current_commit() == SECOND

    commit.current_commit.cache_clear()
    monkeypatch.setenv(commit.VARIABLE, FIRST)
    assert commit.current_commit() == FIRST

    commit.current_commit.cache_clear()
    monkeypatch.setenv(commit.VARIABLE, "$(rm -rf)")
    assert commit.current_commit() == SECOND
