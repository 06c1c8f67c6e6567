"""What the licence of a photo allows here: to play with it, show it, crop it, train on it, give it away.

Licences come as SPDX names, as links, in the short names of iNaturalist, or in somebody's words. What is not
understood allows nothing but tests on one's own machine: a photo is its author's unless they say otherwise.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from outclass.inputs.photos import Credit


class Terms(StrEnum):
    """Kinds of licence that make a difference here, those that allow more first."""

    OPEN = "open"
    SHARE_ALIKE = "share-alike"
    NO_DERIVATIVES = "no-derivatives"
    NON_COMMERCIAL = "non-commercial"
    NON_COMMERCIAL_NO_DERIVATIVES = "non-commercial, no-derivatives"
    SOME_CREATIVE_COMMONS = "some Creative Commons licence"
    LENT = "lent to learn from"
    NONE = "none"


MEANINGS = {
    Terms.OPEN: "free for any use with credit",
    Terms.SHARE_ALIKE: "free for any use with credit, under the same licence",
    Terms.NO_DERIVATIVES: "may be shown and passed on whole, never cropped or learned from for others",
    Terms.NON_COMMERCIAL: "may be shown and played with, never passed on",
    Terms.NON_COMMERCIAL_NO_DERIVATIVES: "may be shown and played with, never cropped or passed on",
    Terms.SOME_CREATIVE_COMMONS: "may be shown and played with; which licence it is, is not known",
    Terms.LENT: "given by somebody who uses this site to learn from, neither shown nor passed on",
    Terms.NONE: "all rights are reserved or nothing is stated: for tests only, neither shown nor passed on",
}
STRICTNESS = {terms: place for place, terms in enumerate(Terms)}
RESERVED = re.compile(r"all rights reserved|none stated|no licen[cs]e|not open|without a free", re.IGNORECASE)
CREATIVE_COMMONS = re.compile(
    r"\bcc[\s-]*(?P<parts>by(?:[\s-]*(?:nc|nd|sa))*)(?![a-z])[\s-]*v?(?P<version>\d\.\d)?", re.IGNORECASE
)
ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<parts>by[a-z-]*)/(?P<version>\d\.\d)|(?P<zero>publicdomain/zero)"
    r"|(?P<mark>publicdomain/mark))",
    re.IGNORECASE,
)
ZERO = re.compile(r"\bcc[\s-]*0(?!\d)|\bcc[\s-]*zero\b", re.IGNORECASE)
PUBLIC_DOMAIN = re.compile(r"public[\s-]*domain|^pdm?$", re.IGNORECASE)
SOME = re.compile(r"creative commons", re.IGNORECASE)
OTHERS = (
    (re.compile(r"^cdla-permissive|community data licen.*permissive", re.IGNORECASE), "CDLA-Permissive-1.0"),
    (re.compile(r"^(licenseref-)?own( photos)?$", re.IGNORECASE), "LicenseRef-own"),
    (re.compile(r"^mit\b", re.IGNORECASE), "MIT"),
    (re.compile(r"^apache-2\.0\b", re.IGNORECASE), "Apache-2.0"),
    (re.compile(r"^pddl\b", re.IGNORECASE), "PDDL-1.0"),
    (re.compile(r"^odc-by\b", re.IGNORECASE), "ODC-By-1.0"),
)  # fmt: skip
"""Other licences without terms that matter here, by how they are written."""
ROOT = "https://creativecommons.org"
LENT = "LicenseRef-lent-to-learn-from"
"""The licence of photos that people let us keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence that was understood, or not.

    Attributes
    ----------
    name
        Its SPDX name; what was stated where it has none.
    terms
        What kind it is.
    link
        Where its text is; empty where that is not known.
    """

    name: str
    terms: Terms
    link: str = ""

    @property
    def may_show(self) -> bool:
        """Tell whether the photo may stand on a page, with its credit."""
        return self.terms not in {Terms.LENT, Terms.NONE}

    @property
    def may_play(self) -> bool:
        """Tell whether the photo may be dealt in a game: free of charge, so non-commercial ones may."""
        return self.may_show

    @property
    def may_export(self) -> bool:
        """Tell whether the photo may be passed on to others, who may use it for anything."""
        return self.terms in {Terms.OPEN, Terms.SHARE_ALIKE, Terms.NO_DERIVATIVES}

    @property
    def may_crop(self) -> bool:
        """Tell whether part of the photo may be shown or learned from instead of all of it."""
        return self.terms in {Terms.OPEN, Terms.SHARE_ALIKE, Terms.NON_COMMERCIAL, Terms.LENT}

    @property
    def may_train_shipped(self) -> bool:
        """Tell whether a model that is given to others may be trained on the photo."""
        return self.terms in {Terms.OPEN, Terms.SHARE_ALIKE}

    @property
    def share_alike(self) -> bool:
        """Tell whether what is made of the photo must have the same licence."""
        return self.terms is Terms.SHARE_ALIKE


def licence_of(stated: str, link: str = "") -> Licence:
    """Return what is meant by a licence's name and by the link to its text; where they differ, the stricter.

    Parameters
    ----------
    stated
        A name in any of the usual forms; empty where none is stated.
    link
        The address of its text.

    Examples
    --------
    >>> [licence_of(name).name for name in ("cc-by-nc", "CC BY-SA 4.0", "cc0", "CC0-1.0")]
    ['CC-BY-NC', 'CC-BY-SA-4.0', 'CC0-1.0', 'CC0-1.0']
    >>> licence_of("", "http://creativecommons.org/licenses/by-nd/3.0/").may_crop
    False
    >>> licence_of("none stated").may_show
    False
    """
    text = stated.strip()
    named, linked = _understood(text) if text else None, _by_address(link)
    if named is None and RESERVED.search(text):
        linked = None
    known = [found for found in (named, linked) if found is not None]
    if not known:
        return Licence(name=text or "none stated", terms=Terms.NONE)
    return max(known, key=lambda found: STRICTNESS[found.terms])


def licence_of_credit(credit: Credit) -> Licence:
    """Return the licence of a photo."""
    return licence_of(credit.licence, credit.licence_url)


def _understood(text: str) -> Licence | None:
    """Return the licence that a text names; None where it names none."""
    if text == LENT:
        return Licence(name=LENT, terms=Terms.LENT)
    if found := _by_address(text):
        return found
    named = CREATIVE_COMMONS.search(text)
    if named is not None and not _is_denied(text, named.start()):
        return _creative_commons(named["parts"], named["version"])
    if ZERO.search(text):
        return _zero()
    for pattern, name in OTHERS:
        if pattern.search(text):
            return Licence(name=name, terms=Terms.OPEN)
    if RESERVED.search(text):
        return None
    if PUBLIC_DOMAIN.search(text):
        return Licence(name="Public-Domain", terms=Terms.OPEN)
    return Licence(name="CC", terms=Terms.SOME_CREATIVE_COMMONS) if SOME.search(text) else None


def _is_denied(text: str, start: int) -> bool:
    """Tell whether words before a name take it back, such as `not CC BY`."""
    return RESERVED.search(text[:start]) is not None or text[:start].rstrip().lower().endswith(("not", "no"))


def _by_address(link: str) -> Licence | None:
    """Return the licence whose text is at an address of Creative Commons."""
    found = ADDRESS.search(link)
    if found is None:
        return None
    if found["zero"]:
        return _zero()
    if found["mark"]:
        return Licence(name="Public-Domain", terms=Terms.OPEN, link=f"{ROOT}/publicdomain/mark/1.0/")
    return _creative_commons(found["parts"], found["version"])


def _zero() -> Licence:
    """Return CC0."""
    return Licence(name="CC0-1.0", terms=Terms.OPEN, link=f"{ROOT}/publicdomain/zero/1.0/")


def _creative_commons(parts: str, version: str | None) -> Licence:
    """Return a licence of Creative Commons by its parts."""
    found = set(re.findall("nc|nd|sa", parts.lower()))
    code = "-".join(["by", *(part for part in ("nc", "nd", "sa") if part in found)])
    match "nc" in found, "nd" in found:
        case True, True:
            terms = Terms.NON_COMMERCIAL_NO_DERIVATIVES
        case True, False:
            terms = Terms.NON_COMMERCIAL
        case False, True:
            terms = Terms.NO_DERIVATIVES
        case _:
            terms = Terms.SHARE_ALIKE if "sa" in found else Terms.OPEN
    name = f"CC-{code.upper()}" + (f"-{version}" if version else "")
    return Licence(name=name, terms=terms, link=f"{ROOT}/licenses/{code}/{version}/" if version else "")
