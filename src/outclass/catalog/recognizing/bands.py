"""Bands of light curves by their usual names."""

from collections.abc import Sequence

KNOWN = {
    "u": (3671.0, 4.81),
    "g": (4827.0, 3.64),
    "r": (6223.0, 2.70),
    "i": (7546.0, 2.06),
    "z": (8691.0, 1.58),
    "y": (9712.0, 1.31),
    "U": (3650.0, 4.33),
    "B": (4450.0, 3.63),
    "V": (5510.0, 2.74),
    "R": (6580.0, 2.17),
    "I": (8060.0, 1.51),
    "J": (12_350.0, 0.72),
    "H": (16_620.0, 0.46),
    "K": (21_590.0, 0.31),
    "G": (6730.0, 2.74),
    "BP": (5320.0, 3.37),
    "RP": (7970.0, 2.04),
    "kepler": (6400.0, 2.3),
    "tess": (7865.0, 1.7),
    "w1": (33_526.0, 0.19),
    "w2": (46_028.0, 0.15),
}
"""Effective wavelength in Angstrom, and magnitudes of extinction per magnitude of E(B-V)."""
SURVEY = "ugrizy"
"""What surveys number from 0."""
FIRST, STEP = 4000.0, 1000.0


def bands_of(found: Sequence[str]) -> tuple[list[dict[str, object]], bool]:
    """Return the bands as they are declared, and whether a wavelength had to be made up.

    >>> bands, guessed = bands_of(["r", "g"])
    >>> [band["name"] for band in bands], guessed
    (['g', 'r'], False)
    """
    names = sorted(found)
    if names and all(name.isdigit() and int(name) < len(SURVEY) for name in names):
        return [declared(SURVEY[int(name)], number=int(name)) for name in names], False
    bands, guessed = [], False
    for place, name in enumerate(names):
        known = known_name(name)
        guessed |= known is None
        bands.append(declared(name, known=known, place=place))
    return sorted(bands, key=lambda band: float(str(band["wavelength"]))), guessed and len(names) > 1


def known_name(name: str) -> str | None:
    """Return the usual name of a band: `LSST-g`, `zg` and `sdss.r` are g and r."""
    for candidate in (
        name,
        name.lower(),
        name.rsplit("-", maxsplit=1)[-1]
        .rsplit(".", maxsplit=1)[-1]
        .rsplit("_", maxsplit=1)[-1]
        .removeprefix("z")
        or name,
    ):
        if candidate in KNOWN:
            return candidate
    return None


def declared(
    name: str, *, number: int | None = None, known: str | None = None, place: int = 0
) -> dict[str, object]:
    """Return a band as it stands in the YAML."""
    wavelength, extinction = KNOWN.get(known or name, (FIRST + STEP * place, 0.0))
    told: dict[str, object] = {"name": name}
    if number is not None:
        told["number"] = number
    return told | {"wavelength": wavelength, "extinction": extinction}
