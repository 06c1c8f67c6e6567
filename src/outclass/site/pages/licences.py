"""What the licences page lists: data with its terms, and the software that pages are served by."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from django.conf import settings

from outclass.base.errors import DataError
from outclass.catalog.dataset import current_version, read_version
from outclass.catalog.licence_uses import LicenceUse, licence_uses
from outclass.registry.card import card_of, read_card
from outclass.registry.version import ModelVersion
from outclass.site.pages.champions import champion_of
from outclass.site.play.challenges import all_challenges

KEPT = 8
LICENCE_LINE = re.compile(r"^- Licence of the data: (.+)$", re.MULTILINE)
PACKAGES = (
    "Django",
    "django-axes",
    "django-csp",
    "django-htmx",
    "litestar",
    "msgspec",
    "numpy",
    "onnxruntime",
    "pillow",
    "polars",
    "prometheus-client",
    "uvicorn",
    "whitenoise",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """A data set of a challenge, its terms, and the model that was trained on it.

    `learned_from` and `model_licence` are of the model where it learned from other data than the challenge
    declares, as a packaged one may have; `photos` tells how many photos of the version in use are under which
    licence.
    """

    challenge: str
    title: str
    licence: str
    licence_url: str
    citation: str
    homepage: str
    notes: str
    share_alike: bool
    sample: str
    sample_licence: str
    model: str
    data_version: str
    learned_from: str = ""
    model_licence: str = ""
    photos: tuple[LicenceUse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network that photos go through before a model of ours."""

    title: str
    authors: str
    licence: str
    link: str
    learned_from: str


NETWORKS = (
    Network(
        title="EfficientNet-Lite0",
        authors="M. Tan, Q. Le; The TensorFlow Authors; PyTorch form by ML Illustrated",
        licence="Apache-2.0",
        link="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
        learned_from="ImageNet (ILSVRC 2012), whose photos belong to their owners; none of them is here",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """A package and the licence that it declares."""

    name: str
    version: str
    licence: str


def attributions() -> list[Attribution]:
    """Return the data sets of all challenges."""
    found = []
    for challenge in all_challenges():
        data = challenge.dataset
        version = champion_of(challenge.name)
        photos = photo_licences(challenge.name)
        learned_from, model_licence = other_data(version, data.title)
        terms = (data.licence, model_licence, *(use.licence.name for use in photos))
        found.append(
            Attribution(
                challenge=challenge.title,
                title=data.title,
                licence=data.licence,
                licence_url=data.licence_url,
                citation=data.citation,
                homepage=data.homepage,
                notes=data.notes,
                share_alike=any("-SA" in licence.upper() for licence in terms),
                sample=data.sample,
                sample_licence=data.sample_licence,
                model=version.reference if version else "",
                data_version=version.manifest.lineage.get("data", "") if version else "",
                learned_from=learned_from,
                model_licence=model_licence,
                photos=photos,
            )
        )
    return found


def other_data(version: ModelVersion | None, declared: str) -> tuple[str, str]:
    """Return what a model learned from, and its licence, by its card; nothing if it is what is declared."""
    if version is None:
        return "", ""
    section = read_card(card_of(version.folder)).get("Data", "")
    source = section.partition("\n\n")[0]
    licence = LICENCE_LINE.search(section)
    if source.startswith(declared) or licence is None:
        return "", ""
    return source, licence[1]


def photo_licences(challenge: str) -> tuple[LicenceUse, ...]:
    """Return the licences of the photos of the version in use; none where it cannot be read."""
    try:
        version = current_version(challenge, settings.OUTCLASS)
        return _uses(version.folder) if version is not None else ()
    except DataError:
        return ()


@lru_cache(maxsize=KEPT)
def _uses(folder: Path) -> tuple[LicenceUse, ...]:
    """Return the licences of the version in a folder, which never change."""
    return licence_uses(read_version(folder))


def software() -> list[Software]:
    """Return the packages that serve the pages, as installed."""
    return [found for name in PACKAGES if (found := describe(name))]


def describe(name: str) -> Software | None:
    """Return what a package declares of itself."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return None
    declared = [*(about.get_all("License-Expression") or []), *map(short, about.get_all("License") or [])]
    licence = next(filter(None, declared), "") or classified(about.get_all("Classifier"))
    return Software(name=about["Name"], version=about["Version"], licence=licence or "see its documentation")


def short(text: str) -> str:
    """Return a licence's name, not its text."""
    return text if 0 < len(text) <= 40 and "\n" not in text else ""


def classified(classifiers: list[str] | None) -> str:
    """Return the licence of a package's classifiers."""
    found = [
        line.rpartition(" :: ")[2]
        for line in classifiers or []
        if line.startswith("License :: OSI Approved :: ")
    ]
    return ", ".join(found)
