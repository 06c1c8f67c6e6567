"""A model version as one zip file: the same version gives the same bytes, and a hostile file is refused."""

import io
import stat
import zipfile
from pathlib import Path

from outclass.base.errors import NotFoundError, RegistryError
from outclass.base.store import write_atomic
from outclass.registry.files import MANIFEST, SIZE_LIMITS, check_size, parse_manifest, read_verified
from outclass.registry.version import ModelVersion

EPOCH = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = stat.S_IFREG | 0o644
ENCRYPTED = 0x1


def write_archive(version: ModelVersion, path: Path) -> None:
    """Write a version to a zip file, stored without compression, names sorted, times fixed."""
    if path.suffix != ".zip":
        raise RegistryError("a version is exported to a zip file", got=str(path), accepted="PATH.zip")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted([*version.manifest.files, MANIFEST]):
            entry = zipfile.ZipInfo(name, date_time=EPOCH)
            entry.create_system = 3
            entry.external_attr = PLAIN_FILE << 16
            archive.writestr(entry, _content(version, name))
    write_atomic(path, buffer.getvalue())


def _content(version: ModelVersion, name: str) -> bytes:
    """Return a file's bytes as they were registered."""
    return (version.folder / MANIFEST).read_bytes() if name == MANIFEST else read_verified(version, name)


def unpack(path: Path) -> dict[str, bytes]:
    """Return the files of a version from a zip file; nothing is written to the disk.

    Only known file names are read, each once, up to its limit, whatever the archive says of itself.

    Raises
    ------
    RegistryError
        If it is no zip file, or holds anything else than a version's files.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", got=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(entries, where=str(path))
            files = {entry.filename: _read(archive, entry, where=str(path)) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise RegistryError("this is no readable zip file", where=str(path), got=str(error)) from error
    if MANIFEST not in files:
        raise RegistryError("the manifest is missing", where=str(path))
    parse_manifest(files[MANIFEST], where=str(path))
    return files


def _check_entries(entries: list[zipfile.ZipInfo], *, where: str) -> None:
    """Refuse entries that are not the plain files of one version."""
    names = [entry.filename for entry in entries]
    for entry in entries:
        if entry.filename not in SIZE_LIMITS:
            raise RegistryError(
                "the archive holds a file that does not belong to a model version",
                where=where,
                got=entry.filename,
                accepted=", ".join(SIZE_LIMITS),
            )
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise RegistryError("the archive holds a link or a special file", where=where, got=entry.filename)
        if entry.flag_bits & ENCRYPTED:
            raise RegistryError("the archive is encrypted", where=where, got=entry.filename)
        check_size(entry.filename, entry.file_size, where=where)
    if len(set(names)) != len(names):
        raise RegistryError("the archive holds a name twice", where=where)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, where: str) -> bytes:
    """Read one entry, and no further than its limit."""
    limit = SIZE_LIMITS[entry.filename]
    with archive.open(entry) as file:
        content = file.read(limit + 1)
    check_size(entry.filename, len(content), where=where)
    return content
