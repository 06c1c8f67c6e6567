"""How a camera was held, from EXIF; nothing else of it is read, as it may tell where somebody lives."""

from typing import Literal

UPRIGHT = 1
ORIENTATION = 0x0112
MOST_ENTRIES = 1000
SHORT = 3


def orientation_of(exif: bytes) -> int:
    """Return the orientation from 1 to 8; 1, which is upright, where there is none or it is damaged.

    Source: CIPA DC-008, Exchangeable image file format, tag 274 of the first directory.

    >>> orientation_of(b"")
    1
    """
    order: Literal["little", "big"]
    match exif[:4]:
        case b"II*\0":
            order = "little"
        case b"MM\0*":
            order = "big"
        case _:
            return UPRIGHT

    def number(place: int, length: int) -> int:
        """Read a number; beyond the end it is 0."""
        return int.from_bytes(exif[place : place + length], order)

    start = number(4, 4)
    for entry in range(min(number(start, 2), MOST_ENTRIES)):
        place = start + 2 + 12 * entry
        if number(place, 2) == ORIENTATION:
            value = number(place + 8, 2)
            return value if number(place + 2, 2) == SHORT and 1 <= value <= 8 else UPRIGHT
    return UPRIGHT
