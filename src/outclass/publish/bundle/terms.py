"""Whether a data set may be passed on at all, and under which terms what is in a bundle stands."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from outclass.base.errors import DataError
from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licence_uses import licence_uses
from outclass.catalog.licences import MEANINGS, licence_of
from outclass.catalog.loader import LoadedChallenge
from outclass.publish.bundle.documents import BundleOptions
from outclass.publish.sharing import PUBLIC
from outclass.registry.version import ModelVersion

NOT_STATED = frozenset({"", "-", "?", "none", "none stated", "not stated", "unknown", "unlicensed"})
"""Declared licences that leave it open: the owner may state one when a bundle is made."""


def check_terms(version: DatasetVersion, options: BundleOptions) -> None:
    """Refuse a data set whose licence does not let it be passed on; of photos each has its own.

    Raises
    ------
    DataError
        With the reason and what can be done.
    """
    document = version.document
    if document.kind is InputKind.PHOTO:
        return
    stated = licence_of(document.licence, document.licence_url)
    if stated.terms in PUBLIC:
        return
    given = licence_of(options.licence, options.licence_url) if options.licence else None
    is_open = document.licence.strip().lower() in NOT_STATED
    if given is not None and given.terms in PUBLIC and is_open:
        return
    raise DataError(
        "the licence of this data set does not let it be passed on",
        where=f"{version.challenge} {version.id}",
        got=f"{document.licence}: {MEANINGS[stated.terms]}",
        accepted="CC0, CC-BY, CC-BY-SA, the public domain and the like",
        hint="leave the data out: --without-data; where it is your own to give: --licence NAME"
        if is_open
        else "leave the data out: --without-data",
    )


def with_terms(loaded: LoadedChallenge, version: DatasetVersion, options: BundleOptions) -> LoadedChallenge:
    """Return a challenge whose data set has the licence that was given, else that of the version."""
    document, dataset = version.document, loaded.challenge.dataset
    licence, link = document.licence, document.licence_url
    if options.licence:
        licence, link = options.licence, options.licence_url
    if document.sample:  # its credit tells licence and author
        dataset = msgspec.structs.replace(dataset, sample_licence=options.licence or document.citation)
    else:
        dataset = msgspec.structs.replace(dataset, licence=licence, licence_url=link)
    return replace(loaded, challenge=msgspec.structs.replace(loaded.challenge, dataset=dataset))


def licences_text(
    loaded: LoadedChallenge, version: DatasetVersion | None, models: tuple[ModelVersion, ...]
) -> str:
    """Return the page of licences of a bundle, in Markdown."""
    return "\n".join(_lines(loaded, version, models)) + "\n"


def _lines(
    loaded: LoadedChallenge, version: DatasetVersion | None, models: tuple[ModelVersion, ...]
) -> Iterator[str]:
    """Yield the lines of the page."""
    yield f"# Licences: {loaded.challenge.title}"
    yield ""
    if loaded.challenge.warning:
        yield from (f"> {loaded.challenge.warning}", "")
    if version is None:
        yield "There is no data in this bundle."
    else:
        document = version.document
        link = f" ({document.licence_url})" if document.licence_url else ""
        yield from (f"## Data: {document.title}", "", f"{document.licence}{link}", "", document.citation, "")
        uses = licence_uses(version)
        yield from (f"- {use.licence.name}: {use.photos:,} photos, {use.meaning}" for use in uses)
        if uses:
            yield "- whom to credit for each photo stands with it: `author`, `licence`, `link`"
        shared = [use.licence.name for use in uses if use.licence.share_alike]
        shared += [document.licence] if licence_of(document.licence).share_alike else []
        if shared:
            names = ", ".join(dict.fromkeys(shared))
            yield from ("", f"What is made of the data must have the same licence: {names}.")
    yield from ("", "## Models", "")
    yield from (f"- `{one.reference}`: see its card" for one in models)
    if not models:
        yield "There is no model in this bundle."
