"""Examples of each class, from objects that are never dealt: of the train split, else made up."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings as django_conf
from django.urls import reverse

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import Series, SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.site.photos.gallery import Gallery, gallery_of, photo_urls
from outclass.site.play.challenges import loaded_challenge
from outclass.site.play.exhibits import Exhibit, photo_exhibit, record_exhibit, text_exhibit

OF_CLASS = 4
PHOTOS_OF_CLASS = 12
SPLIT = Split.TRAIN
BLOCK = 2000
SIMULATED = 1200
SEED = 2_026
Example = Series | str | PhotoTable | ColumnTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Some objects of each class, by the class's name; `simulated` where they were made up."""

    objects: dict[str, tuple[Example, ...]]
    simulated: bool

    def at(self, name: str, number: int) -> Example | None:
        """Return one example of a class, None where there are not so many."""
        found = self.objects.get(name, ())
        return found[number] if number < len(found) else None


def examples_of(challenge: str) -> Examples:
    """Return the examples of a challenge of any kind but drawings, chosen once for each data version."""
    version = current_version(challenge, django_conf.OUTCLASS)
    return _examples(challenge, None if version is None else version.id)


@lru_cache(maxsize=8)
def _examples(challenge: str, _version: str | None) -> Examples:
    """Choose examples."""
    loaded = loaded_challenge(challenge)
    version = current_version(challenge, django_conf.OUTCLASS)
    if loaded.challenge.input.kind is InputKind.PHOTO:
        gallery = gallery_of(challenge)
        return Examples(objects=photos_of(gallery) if gallery else {}, simulated=False)
    if version is not None and any(version.document.counts.get(SPLIT, {}).values()):
        return Examples(objects=pick(from_version(version)), simulated=version.document.sample)
    return Examples(objects=pick(from_simulator(loaded)), simulated=True)


@lru_cache(maxsize=8)
def made_up(challenge: str) -> tuple[str, ...]:
    """Return one made-up text of each class, as far as the challenge has a simulator."""
    loaded = loaded_challenge(challenge)
    try:
        found = pick(from_simulator(loaded))
    except OutclassError:
        return ()
    first = [found[name][0] for name in loaded.challenge.class_names if name in found]
    return tuple(text for text in first if isinstance(text, str))


def photos_of(gallery: Gallery) -> dict[str, tuple[Example, ...]]:
    """Return the first few photos of each class, each as a table of one."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(gallery.labels):
        places.setdefault(name, []).append(place)
    return {
        name: tuple(gallery.photos.take([place]) for place in found[:PHOTOS_OF_CLASS])
        for name, found in places.items()
    }


def from_version(version: DatasetVersion) -> Iterator[tuple[str, Example]]:
    """Yield training objects with their labels."""
    for block in version.blocks(SPLIT, BLOCK):
        if isinstance(block.inputs, SeriesTable | TextTable):
            yield from zip(block.labels, block.inputs, strict=True)
        elif isinstance(block.inputs, ColumnTable):
            for place, label in enumerate(block.labels):
                yield label, block.inputs.take([place])


def from_simulator(loaded: LoadedChallenge) -> Iterator[tuple[str, Example]]:
    """Yield objects that the challenge's simulator makes for this alone: its examples, or from a seed."""
    hook = load_hook(loaded, Hook.SIMULATE)
    if hook is not None and hasattr(hook, "examples"):
        table = hook.examples()
    elif hook is not None and hasattr(hook, "population"):
        table = hook.population(SIMULATED, SEED)
    else:
        return
    if isinstance(table.inputs, SeriesTable | TextTable):
        yield from zip(table.labels, table.inputs, strict=True)


def pick(found: Iterator[tuple[str, Example]]) -> dict[str, tuple[Example, ...]]:
    """Return the first few of each class."""
    chosen: dict[str, list[Example]] = {}
    for name, example in found:
        if len(chosen.setdefault(name, [])) < OF_CLASS:
            chosen[name].append(example)
    return {name: tuple(objects) for name, objects in chosen.items()}


def example_exhibit(challenge: Challenge, examples: Examples, place: int, number: int) -> Exhibit | None:
    """Return an example as a page shows it, None where there is none."""
    label = challenge.classes[place]
    example = examples.at(label.name, number)
    title = f"{label.title}, example {number + 1}"
    if example is None:
        return None
    if isinstance(example, str):
        return text_exhibit(f"example-{place}-{number}", title, example)
    if isinstance(example, PhotoTable):
        urls = photo_urls(challenge.name, example.names[0])
        return photo_exhibit(f"example-{place}-{number}", title, example, urls, told=True)
    if isinstance(example, ColumnTable):
        return record_exhibit(challenge, f"example-{place}-{number}", title, example)
    address = [challenge.name, place, number]
    return Exhibit(
        template="play/objects/series.html",
        identity=f"example-{place}-{number}",
        label=title,
        series=example,
        bands=challenge.input.bands,
        points=reverse("play:example-points", args=address),
        model=reverse("play:example-model", args=address),
    )
