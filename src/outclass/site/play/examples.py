"""Examples of each class, from objects that are never dealt: of the train split, else simulated."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings as django_conf
from django.urls import reverse

from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.inputs.series import Series, SeriesTable
from outclass.site.play.challenges import loaded_challenge
from outclass.site.play.exhibits import Exhibit

OF_CLASS = 4
SPLIT = Split.TRAIN
BLOCK = 2000
SIMULATED = 1200
SEED = 2_026


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Some objects of each class, by the class's name; `simulated` where they are not of the sky."""

    series: dict[str, tuple[Series, ...]]
    simulated: bool

    def at(self, name: str, number: int) -> Series | None:
        """Return one example of a class, None where there are not so many."""
        found = self.series.get(name, ())
        return found[number] if number < len(found) else None


def examples_of(challenge: str) -> Examples:
    """Return the examples of a challenge of series, chosen once for each data version."""
    version = current_version(challenge, django_conf.OUTCLASS)
    return _examples(challenge, None if version is None else version.id)


@lru_cache(maxsize=8)
def _examples(challenge: str, _version: str | None) -> Examples:
    """Choose examples."""
    loaded = loaded_challenge(challenge)
    version = current_version(challenge, django_conf.OUTCLASS)
    if version is not None and any(version.document.counts.get(SPLIT, {}).values()):
        return Examples(series=pick(from_version(version)), simulated=version.document.sample)
    return Examples(series=pick(from_simulator(loaded)), simulated=True)


def from_version(version: DatasetVersion) -> Iterator[tuple[str, Series]]:
    """Yield training objects with their labels."""
    for block in version.blocks(SPLIT, BLOCK):
        if isinstance(block.inputs, SeriesTable):
            yield from zip(block.labels, block.inputs, strict=True)


def from_simulator(loaded: LoadedChallenge) -> Iterator[tuple[str, Series]]:
    """Yield objects that the challenge's simulator makes for this alone, from a seed of its own."""
    hook = load_hook(loaded, Hook.SIMULATE)
    if hook is None or not hasattr(hook, "population"):
        return
    table = hook.population(SIMULATED, SEED)
    if isinstance(table.inputs, SeriesTable):
        yield from zip(table.labels, table.inputs, strict=True)


def pick(found: Iterator[tuple[str, Series]]) -> dict[str, tuple[Series, ...]]:
    """Return the first few of each class."""
    chosen: dict[str, list[Series]] = {}
    for name, series in found:
        if len(chosen.setdefault(name, [])) < OF_CLASS:
            chosen[name].append(series)
    return {name: tuple(series) for name, series in chosen.items()}


def example_exhibit(challenge: Challenge, examples: Examples, place: int, number: int) -> Exhibit | None:
    """Return an example as a page shows it, None where there is none."""
    label = challenge.classes[place]
    series = examples.at(label.name, number)
    if series is None:
        return None
    address = [challenge.name, place, number]
    return Exhibit(
        template="play/objects/series.html",
        identity=f"example-{place}-{number}",
        label=f"{label.title}, example {number + 1}",
        series=series,
        bands=challenge.input.bands,
        points=reverse("play:example-points", args=address),
        model=reverse("play:example-model", args=address),
    )
