"""Make a draft challenge of a file that was sent, have it trained, publish it, delete it."""

import os
import shutil
import time
from pathlib import Path

import msgspec

from outclass.base.errors import ConflictError, InputError, NotFoundError, RateLimitedError
from outclass.base.jobs import Job, JobKind, JobStore
from outclass.base.settings import Settings
from outclass.catalog.loader import FILE_NAME, challenge_folders
from outclass.catalog.uploads import (
    Upload,
    delete_upload,
    read_upload,
    uploads_folder,
    write_upload,
)
from outclass.site.database import shared_database
from outclass.site.play.models import Deal, Standing
from outclass.site.upload.looking import Asked
from outclass.site.upload.looks import ask
from outclass.site.upload.staging import Sent, discard, folder_of

MOST_ACTIVE = 3
"""Jobs of one account that wait or run."""
SHARED_TABLES = ("prediction", "ballot", "check_item", "invitation")
STATE_FOLDERS = ("data", "models", "runs", "published")
OWN_ADDRESSES = frozenset({"files"})
"""Names that stand for something else in the addresses of uploads."""


def jobs() -> JobStore:
    """Return the jobs of this site."""
    return JobStore(shared_database())


def is_taken(name: str, home: Path) -> bool:
    """Tell whether a challenge goes by a name, state of an earlier one is here, or an address has it."""
    if name in OWN_ADDRESSES or any((folder / name).exists() for folder in challenge_folders(home)):
        return True
    return any((home / place / name).exists() for place in STATE_FOLDERS)


def make_challenge(
    settings: Settings,
    sent: Sent,
    *,
    name: str,
    label: str,
    title: str,
    question: str,
    seconds: float,
    keep: bool,
) -> Job:
    """Make a draft of a file and queue its training.

    Raises
    ------
    ConflictError
        The name is taken.
    InputError
        No challenge can be made of the file so.
    RateLimitedError
        The account has too many jobs.
    """
    check_room(sent.owner)
    if is_taken(name, settings.home):
        raise ConflictError("a challenge of this name is here already", got=name)
    stage = folder_of(settings.home, sent) / "made"
    shutil.rmtree(stage, ignore_errors=True)
    (stage / name).mkdir(parents=True)
    shutil.copyfile(folder_of(settings.home, sent) / sent.file, stage / name / sent.file)
    asked = Asked(
        path=str(stage / name / sent.file),
        label=label or None,
        title=title or None,
        question=question or None,
        keep=keep,
        into=str(stage),
        name=name,
    )
    seen = ask(asked)
    if seen.problem is not None or not (stage / name / FILE_NAME).is_file():
        raise InputError(seen.problem or "no challenge could be made of this file", accepted=seen.hint)
    write_upload(stage / name, Upload(owner=sent.owner, by=sent.by, file=sent.file, created=time.time()))
    place(stage / name, uploads_folder(settings.home) / name)
    discard(settings.home, sent)
    return jobs().add(JobKind.TRAIN, name, owner_id=sent.owner, seconds=seconds)


def make_data_site(settings: Settings, sent: Sent, *, name: str, title: str) -> Job:
    """Queue a data site of a file, which needs no label; everybody sees it as soon as it is made.

    Raises
    ------
    ConflictError
        The name is taken.
    RateLimitedError
        The account has too many jobs.
    """
    check_room(sent.owner)
    if is_taken(name, settings.home):
        raise ConflictError("something of this name is here already", got=name)
    folder = folder_of(settings.home, sent)
    made = folder / "made" / name
    shutil.rmtree(made.parent, ignore_errors=True)
    made.mkdir(parents=True)
    shutil.copyfile(folder / sent.file, made / sent.file)
    known = Upload(owner=sent.owner, by=sent.by, file=sent.file, created=time.time(), title=title)
    write_upload(made, known)
    place(made, uploads_folder(settings.home) / name)
    discard(settings.home, sent)
    return jobs().add(JobKind.DATA_SITE, name, owner_id=sent.owner)


def place(made: Path, target: Path) -> None:
    """Put a challenge in its place, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(target)
    except OSError as error:
        raise ConflictError("a challenge of this name is here already", got=target.name) from error
    os.utime(target.parent)


def do_again(kind: JobKind, name: str, owner: int) -> Job:
    """Queue what was done with an upload once more."""
    check_room(owner)
    return jobs().add(kind, name, owner_id=owner)


def check_room(owner: int) -> None:
    """Refuse a job of an account that has enough."""
    if len(jobs().active(owner_id=owner)) >= MOST_ACTIVE:
        raise RateLimitedError("you have enough jobs at work; wait until one is done", retry_after=60)


def find_upload(settings: Settings, name: str) -> tuple[Path, Upload]:
    """Return the folder of an upload, and what is known of it.

    Raises
    ------
    NotFoundError
        There is none of this name.
    """
    folder = uploads_folder(settings.home) / name
    found = read_upload(folder) if Path(name).name == name else None
    if found is None:
        raise NotFoundError("there is no such upload", got=name)
    return folder, found


def uploads(settings: Settings) -> list[tuple[str, Upload]]:
    """Return all uploads, the newest first."""
    folder = uploads_folder(settings.home)
    places = folder.iterdir() if folder.is_dir() else ()
    found = [(one.name, upload) for one in places if (upload := read_upload(one)) is not None]
    return sorted(found, key=lambda pair: -pair[1].created)


def set_draft(settings: Settings, name: str, *, draft: bool) -> None:
    """Publish an upload, or hide it again."""
    folder, upload = find_upload(settings, name)
    write_upload(folder, msgspec.structs.replace(upload, draft=draft))


def delete(settings: Settings, name: str) -> None:
    """Delete an upload with everything that was made of it.

    Raises
    ------
    ConflictError
        A job is at work on it.
    """
    folder, _ = find_upload(settings, name)
    if jobs().active(name):
        raise ConflictError("a job is at work on this; stop it first", got=name)
    delete_upload(folder)
    for place_ in STATE_FOLDERS:
        shutil.rmtree(settings.home / place_ / name, ignore_errors=True)
    Deal.objects.filter(challenge=name).delete()
    Standing.objects.filter(challenge=name).delete()
    for table in SHARED_TABLES:
        shared_database().execute(f"DELETE FROM {table} WHERE challenge = ?", (name,))  # noqa: S608 - ours
    jobs().forget(name)
