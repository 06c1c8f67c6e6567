"""Which class an observation has: that of the most special declared taxon above it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from outclass.base.errors import DataError
from outclass.catalog.sources.inaturalist.asking import Asker
from outclass.catalog.sources.inaturalist.declaration import ObservationQuery
from outclass.catalog.sources.inaturalist.records import TaxonRecord, read_page, records_of
from outclass.catalog.sources.inaturalist.state import State

MOST_IDS = 30
MOST_FOUND = 30
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """The declared taxa.

    Attributes
    ----------
    classes
        The class of each taxon.
    above
        Of each taxon the numbers of those above it and its own.
    """

    classes: Mapping[int, str]
    above: Mapping[int, tuple[int, ...]]

    def class_of(self, branch: Sequence[int]) -> str | None:
        """Return the class of what has these taxa above it, the most general first; None if it has none."""
        return next((self.classes[taxon] for taxon in reversed(branch) if taxon in self.classes), None)

    def taxa_of(self, name: str) -> tuple[int, ...]:
        """Return the taxa of a class, in order of their numbers."""
        return tuple(sorted(taxon for taxon, owner in self.classes.items() if owner == name))

    def others_below(self, name: str) -> tuple[int, ...]:
        """Return the taxa of other classes that lie below one of this class."""
        own = set(self.taxa_of(name))
        return tuple(
            sorted(
                taxon
                for taxon, owner in self.classes.items()
                if owner != name and own.intersection(self.above[taxon])
            )
        )


def find_branches(query: ObservationQuery, asker: Asker, state: State, api: str) -> Branches:
    """Return the declared taxa, of which those that are not known yet are looked up.

    Raises
    ------
    DataError
        A taxon is not there, was replaced, or cannot be told from others; or two classes name the same one.
    """
    numbers = [term for _, term in _terms(query) if isinstance(term, int)]
    unknown = sorted({number for number in numbers if state.taxon(str(number)) is None})
    for start in range(0, len(unknown), MOST_IDS):
        _look_up_numbers(unknown[start : start + MOST_IDS], asker, state, api)
    classes: dict[int, str] = {}
    above: dict[int, tuple[int, ...]] = {}
    for name, term in _terms(query):
        taxon = state.taxon(str(term)) or _look_up_name(str(term), asker, state, api)
        if classes.setdefault(taxon.id, name) != name:
            raise DataError(
                "two classes name the same taxon",
                where="dataset.source.observations.taxa",
                got=f"{taxon.id} ({taxon.name}): {classes[taxon.id]} and {name}",
            )
        above[taxon.id] = taxon.branch
    return Branches(classes=classes, above=above)


def _terms(query: ObservationQuery) -> Iterator[tuple[str, int | str]]:
    """Yield each class with each of its taxa."""
    return ((name, term) for name, terms in query.taxa.items() for term in terms)


def _look_up_numbers(numbers: Sequence[int], asker: Asker, state: State, api: str) -> None:
    """Keep what is known of some taxa."""
    found, _ = records_of(asker.must_get(f"{api}/taxa/{','.join(map(str, numbers))}", read_page), TaxonRecord)
    by_number = {taxon.id: taxon for taxon in found}
    for number in numbers:
        if number not in by_number:
            raise _unusable(str(number), "there is no taxon of this number")
        _check_active(str(number), by_number[number])
    state.keep_taxa({str(number): by_number[number] for number in numbers})


def _look_up_name(name: str, asker: Asker, state: State, api: str) -> TaxonRecord:
    """Find the one taxon that a scientific or common name means, and keep it."""
    words = urlencode({"q": name, "is_active": "true", "per_page": MOST_FOUND}, quote_via=quote)
    found, _ = records_of(asker.must_get(f"{api}/taxa?{words}", read_page), TaxonRecord)
    same = [taxon for taxon in found if _is(name, taxon.name)] or [
        taxon for taxon in found if _is(name, taxon.preferred_common_name) or _is(name, taxon.matched_term)
    ]
    if len(same) != 1:
        shown = ", ".join(f"{taxon.id} ({taxon.rank} {taxon.name})" for taxon in (same or found)[:SHOWN])
        what = "this name means several taxa" if same else "no taxon has exactly this name"
        raise _unusable(name, what, accepted=shown or None, hint="write the number of the taxon instead")
    _check_active(name, same[0])
    state.keep_taxa({name: same[0]})
    return same[0]


def _is(name: str, other: str | None) -> bool:
    """Tell whether two names are the same but for the case of letters."""
    return other is not None and name.strip().casefold() == other.strip().casefold()


def _check_active(term: str, taxon: TaxonRecord) -> None:
    """Refuse a taxon that is no longer used."""
    if not taxon.is_active:
        instead = ", ".join(map(str, taxon.current_synonymous_taxon_ids or ()))
        raise _unusable(
            term, "this taxon is no longer used", hint=f"now it is {instead}" if instead else None
        )


def _unusable(term: str, what: str, *, accepted: str | None = None, hint: str | None = None) -> DataError:
    """Return the error of a declared taxon."""
    return DataError(
        what,
        where="dataset.source.observations.taxa",
        got=term,
        accepted=accepted,
        hint=hint or "see https://www.inaturalist.org/taxa",
    )
