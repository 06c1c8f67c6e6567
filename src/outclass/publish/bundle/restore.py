"""Make the project of a bundle again.

Everything is unpacked inside the home and looked at first: names, sizes, hashes, the declaration, the data,
the models. Only then it is moved to its place, pointers last. A bundle that is refused leaves nothing behind.
Its data file is for whoever reads it elsewhere: here it is made anew, as a database of others is not opened.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from outclass.base.errors import ConflictError, DataError, NotFoundError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import PARTIAL, FileLock, replace_folder, sha256_of_file
from outclass.catalog.dataset import CURRENT, DatasetVersion, current_version
from outclass.catalog.loader import FILE_NAME, LoadedChallenge, packaged_folder, read_challenge
from outclass.publish.bundle.documents import (
    CHALLENGES,
    DATA,
    FILES,
    FORMAT,
    MANIFEST,
    MEDIA,
    MODELS,
    BundleDocument,
)
from outclass.publish.bundle.ustar import Member, read_files
from outclass.registry.aliases import ALIASES
from outclass.registry.files import NAME_PATTERN
from outclass.registry.store import Registry

MOST_FILES = 2_000_000
MANIFEST_BYTES = 400_000_000
MOST_PACKED = 200
"""A bundle may hold so many times its own size; what claims more is made to fill disks."""
SMALL = 100_000_000
"""What is no larger is no bomb, however well it packs."""
LOCK = ".restore.lock"
MOST_BASES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A project that was made again."""

    document: BundleDocument
    loaded: LoadedChallenge
    version: DatasetVersion | None


@dataclass(slots=True)
class _Unpacker:
    """Writes the files of an archive into a folder, each only if the first one names it, with its hash."""

    folder: Path
    where: str
    most: int
    document: BundleDocument | None = None
    found: int = 0

    def keep(self, member: Member, pieces: Iterator[bytes]) -> None:
        """Write one file."""
        if self.document is None:
            self.document = self._manifest(member, pieces)
            return
        wanted = self.document.files.get(member.name)
        if wanted is None or wanted.bytes != member.size:
            raise DataError("the bundle does not name this file", where=self.where, got=member.name)
        path = self.folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("xb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != wanted.sha256:
            raise DataError("a file of the bundle was changed", where=self.where, got=member.name)
        self.found += 1

    def _manifest(self, member: Member, pieces: Iterator[bytes]) -> BundleDocument:
        """Read the first file, and refuse what is too much before any of it is unpacked."""
        if member.name != MANIFEST or member.size > min(self.most, MANIFEST_BYTES):
            raise DataError("this is no bundle", where=self.where, got=member.name, accepted=MANIFEST)
        try:
            document = msgspec.json.decode(b"".join(pieces), type=BundleDocument)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise DataError("this is no bundle", where=self.where, got=str(error)) from error
        total = sum(file.bytes for file in document.files.values())
        free = shutil.disk_usage(self.folder).free
        if document.format != FORMAT:
            raise DataError("this bundle is of another format", got=document.format, accepted=str(FORMAT))
        if len(document.files) > MOST_FILES or min(total, *_sizes(document)) < 0 or total > self.most:
            raise DataError(
                "this bundle claims to hold more than it can", where=self.where, got=f"{total:,} bytes"
            )
        if total > free:
            raise DataError("the disk has not so much room", got=f"{free:,} bytes", accepted=f"{total:,}")
        return document


def _sizes(document: BundleDocument) -> list[int]:
    """Return the sizes of all files, at least one."""
    return [0, *(file.bytes for file in document.files.values())]


def restore_bundle(
    path: Path,
    settings: Settings,
    *,
    trust_code: bool = False,
    replace: bool = False,
    progress: Progress = no_progress,
) -> Restored:
    """Make the project of a bundle in a home: challenge, data, models; safe to kill and to repeat.

    Parameters
    ----------
    trust_code
        Accept code of the challenge that did not come with Outclass: it runs when the project is used.
    replace
        Whether data and models of the bundle take the place of others of that name that are in use.

    Raises
    ------
    DataError
        The bundle is broken, or made to do harm.
    ConflictError
        There is another challenge of that name, or data or models of it.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", got=str(path))
    settings.home.mkdir(parents=True, exist_ok=True)
    with (
        FileLock(settings.home / LOCK),
        tempfile.TemporaryDirectory(prefix=PARTIAL, dir=settings.home) as name,
    ):
        unpacked = Path(name) / "bundle"
        unpacked.mkdir()
        progress("unpack", None, path.name)
        document = unpack(path, unpacked)
        progress("check", None)
        laid_out = lay_out(unpacked, Path(name) / "home", document, settings)
        check_project(laid_out, document, trust_code=trust_code)
        if not replace:
            check_free(laid_out, document, settings)
        progress("restore", None)
        move(laid_out, settings)
    loaded = _loaded(settings.home / CHALLENGES / document.challenge)
    return Restored(document=document, loaded=loaded, version=current_version(document.challenge, settings))


def unpack(path: Path, folder: Path) -> BundleDocument:
    """Write the files of a bundle into an empty folder; all that it names, and nothing else."""
    most = max(SMALL, MOST_PACKED * path.stat().st_size)
    unpacker = _Unpacker(folder, str(path), most)
    read_files(path, unpacker.keep)
    document = unpacker.document
    if document is None or unpacker.found != len(document.files):
        raise DataError("files of the bundle are missing", where=str(path), got=unpacker.found)
    return document


def lay_out(stage: Path, folder: Path, document: BundleDocument, settings: Settings) -> Settings:
    """Bring the known parts of a bundle into the order of a home, in a folder that no bundle can name."""
    name = document.challenge
    if not NAME_PATTERN.fullmatch(name) or "." in name:
        raise DataError("the bundle is of no challenge", got=name)
    home = Settings(home=folder, database_url=settings.database_url)
    for before, after in (
        (stage / CHALLENGES, home.home / CHALLENGES),
        (stage / DATA, home.data_folder / name),
        (stage / MODELS, home.models_folder),
        (stage / FILES, home.data_folder / name / FILES),
    ):
        if before.is_dir():
            after.parent.mkdir(parents=True, exist_ok=True)
            before.rename(after)
    return home


def check_project(home: Settings, document: BundleDocument, *, trust_code: bool) -> None:
    """Refuse a project whose parts are not what they say."""
    challenges = home.home / CHALLENGES
    if not (challenges / document.challenge / FILE_NAME).is_file():
        raise DataError("the challenge is missing in the bundle", got=document.challenge)
    for folder in challenges.iterdir():
        if read_challenge(folder / FILE_NAME).name != folder.name:
            raise DataError("a challenge of the bundle has another name than its folder", got=folder.name)
    check_code(challenges, trust=trust_code)
    check_data(home, document)
    check_models(home, document)


def check_data(home: Settings, document: BundleDocument) -> None:
    """Refuse data that are not those which the bundle names."""
    version = current_version(document.challenge, home)
    if (None if version is None else version.id) != document.data:
        raise DataError("the data version is not the one that the bundle names", got=document.data)
    if version is not None:
        if version.challenge != document.challenge:
            raise DataError("the data version is of another challenge", got=version.challenge)
        version.verify()


def check_models(home: Settings, document: BundleDocument) -> None:
    """Refuse models that are broken, or of another challenge."""
    registry = Registry(home, packaged=home.home / "none")
    for name in registry.names():
        if faults := registry.faults(name):
            raise faults[0]
        if any(model.manifest.challenge != document.challenge for model in registry.versions(name)):
            raise DataError("a model of the bundle is of another challenge", got=name)


def check_code(folder: Path, *, trust: bool) -> None:
    """Refuse code that did not come with Outclass, unless it is trusted."""
    own = [path for path in sorted(folder.rglob("*.py")) if not _is_known(path, folder)]
    if own and not trust:
        raise DataError(
            "this bundle brings code, which runs when the project is used",
            got=", ".join(path.relative_to(folder).as_posix() for path in own[:10]),
            hint="read it; if you trust who made it: outclass restore --trust-code",
        )


def _is_known(path: Path, folder: Path) -> bool:
    """Tell whether a file of code is one that came with Outclass."""
    known = packaged_folder() / path.relative_to(folder)
    return known.is_file() and sha256_of_file(known) == sha256_of_file(path)


def check_free(home: Settings, document: BundleDocument, settings: Settings) -> None:
    """Refuse to put something in the place of something else."""
    hint = "restore into another home: OUTCLASS_HOME=FOLDER; or in their place: --replace"
    for folder in sorted((home.home / CHALLENGES).iterdir()):
        there = settings.home / CHALLENGES / folder.name
        if there.is_dir() and _hashes(there) != _hashes(folder):
            raise ConflictError("there is another challenge of this name", got=str(there), hint=hint)
    pointers = [Path(DATA) / document.challenge / CURRENT] if document.data else []
    pointers += [path.relative_to(home.home) for path in sorted(home.models_folder.glob(f"*/{ALIASES}"))]
    for pointer in pointers:
        there = settings.home / pointer
        if there.is_file() and there.read_bytes() != (home.home / pointer).read_bytes():
            raise ConflictError("something else is in use here", got=str(there), hint=hint)


def _hashes(folder: Path) -> dict[str, str]:
    """Return the files of a folder with their hashes; what Python keeps for itself does not count."""
    return {
        path.relative_to(folder).as_posix(): sha256_of_file(path)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def move(home: Settings, settings: Settings) -> None:
    """Move a project to its place: what is named by its content first, pointers last."""
    late = {CURRENT, ALIASES}
    for root in (home.models_folder, home.data_folder):
        for folder in sorted(root.glob("*/*")) if root.is_dir() else ():
            if folder.is_dir() and folder.name not in {MEDIA, FILES}:
                target = settings.home / folder.relative_to(home.home)
                target.parent.mkdir(parents=True, exist_ok=True)
                replace_folder(folder, target)
    paths = sorted(path for path in home.home.rglob("*") if path.is_file())
    for path in sorted(paths, key=lambda path: (path.name in late, path)):
        target = settings.home / path.relative_to(home.home)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _loaded(folder: Path) -> LoadedChallenge:
    """Return the restored challenge with those that it extends."""
    challenge = declared = read_challenge(folder / FILE_NAME)
    bases: list[Path] = []
    while declared.extends and len(bases) < MOST_BASES:
        own = folder.parent / declared.extends
        bases.append(own if own.is_dir() else packaged_folder() / declared.extends)
        declared = read_challenge(bases[-1] / FILE_NAME)
    return LoadedChallenge(challenge=challenge, folder=folder, bases=tuple(bases))
