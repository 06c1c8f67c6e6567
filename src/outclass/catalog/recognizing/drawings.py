"""Drawings: IDX files, and folders of small gray pictures by class."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outclass.base.errors import DataError
from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.found import Choices, Found, Prepare
from outclass.catalog.recognizing.labels import Classes
from outclass.catalog.recognizing.photos import PhotoFiles, classes_of_photos, is_picture, spread
from outclass.catalog.recognizing.pixels import drawing_draft, write_idx
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.sections import LEAST_OF_CLASS, check_classes
from outclass.catalog.sources.idx import IdxPictures, read_idx_folder, read_pair
from outclass.inputs.framing import normalize

PAIRS = (("train-images", "train-labels"), ("t10k-images", "t10k-labels"), ("test-images", "test-labels"))
LARGEST = 64
SMALLEST_PHOTO = 32
"""Photos of fewer pixels are not read."""
KEPT_SIZE = 32
"""Larger drawings are brought into the form of MNIST."""
FORM = 28
TWO_TONED = 0.85
"""The share of nearly black or white pixels from which on a picture is a drawing."""
GRAY = 8
QUESTION = "What is drawn here?"
FORMS = {"images": "idx3", "labels": "idx1"}


def is_idx(path: Path) -> bool:
    """Tell whether a folder holds IDX files."""
    return any("idx" in file.name or "ubyte" in file.name for file in path.iterdir() if file.is_file())


def found_idx(path: Path, choices: Choices) -> Found:
    """Draft the challenge of a folder of IDX files; these are copied beside it."""
    train, held = read_parts(path)
    size = train.images.shape[1]
    if train.images.shape[1] != train.images.shape[2] or not 8 <= size <= 1024:
        raise RefusedDataError(
            Refusal.UNKNOWN_KIND,
            "these pictures are no squares of 8 to 1024 pixels",
            where=str(path),
            got=" x ".join(map(str, train.images.shape[1:])),
        )
    found = Counter(train.labels.tolist())
    counts = {str(label): found[label] for label in sorted(found) if found[label] >= LEAST_OF_CLASS}
    ignored = {str(label): count for label, count in found.items() if count < LEAST_OF_CLASS}
    check_classes(counts, ignored, str(path))
    title = choices.title or names.title_of(path.resolve().name)
    draft = drawing_draft(
        title=title,
        question=choices.question or QUESTION,
        path=path,
        size=size,
        classes=Classes(counts=counts, labels={}, ignored={}),
        objects=sum(counts.values()),
    )
    if held is not None:
        _files_of(draft).update(
            {f"test_{name}": {"path": f"data/test-{name}-{form}-ubyte"} for name, form in FORMS.items()}
        )
    rare = f"left out, as fewer than {LEAST_OF_CLASS} pictures have them: {', '.join(ignored)}"
    return Found(
        kind=InputKind.DRAWING,
        path=path,
        title=title,
        objects=sum(counts.values()),
        classes=counts,
        evidence=tuple(told_of_idx(train, held, len(counts))),
        doubts=(rare,) if ignored else (),
        draft=draft,
        notes={"dataset.source": "The drawings were copied beside this file."},
        prepare=idx_writer(train, held, list(map(int, counts))),
    )


def told_of_idx(train: IdxPictures, held: IdxPictures | None, classes: int) -> Iterator[str]:
    """Yield what the files hold."""
    size = train.images.shape[1]
    yield f"IDX files: {len(train.labels):,} pictures of {size} x {size} with labels"
    if held is not None:
        yield f"{len(held.labels):,} test pictures, which are held out and never learned from"
    yield f"{classes} classes, called by their numbers: give them titles under `classes`"


def idx_writer(train: IdxPictures, held: IdxPictures | None, labels: Sequence[int]) -> Prepare:
    """Return what writes the drawings with labels that count the classes from 0."""
    places = {label: place for place, label in enumerate(labels)}

    def prepare(folder: Path) -> None:
        """Write both parts."""
        write_part(folder, train, places, "train")
        if held is not None:
            write_part(folder, held, places, "test")

    return prepare


def _files_of(draft: dict[str, object]) -> dict[str, object]:
    """Return the files of a draft, to be added to."""
    dataset = draft["dataset"]
    assert isinstance(dataset, dict)
    files = dataset["source"]["files"]
    assert isinstance(files, dict)
    return files


def read_parts(path: Path) -> tuple[IdxPictures, IdxPictures | None]:
    """Return the pictures to learn from, and those to hold out where there are such."""
    parts: dict[str, IdxPictures] = {}
    try:
        for images, labels in PAIRS:
            pair = [_starting(path, stem) for stem in (images, labels)]
            if all(pair):
                parts[images.partition("-")[0]] = read_pair(images.partition("-")[0], *pair)  # type: ignore[arg-type]
        if not parts:
            return read_idx_folder(path), None
    except DataError as error:
        raise RefusedDataError(
            Refusal.UNREADABLE, error.what, where=error.where, got=error.got, accepted=error.accepted
        ) from error
    held = parts.get("t10k", parts.get("test"))
    return (parts["train"], held) if "train" in parts else (next(iter(parts.values())), None)


def _starting(path: Path, stem: str) -> Path | None:
    """Return the file whose name begins with a stem, in either spelling."""
    found = [file for file in sorted(path.iterdir()) if file.name.replace("_", "-").startswith(stem)]
    return found[0] if found else None


def write_part(folder: Path, part: IdxPictures, places: dict[int, int], name: str) -> None:
    """Write the pictures of the classes that stay."""
    used = np.isin(part.labels, list(places))
    numbers = np.array([places[label] for label in part.labels[used].tolist()], dtype=np.uint8)
    write_idx(folder, part.images[used], numbers, name)


def are_drawings(photos: PhotoFiles, choices: Choices) -> bool:
    """Tell whether pictures are drawings: small, square and gray, or ink on paper."""
    if choices.kind is not None:
        return choices.kind is InputKind.DRAWING
    looked = [file for file in spread(photos.files) if is_picture(file)]
    if not looked:
        return False
    return sum(1 for file in looked if is_drawing(file)) >= 0.95 * len(looked)


def is_drawing(file: Path) -> bool:
    """Tell whether one picture is a drawing."""
    with Image.open(file) as picture:
        width, height = picture.size
        rgb = np.asarray(picture.convert("RGB"), dtype=np.int16)
    gray = bool((np.ptp(rgb, axis=2) <= GRAY).mean() > 0.98)
    small = width == height <= LARGEST
    if max(width, height) < SMALLEST_PHOTO:
        return True
    extreme = float(((rgb[..., 0] < 40) | (rgb[..., 0] > 215)).mean())
    return gray and (extreme >= TWO_TONED if not small else extreme >= 0.5)


def found_pictures(path: Path, photos: PhotoFiles, choices: Choices) -> Found:
    """Draft the challenge of a folder of drawings; they are written as IDX beside it."""
    counts, ignored = classes_of_photos(photos.labels)
    check_classes(counts, ignored, str(path))
    sizes = Counter(size_of(file) for file in spread(photos.files) if is_picture(file))
    (width, height), same = sizes.most_common(1)[0]
    kept = same == sum(sizes.values()) and width == height <= KEPT_SIZE
    size = max(width, 8) if kept else FORM
    title = choices.title or names.title_of(path.resolve().name)
    classes = Classes(counts=counts, labels={}, ignored={})

    def prepare(folder: Path) -> None:
        """Write the drawings as IDX."""
        images, labels = read_drawings(photos, list(counts), size, as_is=kept)
        write_idx(folder, images, labels)

    draft = drawing_draft(
        title=title,
        question=choices.question or QUESTION,
        path=path,
        size=size,
        classes=classes,
        objects=sum(counts.values()),
    )
    doubts = [*photos.doubts]
    if ignored:
        doubts.append(f"left out, as fewer than {LEAST_OF_CLASS} drawings have them: {', '.join(ignored)}")
    doubts.append("they are taken for drawings, as they are small or ink on paper (else: --kind photo)")
    return Found(
        kind=InputKind.DRAWING,
        path=path,
        title=title,
        objects=sum(counts.values()),
        classes=counts,
        evidence=(
            photos.evidence.replace("photos", "drawings"),
            f"gray, {width} x {height}" + ("" if kept else f"; brought to {size} x {size}"),
        ),
        doubts=tuple(doubts),
        draft=draft,
        notes={"dataset.source": "The drawings were written beside this file, in the form of MNIST."},
        prepare=prepare,
    )


def size_of(file: Path) -> tuple[int, int]:
    """Return width and height of a picture."""
    with Image.open(file) as picture:
        return picture.size


def read_drawings(
    photos: PhotoFiles, classes: Sequence[str], size: int, *, as_is: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return drawings as ink on nothing, and the place of the class of each; broken files are left out."""
    places = {name: place for place, name in enumerate(classes)}
    images, labels = [], []
    for file, label in zip(photos.files, photos.labels, strict=True):
        plain = " ".join((label or "").replace("-", " ").replace("_", " ").casefold().split())
        place = places.get(plain.replace(" ", "_")[:60])
        if place is None or not is_picture(file):
            continue
        images.append(ink_of(file, size, as_is=as_is))
        labels.append(place)
    return np.stack(images), np.array(labels, dtype=np.uint8)


def ink_of(file: Path, size: int, *, as_is: bool) -> NDArray[np.uint8]:
    """Return the ink of one picture: dark on light paper, or light on dark."""
    with Image.open(file) as picture:
        gray = np.asarray(picture.convert("L"), dtype=np.float32) / 255
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    ink = (np.float32(1) - gray if float(np.median(border)) > 0.5 else gray).astype(np.float32)
    if not as_is:
        ink = normalize(np.ascontiguousarray(ink), size)
    elif ink.shape != (size, size):
        ink = np.pad(ink, [(0, size - side) for side in ink.shape])
    return np.asarray((ink * 255).round(), dtype=np.uint8)
