"""The registry: model versions in folders that are named by their content, and aliases that point at them.

Versions of the home folder lie over those that came with the package, which are never written.
Every change happens under one lock for each model, so two processes cannot lose each other's work.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from outclass.base.errors import NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.base.store import FileLock, make_folder_atomic, remove_leftovers
from outclass.registry.aliases import (
    ALIASES,
    Alias,
    Aliases,
    crown,
    overlay,
    read_aliases,
    step_back,
    write_aliases,
)
from outclass.registry.archive import unpack, write_archive
from outclass.registry.files import (
    ID_PATTERN,
    MANIFEST,
    NAME_PATTERN,
    SIGNATURE,
    check_complete,
    check_member,
    check_name,
    describe_files,
    list_files,
    manifest_id,
    parse_manifest,
    read_ensemble,
    read_signature,
    read_version,
)
from outclass.registry.version import ModelVersion

PACKAGED = Path(__file__).parent / "models"
LOCK_SECONDS = 60.0
Check: TypeAlias = Callable[[ModelVersion], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A parsed reference: a model's name with an id or an alias."""

    name: str
    id: str | None = None
    alias: Alias = Alias.CHAMPION


def parse_reference(text: str) -> Reference:
    """Parse `digits`, `digits/champion`, `digits/challenger` or `digits@0123456789ab`.

    Raises
    ------
    RegistryError
        If it is none of these.
    """
    name, at, version_id = text.partition("@")
    if at and NAME_PATTERN.fullmatch(name) and ID_PATTERN.fullmatch(version_id):
        return Reference(name=name, id=version_id)
    name, slash, alias = text.partition("/")
    if not at and NAME_PATTERN.fullmatch(name) and (not slash or alias in tuple(Alias)):
        return Reference(name=name, alias=Alias(alias) if slash else Alias.CHAMPION)
    raise RegistryError(
        "this is no reference to a model",
        got=text,
        accepted="NAME, NAME/champion, NAME/challenger or NAME@ID with the 12 digits of the id",
    )


class Registry:
    """All model versions that this installation knows.

    Parameters
    ----------
    settings
        Says where the home folder is.
    packaged
        Folder of the versions that came with the package.
    """

    def __init__(self, settings: Settings, *, packaged: Path = PACKAGED) -> None:
        self.home = settings.models_folder
        self.packaged = packaged

    def names(self) -> tuple[str, ...]:
        """Return the names of all models, sorted."""
        found = {
            path.name
            for root in (self.home, self.packaged)
            if root.is_dir()
            for path in root.iterdir()
            if path.is_dir() and NAME_PATTERN.fullmatch(path.name)
        }
        return tuple(sorted(name for name in found if self._folders(name)))

    def versions(self, name: str) -> tuple[ModelVersion, ...]:
        """Return the versions of a model, the oldest first; broken ones are left out, see `faults`."""
        found = []
        for folder in self._folders(name).values():
            try:
                found.append(self._complete(read_version(folder, name=name, hashes=False)))
            except RegistryError:
                continue
        return tuple(sorted(found, key=lambda version: (version.manifest.created, version.id)))

    def faults(self, name: str) -> tuple[RegistryError, ...]:
        """Return what is wrong with the versions of a model, after reading every file."""
        found = []
        for folder in self._folders(name).values():
            try:
                self._complete(read_version(folder, name=name))
            except RegistryError as error:
                found.append(error)
        return tuple(found)

    def get(self, reference: str) -> ModelVersion:
        """Return the version that a reference names, after comparing every file with its hash.

        Raises
        ------
        NotFoundError
            If there is none.
        RegistryError
            If its files are not what was registered.
        """
        parsed = parse_reference(reference)
        version_id = parsed.id or self.aliases(parsed.name).id_of(parsed.alias)
        if version_id is None:
            raise NotFoundError(
                f"{parsed.name} has no {parsed.alias}",
                accepted=", ".join(version.reference for version in self.versions(parsed.name)) or None,
                hint=f"train one: outclass train {parsed.name}; or promote one: outclass models promote",
            )
        return self._read(parsed.name, version_id)

    def champion(self, name: str) -> ModelVersion:
        """Return the version that answers by default."""
        return self.get(f"{name}/{Alias.CHAMPION}")

    def aliases(self, name: str) -> Aliases:
        """Return the aliases that hold for a model."""
        check_name(name)
        return overlay(read_aliases(self.home / name), read_aliases(self.packaged / name))

    def alias_stamp(self, name: str) -> tuple[tuple[int, int, int], ...]:
        """Return a value that changes when the aliases change; costs two `stat` calls, for polling."""
        check_name(name)
        stamps = []
        for root in (self.home, self.packaged):
            try:
                status = (root / name / ALIASES).stat()
            except FileNotFoundError:
                stamps.append((0, 0, 0))
            else:
                stamps.append((status.st_mtime_ns, status.st_size, status.st_ino))
        return tuple(stamps)

    def verify(self, version: ModelVersion) -> None:
        """Read every file of a version, and of its members, again and compare it with its hash."""
        self._complete(read_version(version.folder, name=version.name))

    def register(
        self,
        folder: Path,
        *,
        lineage: dict[str, str],
        scores: dict[str, float],
        created: str | None = None,
        check: Check | None = None,
    ) -> ModelVersion:
        """Copy a folder of files into the registry as a new version, which becomes the challenger.

        The same content with the same `created` is the same version: registering it again changes nothing.

        Parameters
        ----------
        folder
            `model.onnx`, `model.json` or `ensemble.json`, `signature.json`, `card.md` and, if there is one,
            `oof.parquet`. The members of an ensemble must be registered already.
        lineage
            Data version, seed, run, parameters: all that is needed to make it again.
        scores
            Measured figures.
        created
            Time as ISO 8601 in UTC; now by default.
        check
            Called with the version before anything is registered; an error that it raises stops that.
        """
        files = {name: path for name, path in list_files(folder).items() if name != MANIFEST}
        check_complete(set(files), where=str(folder))
        signature = read_signature(folder / SIGNATURE)
        manifest = describe_files(
            folder, signature, created=created or utc_now(), lineage=lineage, scores=scores
        )
        contents = {name: path.read_bytes() for name, path in files.items()}
        return self._commit(contents | {MANIFEST: manifest}, check)

    def promote(self, name: str, version_id: str, alias: Alias = Alias.CHAMPION) -> ModelVersion:
        """Point an alias at a version. Whether it deserves it is the gate's question, not asked here."""
        with self._locked(name):
            version = self._keep(name, version_id)
            write_aliases(self.home / name, self._pointed(name, version_id, alias))
        return version

    def rollback(self, name: str) -> ModelVersion:
        """Make the champion before this one champion again; the present one becomes the challenger."""
        with self._locked(name):
            aliases = step_back(self.aliases(name), name)
            version = self._read(name, str(aliases.champion))
            write_aliases(self.home / name, aliases)
        return version

    def export(self, reference: str, path: Path) -> ModelVersion:
        """Write a version, and its members, to a zip file; the same version gives the same bytes."""
        version = self.get(reference)
        write_archive(version, path)
        return version

    def import_(self, path: Path, *, check: Check | None = None) -> ModelVersion:
        """Read a zip file made by `export` and register its version, which becomes the challenger.

        The members of an ensemble are registered before it.

        Raises
        ------
        RegistryError
            If the archive holds anything but the files of one version and its members with the right hashes.
        """
        archive = unpack(path)
        for member in archive.members:
            self._commit(member, check)
        return self._commit(archive.files, check)

    def _commit(self, files: dict[str, bytes], check: Check | None) -> ModelVersion:
        """Write the files of a version into its folder, whole or not at all, and make it the challenger."""
        version_id = manifest_id(files[MANIFEST])
        name = check_name(parse_manifest(files[MANIFEST], where="the version to register").name)
        with self._locked(name):
            if version_id not in self._folders(name):
                with make_folder_atomic(self.home / name / version_id) as partial:
                    _write_files(partial, files)
                    staged = self._complete(read_version(partial, name=name, version_id=version_id))
                    if check is not None:
                        check(staged)
            version = self._keep(name, version_id)
            if self.aliases(name).champion != version_id:
                write_aliases(self.home / name, self._pointed(name, version_id, Alias.CHALLENGER))
        return version

    def _pointed(self, name: str, version_id: str, alias: Alias) -> Aliases:
        """Return the home folder's aliases with one of them changed."""
        match alias:
            case Alias.CHAMPION:
                aliases = self.aliases(name)
                if aliases.champion in self._folders(name):
                    self._keep(name, str(aliases.champion))
                return crown(aliases, version_id)
            case Alias.CHALLENGER:
                return msgspec.structs.replace(read_aliases(self.home / name), challenger=version_id)

    def _locked(self, name: str) -> "_Locked":
        """Return the lock under which a model's folder is changed."""
        return _Locked(self.home / check_name(name))

    def _folders(self, name: str) -> dict[str, Path]:
        """Return the folders of a model's versions by id; those at home win."""
        check_name(name)
        found: dict[str, Path] = {}
        for root in (self.packaged, self.home):
            if (root / name).is_dir():
                found |= {p.name: p for p in (root / name).iterdir() if ID_PATTERN.fullmatch(p.name)}
        return found

    def _folder(self, name: str, version_id: str) -> Path:
        """Return the folder of one version."""
        folders = self._folders(name)
        if version_id not in folders:
            raise NotFoundError(
                f"{name} has no version {version_id}",
                accepted=", ".join(sorted(folders)) or "none is registered yet",
                hint="see: outclass models list",
            )
        return folders[version_id]

    def _read(self, name: str, version_id: str) -> ModelVersion:
        """Read one version, and its members, with all hashes."""
        return self._complete(read_version(self._folder(name, version_id), name=name))

    def _complete(self, version: ModelVersion) -> ModelVersion:
        """Return a version with its members, which must be those that it pins."""
        document = read_ensemble(version)
        if document is None:
            return version
        members = []
        for pinned in document.geometric_mean:
            try:
                member = self._read(pinned.name, pinned.id)
            except NotFoundError as error:
                raise RegistryError(
                    "a member of this ensemble is not registered here",
                    where=f"{version.name} {version.folder.name}",
                    got=pinned.reference,
                    hint="import an archive of the ensemble, which brings its members, or the member itself",
                ) from error
            check_member(version, member, pinned.manifest_sha256)
            members.append(member)
        return replace(version, members=tuple(members))

    def _keep(self, name: str, version_id: str) -> ModelVersion:
        """Return a version at home; a packaged one is copied, so that no upgrade can take it away."""
        version = self._read(name, version_id)
        for member in version.members:
            self._bring_home(member)
        return self._read(name, version_id) if self._bring_home(version) else version

    def _bring_home(self, version: ModelVersion) -> bool:
        """Copy a version's files to the home folder, unless they are there; tell whether that was needed."""
        final = self.home / version.name / version.id
        if final.is_dir():
            return False
        with make_folder_atomic(final) as partial:
            _write_files(partial, {path.name: path.read_bytes() for path in version.folder.iterdir()})
        return True


class _Locked:
    """Holds a model's lock; what killed processes left behind is cleared first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / ".lock", timeout=LOCK_SECONDS)

    def __enter__(self) -> None:
        self._lock.__enter__()
        remove_leftovers(self._folder)

    def __exit__(self, *error: object) -> None:
        self._lock.__exit__(None, None, None)


def _write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a version."""
    for name, content in files.items():
        (folder / name).write_bytes(content)


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
