"""Calendars in the form of RFC 5545: each game's meetings as an event that comes again each week."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from outclass.catalog.declared_bot import Meeting, Weekday

FIRST_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
"""Meetings begin in this week: fixed, so that the same game always gives the same calendar."""
LONGEST_LINE = 75
"""Octets of a line, of which the standard allows no more."""
DAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A meeting of a game, as a calendar shows it."""

    uid: str
    title: str
    text: str
    url: str
    meeting: Meeting


def next_meeting(meetings: Iterable[Meeting], now: datetime) -> datetime | None:
    """Return when the next meeting begins, or the one that is on now; None where there are none."""
    times = (
        begin + timedelta(days=7 * weeks)
        for meeting in meetings
        for begin in first_times(meeting)
        for weeks in [max(0, -((begin + timedelta(minutes=meeting.minutes) - now) // timedelta(days=7)))]
    )
    return min(times, default=None)


def first_times(meeting: Meeting) -> Iterator[datetime]:
    """Yield when the meetings of the first week begin."""
    hours, _, minutes = meeting.time.partition(":")
    for day in meeting.days:
        yield FIRST_MONDAY + timedelta(days=DAYS.index(day), hours=int(hours), minutes=int(minutes))


def calendar(name: str, events: Iterable[Event]) -> str:
    """Return a calendar as a file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Outclass//Games//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:P1D"]
    for event in events:
        lines += event_lines(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def event_lines(event: Event) -> list[str]:
    """Return the lines of one event."""
    begin = min(first_times(event.meeting))
    days = ",".join(day.value for day in DAYS if day in event.meeting.days)
    return [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{FIRST_MONDAY:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{begin:%Y%m%dT%H%M%SZ}",
        f"DURATION:PT{event.meeting.minutes}M",
        f"RRULE:FREQ=WEEKLY;BYDAY={days}",
        f"SUMMARY:{escaped(event.title)}",
        f"DESCRIPTION:{escaped(event.text)}",
        f"URL:{event.url}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def escaped(text: str) -> str:
    r"""Return a text as it stands in a calendar.

    >>> print(escaped("Cougar, or not;\nsee"))
    Cougar\, or not\;\nsee
    """
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, none of which breaks a character."""
    pieces: list[str] = []
    piece = ""
    for character in line:
        if len((piece + character).encode()) > LONGEST_LINE - bool(pieces):
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join([*pieces, piece])
