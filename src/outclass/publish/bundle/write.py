"""Write a bundle: stage the project as others may have it, then pack the stage."""

import tempfile
from dataclasses import replace
from pathlib import Path

from outclass.base.document import to_json
from outclass.base.errors import ConflictError, InputError, NotFoundError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import PARTIAL, sha256_of_file
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.loader import FILE_NAME, LoadedChallenge, read_challenge
from outclass.publish.bundle.challenge import public_challenge
from outclass.publish.bundle.data import PublicData, public_data
from outclass.publish.bundle.documents import (
    CHALLENGES,
    DATA,
    DATABASE,
    FILES,
    FORMAT,
    MANIFEST,
    Bundle,
    BundledFile,
    BundleDocument,
    BundleOptions,
)
from outclass.publish.bundle.models import public_models
from outclass.publish.bundle.papers import write_papers
from outclass.publish.bundle.terms import check_terms, licences_text, with_terms
from outclass.publish.bundle.ustar import write_files
from outclass.publish.database.build import build_database
from outclass.publish.database.files import FOLDER as PUBLISHED
from outclass.registry.version import ModelVersion

SUFFIXES = (".tar.gz", ".tar")
LICENCES = "LICENCES.md"


def write_bundle(
    loaded: LoadedChallenge,
    settings: Settings,
    to: Path,
    options: BundleOptions | None = None,
    progress: Progress = no_progress,
) -> Bundle:
    """Write a challenge with its data, models and cards to one archive.

    The same project gives the same bytes, and so does the project that is restored from it. What the licence
    does not let be passed on, what is played and what people sent in stay behind; numbers and addresses in
    texts are hidden.

    Parameters
    ----------
    to
        `NAME.tar.gz`, or `NAME.tar` without compression; it must not be there.
    options
        What goes in.

    Raises
    ------
    DataError
        The licence of the data set, or of what a model learned from, forbids it.
    NotFoundError
        No data was collected.
    ConflictError
        The file is there.

    Examples
    --------
    >>> write_bundle(load_challenge("digits"), settings, Path("digits.tar.gz"))  # doctest: +SKIP
    """
    options = options or BundleOptions()
    if not to.name.endswith(SUFFIXES):
        raise InputError("a bundle is written to an archive", got=str(to), accepted=" or ".join(SUFFIXES))
    if to.exists():
        raise ConflictError("this file is there already", got=str(to))
    version = current_version(loaded.name, settings)
    if options.with_data:
        if version is None:
            hint = f"outclass collect {loaded.name}, or leave it out: --without-data"
            raise NotFoundError("no data was collected yet", where=loaded.name, hint=hint)
        check_terms(version, options)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=to.parent) as name:
        stage = Path(name) / "stage"
        stage.mkdir()
        document = _stage(loaded, version, settings, stage, options, progress)
        files = {path.relative_to(stage).as_posix(): path for path in stage.rglob("*") if path.is_file()}
        progress("pack", None, f"{len(files):,} files")
        part = Path(name) / to.name
        write_files(part, files, (MANIFEST, to_json(document)))
        part.replace(to)
    progress("pack", 1.0)
    return Bundle(path=to, sha256=sha256_of_file(to), document=document)


def _stage(
    loaded: LoadedChallenge,
    version: DatasetVersion | None,
    settings: Settings,
    stage: Path,
    options: BundleOptions,
    progress: Progress,
) -> BundleDocument:
    """Lay out all files of a bundle in a folder, and return what its first file says."""
    into = Settings(home=stage, database_url=settings.database_url)
    progress("stage", None, "challenge")
    code = public_challenge(loaded, stage, everything=options.with_source)
    declared = read_challenge(stage / CHALLENGES / loaded.name / FILE_NAME)
    loaded = replace(loaded, challenge=declared)
    public: PublicData | None = None
    models: tuple[ModelVersion, ...] = ()
    if version is not None and options.with_data:
        progress("stage", None, "data")
        loaded = with_terms(loaded, version, options)
        public = public_data(version, loaded, into, everything=options.with_source)
    if options.with_models:
        progress("stage", None, "models")
        models = public_models(loaded, version, public, settings, into)
    if public is not None and options.with_source:
        _copy_source(settings, loaded.name, stage)
    _describe(loaded, public, models, into, options, progress)
    _flatten(stage, loaded.name)
    files = {
        path.relative_to(stage).as_posix(): BundledFile(
            sha256=sha256_of_file(path), bytes=path.stat().st_size
        )
        for path in sorted(stage.rglob("*"))
        if path.is_file()
    }
    return BundleDocument(
        format=FORMAT,
        challenge=loaded.name,
        title=loaded.challenge.title,
        licence=loaded.challenge.dataset.licence if public is None else public.version.document.licence,
        data=None if public is None else public.version.id,
        models=tuple(one.reference for one in models),
        code=code,
        answers=options.with_source and public is not None,
        left_out={} if public is None else dict(sorted(public.left_out.items())),
        files=dict(sorted(files.items())),
    )


def _describe(
    loaded: LoadedChallenge,
    public: PublicData | None,
    models: tuple[ModelVersion, ...],
    into: Settings,
    options: BundleOptions,
    progress: Progress,
) -> None:
    """Write the data file, cards and licences."""
    found = None if public is None else public.version
    file = None
    if found is not None and options.with_database:
        file = build_database(found, loaded, into, progress)
    (into.home / LICENCES).write_text(licences_text(loaded, found, models), encoding="utf-8", newline="\n")
    write_papers(loaded, found, models, file, into.home)


def _copy_source(settings: Settings, name: str, stage: Path) -> None:
    """Copy the original files that were downloaded."""
    folder = settings.data_folder / name / FILES
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.name.startswith("."):
            place = stage / FILES / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())


def _flatten(stage: Path, name: str) -> None:
    """Bring what lies in a home into the layout of a bundle: there is one challenge in it."""
    for before, after in ((stage / DATA / name, DATA), (stage / PUBLISHED / name, DATABASE)):
        if before.is_dir():
            moved = before.rename(stage / f"{after}.moved")
            parent = before.parent
            if not any(parent.iterdir()):
                parent.rmdir()
            moved.rename(stage / after)
    for path in sorted(stage.rglob(".*")):
        path.unlink()
