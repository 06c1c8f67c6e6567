"""What the licences page lists: data with its terms, and the software that pages are served by."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata

from outclass.site.pages.champions import champion_of
from outclass.site.play.challenges import all_challenges

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
    "structlog",
    "uvicorn",
    "whitenoise",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """A data set of a challenge, its terms, and the model that was trained on it."""

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
        found.append(
            Attribution(
                challenge=challenge.title,
                title=data.title,
                licence=data.licence,
                licence_url=data.licence_url,
                citation=data.citation,
                homepage=data.homepage,
                notes=data.notes,
                share_alike="-SA" in data.licence.upper(),
                sample=data.sample,
                sample_licence=data.sample_licence,
                model=version.reference if version else "",
                data_version=version.manifest.lineage.get("data", "") if version else "",
            )
        )
    return found


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
