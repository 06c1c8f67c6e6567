"""The data version of a bundle: what may be given to others, as a version by itself.

A version of which nothing must stay behind is copied as it is. So a project that came out of a bundle gives
the same bundle again.
"""

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath

import msgspec

from outclass.base.document import to_json
from outclass.base.errors import DataError
from outclass.base.media import MEDIA, MediaFolder
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.catalog.challenge import InputKind, SplitDeclaration
from outclass.catalog.cleaning import Cleaned, CleaningReport
from outclass.catalog.dataset import (
    CURRENT,
    DOCUMENT,
    CurrentDocument,
    DatasetVersion,
    ObjectTable,
    read_version,
)
from outclass.catalog.dictionary.report import DictionaryReport
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.retired import read_retired, retire_objects
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.split import Split, split_of
from outclass.catalog.versions import write_version
from outclass.inputs.photos import PhotoTable
from outclass.inputs.text import TextTable
from outclass.publish.sharing import (
    licence_of_photo,
    masked_name,
    may_publish,
    public_text,
    sharing_of,
    was_sent_in,
)

LINEAGE = "left_out"
"""What the lineage of a version tells of objects that stayed behind."""
GAME, SENT_IN = "played, hidden until retired", "sent in by people"
PLAIN_GROUP = re.compile(r"m-[0-9a-f]{16}-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicData:
    """A data version that may be passed on.

    Attributes
    ----------
    names
        Public names of objects by their own; objects that stayed behind are not in it.
    left_out
        How many stayed behind, by reason.
    """

    version: DatasetVersion
    names: Mapping[str, str]
    left_out: Mapping[str, int] = field(default_factory=dict)


def public_data(
    version: DatasetVersion, loaded: LoadedChallenge, into: Settings, *, everything: bool = False
) -> PublicData:
    """Write what may be passed on of a version into another home, as its version in use.

    Parameters
    ----------
    everything
        Keep what is played and texts as they were written; licences and people's own objects count even so.

    Raises
    ------
    DataError
        Nothing is left.
    """
    table = version.objects()
    left_out = Counter(_left_out(version, table, everything=everything))
    kept = left_out.pop("", 0)
    if not kept:
        raise DataError(
            "nothing of this data may be passed on",
            where=f"{loaded.name} {version.id}",
            got=", ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items())),
        )
    folder = into.data_folder / loaded.name
    names, chosen, texts = _public_names(version, table, everything=everything)
    copy_media(table.take(chosen), MediaFolder(folder / MEDIA))
    if texts is None and len(chosen) == len(table) and not _terms_differ(version, loaded):
        made = _copy(version, folder, None if everything else names)
    else:
        going = _source(table.take(chosen), texts, names, version.document.split)
        made = _write(version, loaded, going, names, left_out, folder)
    write_atomic(folder / CURRENT, to_json(CurrentDocument(version=made.id)))
    if retired := read_retired(version.folder.parent).intersection(names):
        retire_objects(loaded.name, retired, into)
    counted = dict(left_out) or parse_left_out(made.document.lineage.get(LINEAGE, ""))
    return PublicData(version=made, names=names, left_out=counted)


def _left_out(version: DatasetVersion, table: ObjectTable, *, everything: bool) -> Iterator[str]:
    """Yield why each object stays behind; an empty text for one that goes along."""
    sharing = sharing_of(version)
    photos = table.inputs if isinstance(table.inputs, PhotoTable) else None
    for place, (name, split) in enumerate(zip(table.ids, table.splits, strict=True)):
        if was_sent_in(name):
            yield SENT_IN
        elif photos is not None and not may_publish(photos.credits[place]):
            yield licence_of_photo(photos.credits[place]).name
        elif not everything and sharing.is_hidden(name, split):
            yield GAME
        else:
            yield ""


def _public_names(
    version: DatasetVersion, table: ObjectTable, *, everything: bool
) -> tuple[dict[str, str], list[int], list[str] | None]:
    """Return public names by own ones, the places of what goes along, and texts where any is changed."""
    reasons = _left_out(version, table, everything=everything)
    chosen = [place for place, reason in enumerate(reasons) if not reason]
    names = {table.ids[place]: table.ids[place] for place in chosen}
    if everything or not isinstance(table.inputs, TextTable):
        return names, chosen, None
    texts = [public_text(table.inputs[place]) for place in chosen]
    seen: Counter[str] = Counter()
    changed = any(not is_hash(table.groups[place]) for place in chosen)
    for place, text in zip(chosen, texts, strict=True):
        own = table.ids[place]
        if text != table.inputs[place] or "@" in own:
            names[own], changed = masked_name(text, seen), True
    return names, chosen, texts if changed else None


def _terms_differ(version: DatasetVersion, loaded: LoadedChallenge) -> bool:
    """Tell whether another licence was stated than the version has."""
    dataset = loaded.challenge.dataset
    stated = dataset.sample_licence.split(";")[0].strip() if version.document.sample else dataset.licence
    return version.document.licence != stated


def _copy(version: DatasetVersion, folder: Path, names: Mapping[str, str] | None) -> DatasetVersion:
    """Copy a version as it is; with public names, its cleaning report only as far as it is for others."""
    final, document = folder / version.id, version.document
    final.mkdir(parents=True)
    for name in [*(f"{table}.parquet" for table in document.tables), DOCUMENT]:
        shutil.copyfile(version.folder / name, final / name)
    if names is not None:
        numbered, kept = document.kind is InputKind.TEXT, document.cleaning.rows_kept
        report = public_report(document.cleaning, names, kept, numbered=numbered)
        if report != document.cleaning:
            (final / DOCUMENT).write_bytes(to_json(msgspec.structs.replace(document, cleaning=report)))
    return read_version(final)


def _source(
    table: ObjectTable, texts: Sequence[str] | None, names: Mapping[str, str], split: SplitDeclaration
) -> SourceTable:
    """Return objects as they may be passed on, each on the side where it is."""
    return SourceTable(
        object_ids=tuple(names[name] for name in table.ids),
        group_ids=table.groups if texts is None else tuple(public_groups(table, texts, split)),
        labels=table.labels,
        inputs=table.inputs if texts is None else TextTable(tuple(texts)),
        fixed_splits=tuple(side.value for side in table.splits),
    )


def _write(
    version: DatasetVersion,
    loaded: LoadedChallenge,
    source: SourceTable,
    names: Mapping[str, str],
    left_out: Mapping[str, int],
    folder: Path,
) -> DatasetVersion:
    """Write objects of a version as a version."""
    document, size = version.document, len(source.labels)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))
    numbered = document.kind is InputKind.TEXT
    report = public_report(document.cleaning, names, size, numbered=numbered)
    made = write_version(
        Cleaned(read=source, kept=tuple(range(size)), report=report),
        replace(loaded, challenge=msgspec.structs.replace(loaded.challenge, split=document.split)),
        folder,
        sources=document.sources,
        sample=document.sample,
        lineage=document.lineage | ({LINEAGE: told} if told else {}),
    )
    # The time is that of the data, so that the same data gives the same file.
    dated = msgspec.structs.replace(made.document, created=document.created)
    (made.folder / DOCUMENT).write_bytes(to_json(dated))
    return read_version(made.folder)


def parse_left_out(told: str) -> dict[str, int]:
    """Return how many objects stayed behind, by reason, from what a lineage tells.

    >>> parse_left_out("3 CC-BY-NC-4.0, 12 played, hidden until retired")
    {'CC-BY-NC-4.0': 3, 'played, hidden until retired': 12}
    """
    parts = re.findall(r"(\d+) (.*?)(?=, \d+ |$)", told)
    return {reason: int(count) for count, reason in parts}


def public_report(
    report: CleaningReport, names: Mapping[str, str], kept: int, *, numbered: bool
) -> CleaningReport:
    """Return a cleaning report that names nothing which stayed behind.

    Parameters
    ----------
    numbered
        Whether rows that were taken out are called by numbers: the name of a text may be a hash of it.
    """
    kept_rows = [
        one
        for one in report.rejected
        if not was_sent_in(one.object_id) and (one.other is None or one.other in names)
    ]
    rejected = tuple(
        msgspec.structs.replace(
            one,
            object_id=f"row-{place}" if numbered else one.object_id,
            note=public_text(one.note),
            other=one.other and names[one.other],
        )
        for place, one in enumerate(kept_rows)
    )
    photos = report.photos
    if photos is not None:
        listed = tuple(one for one in photos.listed if one.object_id in names and one.other in names)
        photos = msgspec.structs.replace(photos, listed=listed)
    tables = tuple(public_table(table) for table in report.tables)
    return msgspec.structs.replace(report, rows_kept=kept, rejected=rejected, photos=photos, tables=tables)


def public_table(table: DictionaryReport) -> DictionaryReport:
    """Return what cleaning a table found without its values, and without where its files lie."""
    files = tuple(
        msgspec.structs.replace(file, name=PureWindowsPath(file.name).name or table.name)
        for file in table.files
    )
    return msgspec.structs.replace(
        table,
        files=files,
        warnings=(),
        dropped=tuple(msgspec.structs.replace(rule, examples=()) for rule in table.dropped),
        repaired=tuple(msgspec.structs.replace(rule, examples=()) for rule in table.repaired),
    )


def public_groups(table: ObjectTable, texts: Sequence[str], split: SplitDeclaration) -> list[str]:
    """Return names of groups that tell nothing of numbers in their texts, each on the side where it was.

    A group is called by a hash of its texts or by a sender. With a number hidden, all numbers could be tried
    until the hash is found. The new name is of the first text as it is published.
    """
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    hidden = {
        group
        for group, text, before in zip(table.groups, texts, table.inputs, strict=True)  # type: ignore[arg-type]
        if text != before or not is_hash(group)
    }
    for group, text, side in zip(table.groups, texts, table.splits, strict=True):
        if group in hidden and group not in found:
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            found[group] = _on_side(f"m-{digest}", seen, split, side)
    return [found.get(group, group) for group in table.groups]


def _on_side(stem: str, seen: Counter[str], split: SplitDeclaration, side: Split) -> str:
    """Return the next name that the hash puts on a side; the first one where the side has no share."""
    while True:
        seen[stem] += 1
        name = f"{stem}-{seen[stem]}"
        if getattr(split, side.value) == 0 or split_of(split, name) is side:
            return name


def is_hash(group: str) -> bool:
    """Tell whether a group is called by a hash, of a text or of a published one."""
    return not set(group) - set("0123456789abcdef") or PLAIN_GROUP.fullmatch(group) is not None


def copy_media(table: ObjectTable, to: MediaFolder) -> None:
    """Copy the bytes of photos."""
    if isinstance(table.inputs, PhotoTable):
        for place in range(len(table)):
            to.put(table.inputs.content(place))
