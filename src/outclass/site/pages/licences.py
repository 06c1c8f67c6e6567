"""What the licences page lists: data with its terms, and the software that pages are served by."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from django.conf import settings

from outclass.base.errors import DataError
from outclass.catalog.dataset import current_version, read_version
from outclass.catalog.licence_uses import LicenceUse, licence_uses
from outclass.site.pages.champions import champion_of
from outclass.site.play.challenges import all_challenges

KEPT = 8
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

    `photos` tells how many photos of the version in use are under which licence.
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
        found.append(
            Attribution(
                challenge=challenge.title,
                title=data.title,
                licence=data.licence,
                licence_url=data.licence_url,
                citation=data.citation,
                homepage=data.homepage,
                notes=data.notes,
                share_alike="-SA" in data.licence.upper() or any(use.licence.share_alike for use in photos),
                sample=data.sample,
                sample_licence=data.sample_licence,
                model=version.reference if version else "",
                data_version=version.manifest.lineage.get("data", "") if version else "",
                photos=photos,
            )
        )
    return found


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
