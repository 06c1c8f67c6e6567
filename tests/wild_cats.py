"""A challenge whose photos come from iNaturalist, and the world for it: a server of ours instead."""

from pathlib import Path

from naturalists import BOBCAT, COUGAR, FELIDAE, HOUSE_CAT, WESTERN_BOBCAT, Naturalists, sighting
from outclass.base.fetch import Fetcher
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.sources.inaturalist.asking import Asker
from outclass.catalog.sources.inaturalist.collecting import Outside
from outclass.catalog.sources.inaturalist.pace import Pace
from outclass.catalog.sources.inaturalist.web import ApiWeb, MediaWeb
from small_challenge import write_challenge
from small_photos import declaration

Taxa = dict[str, list[int | str]]
CLASSES = ("bobcat", "mountain_lion", "other_cat")
TAXA: Taxa = {"bobcat": [BOBCAT], "mountain_lion": [COUGAR], "other_cat": [FELIDAE]}
LICENCES = (("cc-by",), ("cc-by-nc", None), ("cc0", "cc-by-sa", "cc-by"), (None,), ("cc-by-nd",))


def many_sightings(count: int, first: int = 9_005_000) -> list[dict[str, object]]:
    """Return observations of all kinds of cats, with one to three photos under all kinds of licences."""
    kinds = (BOBCAT, COUGAR, WESTERN_BOBCAT, HOUSE_CAT)
    return [
        sighting(first + 3 * place, kinds[place % len(kinds)], LICENCES[place % len(LICENCES)])
        for place in range(count)
    ]


def wild_cats(
    folder: Path,
    taxa: dict[str, list[int | str]] | None = None,
    *,
    name: str = "pets",
    **observations: object,
) -> LoadedChallenge:
    """Write the challenge and return it."""
    write_challenge(folder, declared(taxa, **observations) | {"name": name})
    return load_challenge(str(folder))


def declared(taxa: Taxa | None = None, **observations: object) -> dict[str, object]:
    """Return what the challenge file says."""
    base = declaration()
    names = CLASSES if taxa is None else tuple(taxa)
    return base | {
        "classes": [{"name": name, "title": name.replace("_", " ").title()} for name in names],
        "dataset": {
            "title": "Cats that people saw",
            "licence": "per photo",
            "citation": "iNaturalist and its observers",
            "source": {
                "kind": "inaturalist",
                "observations": {"taxa": taxa or TAXA, "places": [1]} | observations,
            },
        },
    }


def outside(
    host: Naturalists, settings: Settings, *, per_minute: int = 10**6, timeout: float = 10.0
) -> Outside:
    """Return the server instead of the world, at a pace for tests."""
    pace = Pace(path=settings.home / "cache" / "inaturalist-requests.sqlite3", per_minute=per_minute)
    place = frozenset({("127.0.0.1", host.port)})
    fetcher = Fetcher(seconds=timeout, allow_private=place)
    return Outside(
        api=host.api,
        pages=Asker(web=ApiWeb(timeout=timeout), pace=pace, pause=0.01),
        photos=Asker(web=MediaWeb(fetcher=fetcher), pace=pace, attempts=3, pause=0.01),
    )
