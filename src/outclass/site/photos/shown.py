"""A photo of a data set as pages show it, with whose it is; and whether its licence lets it be shown."""

from dataclasses import dataclass

from outclass.catalog.licences import Licence, licence_of_credit
from outclass.inputs.photos import Box, Credit, PhotoTable

TITLES = {"Public-Domain": "public domain", "CC": "Creative Commons", "LicenseRef-own": "own photo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whose a photo is; without `link` where that would tell what is asked."""

    author: str
    licence: str
    licence_url: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPhoto:
    """A photo on a page.

    Attributes
    ----------
    url, small_url
        Where it is, to look at and for lists.
    width, height
        Of the photo; the browser keeps the space free.
    box
        The part that counts; None where all does.
    """

    url: str
    small_url: str
    width: int
    height: int
    box: Box | None
    attribution: Attribution


def shown_photo_of(table: PhotoTable, place: int, url: str, small_url: str, *, told: bool) -> ShownPhoto:
    """Return a photo of a table as pages show it.

    Parameters
    ----------
    told
        Whether what it is may be told: only then the link to its source is given.
    """
    width, height = table.sizes[place].tolist()
    return ShownPhoto(
        url=url,
        small_url=small_url,
        width=width,
        height=height,
        box=table.box(place),
        attribution=attribution_of(table.credits[place], told=told),
    )


def attribution_of(credit: Credit, *, told: bool) -> Attribution:
    """Return what stands under a photo."""
    licence = licence_of_credit(credit)
    return Attribution(
        author=credit.author or "author not stated",
        licence=licence_title(licence),
        licence_url=licence.link or credit.licence_url,
        link=credit.link if told and credit.link.startswith(("https://", "http://")) else "",
    )


def licence_title(licence: Licence) -> str:
    """Return a licence as people write it.

    >>> licence_title(Licence(name="CC-BY-NC-4.0", terms="non-commercial"))
    'CC BY-NC 4.0'
    """
    if licence.name in TITLES:
        return TITLES[licence.name]
    if not licence.name.startswith(("CC-", "CC0-")):
        return licence.name
    if licence.name.startswith("CC0-"):
        return licence.name.replace("-", " ")
    parts = licence.name.removeprefix("CC-").split("-")
    version = [parts.pop()] if parts[-1][:1].isdigit() else []
    return " ".join(["CC", "-".join(parts), *version])


def may_show(credit: Credit) -> bool:
    """Tell whether a photo may stand on a page."""
    return licence_of_credit(credit).may_show
