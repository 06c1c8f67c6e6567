"""Folders of photos: by class folders, or by names that tell the class."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.found import Choices, Found
from outclass.catalog.recognizing.labels import titles_of
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.sections import LEAST_OF_CLASS, check_classes, draft_of
from outclass.catalog.sources.photo_folders import READ, found_in, photos_in

LOOKED_AT = 60
"""So many files are opened to see what they are."""
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "holdout"}
BELOW_SPLIT = r"(?P<label>[^/]+)/[^/]+$"
PATTERNS = (
    (
        r"^(?P<label>[^/]*?[^\W\d_])[\s._-]*\(?(?P<group>\d+)\)?(?:[\s._-]+\d+)?\.\w+$",
        "a word, then a number",
    ),
    (r"^\d+[\s._-]+(?P<label>[^/]*?[^\W\d_])[\s._-]*\d*\.\w+$", "a number, then a word"),
    (r"^(?P<label>[^/_.\s-]+)[_.\s-]", "the first word"),
    (r"[_.\s-](?P<label>[^/_.\s-]+)\.\w+$", "the last word"),
)
"""How names tell the class, in the order in which they are tried."""
MATCHED = 0.97
MOST_NAMED = 100
"""More classes than this are no classes but names of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFiles:
    """Files of photos and what their paths tell.

    Attributes
    ----------
    folder
        Where they lie.
    pattern
        The regular expression that finds their labels; None where the first folder is the label.
    labels
        The label of each file, None where there is none.
    """

    folder: Path
    files: tuple[Path, ...]
    pattern: str | None
    labels: tuple[str | None, ...]
    evidence: str
    doubts: tuple[str, ...] = ()


def find_photos(path: Path, choices: Choices) -> PhotoFiles:
    """Find the photos of a folder and the labels that their paths tell.

    Raises
    ------
    RefusedDataError
        There are none, or nothing tells what is on them.
    """
    folder = innermost(path)
    files = tuple(photos_in(folder))
    if not files:
        raise RefusedDataError(
            Refusal.EMPTY, "there are no photos here", where=str(path), accepted=", ".join(READ)
        )
    places = [PurePosixPath(file.relative_to(folder).as_posix()) for file in files]
    if choices.names is not None:
        return named_by(folder, files, places, choices.names, "as you said")
    nested = sum(1 for place in places if len(place.parts) > 1)
    if nested >= 0.9 * len(places):
        return by_folders(folder, files, places)
    return by_names(folder, files, places)


def innermost(path: Path) -> Path:
    """Return a folder, or the only folder in it where it holds no file itself."""
    entries = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    folders = [entry for entry in entries if entry.is_dir() and any(photos_in(entry))]
    files = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in READ]
    inner = [entry for entry in folders[0].iterdir() if entry.is_dir()] if len(folders) == 1 else []
    return innermost(folders[0]) if len(folders) == 1 and not files and len(inner) > 1 else path


def by_folders(folder: Path, files: tuple[Path, ...], places: Sequence[PurePosixPath]) -> PhotoFiles:
    """Take folders for labels: the first, or below train and test the second."""
    first = {place.parts[0] for place in places if len(place.parts) > 1}
    if {one.lower() for one in first} <= SPLITS:
        found = named_by(folder, files, places, BELOW_SPLIT, "the folder that each lies in is its class")
        split = ", ".join(sorted(first))
        doubt = (
            f"the folders {split} are read as one set: the split is drawn anew, by what is nearly the same"
        )
        return PhotoFiles(
            folder=folder,
            files=files,
            pattern=BELOW_SPLIT,
            labels=found.labels,
            evidence=found.evidence,
            doubts=(doubt,),
        )
    labels = tuple(found_in(place, None).get("label") for place in places)
    loose = labels.count(None)
    doubts = (f"{loose} photos lie in no folder of a class and are left out",) if loose else ()
    told = f"{len(files):,} photos in {len(first)} folders, each a class"
    return PhotoFiles(folder=folder, files=files, pattern=None, labels=labels, evidence=told, doubts=doubts)


def by_names(folder: Path, files: tuple[Path, ...], places: Sequence[PurePosixPath]) -> PhotoFiles:
    """Find the regular expression by which names tell the class.

    Raises
    ------
    RefusedDataError
        None does.
    """
    for pattern, meaning in PATTERNS:
        found = named_by(folder, files, places, pattern, meaning)
        counts = Counter(label.casefold() for label in found.labels if label)
        good = sum(count for count in counts.values() if count >= LEAST_OF_CLASS)
        several = 2 <= len(counts) <= min(MOST_NAMED, max(2, len(files) // LEAST_OF_CLASS))
        if several and good >= 0.9 * len(files) and sum(counts.values()) >= MATCHED * len(files):
            return grouped(found, folder, files, places, meaning)
    only = Counter(re.split(r"[\d_.\s-]", place.name)[0].casefold() for place in places)
    if len(only) == 1 and len(files) > 1:
        what = "neither folders nor names of files tell what is on the photos"
    else:
        what = "the names of the files have no form that tells what is on the photos"
    raise RefusedDataError(
        Refusal.NO_LABEL,
        what,
        where=str(folder),
        got=", ".join(place.name for place in places[:4]),
        accepted="a folder for each class, or names such as Bobcat_9005106.jpg",
        hint="put the photos into a folder for each class, or say what tells it: "
        "--names '(?P<label>[A-Za-z]+)_'",
    )


def grouped(
    found: PhotoFiles,
    folder: Path,
    files: tuple[Path, ...],
    places: Sequence[PurePosixPath],
    meaning: str,
) -> PhotoFiles:
    """Take the number in names for a group only where several photos of a class have the same."""
    pattern = found.pattern or ""
    if "(?P<group>" not in pattern:
        return found
    said = [found_in(place, re.compile(pattern)) for place in places]
    pairs = {(one.get("label"), one.get("group")) for one in said}
    if len(pairs) < len(files):
        return found
    return named_by(folder, files, places, pattern.replace("(?P<group>", "(?:"), meaning)


def named_by(
    folder: Path, files: tuple[Path, ...], places: Sequence[PurePosixPath], pattern: str, meaning: str
) -> PhotoFiles:
    """Read labels by a regular expression."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise RefusedDataError(
            Refusal.NO_LABEL, f"this is no regular expression: {error}", where="--names", got=pattern
        ) from error
    labels = tuple(found_in(place, compiled).get("label") for place in places)
    told = f"{len(files):,} photos whose names tell the class: {meaning}, as in {places[0].name}"
    return PhotoFiles(folder=folder, files=files, pattern=pattern, labels=labels, evidence=told)


def found_photos(path: Path, photos: PhotoFiles, choices: Choices) -> Found:
    """Draft the challenge of a folder of photos."""
    broken = broken_share(photos.files)
    if broken > 0.5:
        raise RefusedDataError(
            Refusal.UNREADABLE,
            "most of these files cannot be read as photos",
            where=str(path),
            got=f"{broken:.0%} of those looked at",
            accepted=", ".join(READ),
        )
    counts, ignored = classes_of_photos(photos.labels)
    check_classes(counts, ignored, str(path))
    title = choices.title or names.title_of(path.resolve().name)
    titles = titles_of(list(counts))
    source: dict[str, object] = {"kind": "photos", "folder": photos.folder.resolve()}
    source |= {"names": photos.pattern} if photos.pattern else {}
    source |= {"ignored": list(ignored)} if ignored else {}
    objects = sum(counts.values())
    draft = draft_of(
        kind=InputKind.PHOTO,
        title=title,
        question=choices.question or "What is on this photo?",
        summary=f"{objects:,} photos: tell which of {len(counts)} classes is on each.",
        source=path,
        inputs={},
        classes=[{"name": name, "title": titles[name]} for name in counts],
        dataset={"source": source},
        objects=objects,
    )
    doubts = doubts_of(photos, ignored, broken)
    shown = ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:12])
    return Found(
        kind=InputKind.PHOTO,
        path=path,
        title=title,
        objects=objects,
        classes=counts,
        evidence=(photos.evidence, f"{len(counts)} classes: {shown}"),
        doubts=tuple(doubts),
        draft=draft,
        notes={
            "dataset.source": "Where the photos lie. `names` is looked for in the path of each below "
            "`folder`; its groups say what it tells.",
        },
    )


def doubts_of(photos: PhotoFiles, ignored: Mapping[str, int], broken: float) -> list[str]:
    """Say what may be wrong with the files."""
    doubts = [*photos.doubts]
    if ignored:
        doubts.append(f"left out, as fewer than {LEAST_OF_CLASS} photos have them: {', '.join(ignored)}")
    if broken:
        doubts.append(
            f"{broken:.0%} of the files looked at cannot be decoded; collecting leaves such out and says so"
        )
    unread = sum(1 for file in photos.files if file.suffix.lower() not in READ)
    if unread:
        doubts.append(f"{unread:,} files are of a form that is not read: convert them to JPEG or PNG")
    return doubts


def classes_of_photos(labels: Sequence[str | None]) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many photos each class has, and the labels that too few have."""
    spelled: dict[str, Counter[str]] = {}
    for label in labels:
        if label and label.strip():
            plain = " ".join(label.replace("-", " ").replace("_", " ").casefold().split())
            spelled.setdefault(plain, Counter())[label.strip()] += 1
    counts: dict[str, int] = {}
    ignored: dict[str, int] = {}
    for plain, written in sorted(spelled.items()):
        total = sum(written.values())
        if total < LEAST_OF_CLASS:
            ignored |= dict.fromkeys(written, total)
        else:
            counts[plain.replace(" ", "_")[:60]] = total
    return counts, ignored


def spread(files: Sequence[Path]) -> list[Path]:
    """Return some files from all over a list."""
    step = max(1, len(files) // LOOKED_AT)
    return list(files[::step][:LOOKED_AT])


def broken_share(files: Sequence[Path]) -> float:
    """Return the share of files that are no pictures, of those looked at."""
    chosen = spread(files)
    return sum(1 for file in chosen if not is_picture(file)) / len(chosen)


def is_picture(file: Path) -> bool:
    """Tell whether a file can be decoded."""
    try:
        with Image.open(file) as picture:
            picture.load()
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True
