"""The page of games and their calendars."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.declared_bot import Meeting, Weekday
from outclass.catalog.loader import load_challenge
from outclass.site.pages.calendar import Event, calendar, folded, next_meeting
from outclass.site.shared.models import BotPost


@pytest.fixture
def client():
    return Client()


EVENING = Meeting(days=(Weekday.FRIDAY,), time="18:00", minutes=120)


def post(number, **changed):
    fields = {
        "id": f"e{number}",
        "kind": "answer",
        "network": "mastodon",
        "account": "1",
        "challenge": "cats",
        "game": "cougar-or-not",
        "post": f"https://example.social/{number}",
        "author": "ann",
        "state": "sent",
        "reply": f"https://example.social/@bot/{number}",
        "attempts": 1,
        "created_at": float(number),
        "sent_at": float(number),
    }
    return BotPost.objects.create(**fields | changed)


def test_the_page_lists_games_with_what_was_answered(client):
    for number in range(7):
        post(number)
    post(8, state="skipped", reply=None)
    post(9, reply="javascript:alert(1)")
    page = client.get("/games/").content.decode()
    assert "#CougarOrNot" in page
    assert "8 posts; the latest:" in page.replace("\n", "")
    assert page.count('rel="nofollow noopener"') == 5
    assert "javascript" not in page
    assert load_challenge("mushrooms").challenge.warning.split(";")[0] in page


def unfolded(response):
    """Return the lines of a calendar."""
    body = response.content.decode()
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    assert body.endswith("END:VCALENDAR\r\n")
    assert "\n" not in body.replace("\r\n", "")
    return body.replace("\r\n ", "").split("\r\n")


def test_the_calendar_of_all_games_and_of_one(client):
    response = client.get("/games.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    lines = unfolded(response)
    assert lines.count("BEGIN:VEVENT") == 2
    assert "RRULE:FREQ=WEEKLY;BYDAY=FR" in lines
    assert any(line.startswith("DESCRIPTION:#PoisonOrNot") and "no foraging aid" in line for line in lines)
    one = unfolded(client.get("/games/cougar-or-not.ics"))
    assert one.count("BEGIN:VEVENT") == 1
    assert "DTSTART:20260109T180000Z" in one
    assert "DURATION:PT120M" in one
    assert "URL:http://testserver/games/#cougar-or-not" in one
    assert client.get("/games/bird-or-not.ics").status_code == 404


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-22T10:00", "2026-11-27T18:00"),
        ("2026-11-27T17:59", "2026-11-27T18:00"),
        ("2026-11-27T19:59", "2026-11-27T18:00"),
        ("2026-11-27T20:01", "2026-12-04T18:00"),
        ("2020-01-01T00:00", "2026-01-09T18:00"),
    ],
)
def test_the_next_meeting(now, expected):
    found = next_meeting([EVENING], datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_no_meetings():
    assert next_meeting([], datetime.now(UTC)) is None


@given(
    days=st.lists(st.sampled_from(Weekday), min_size=1, unique=True),
    hour=st.integers(0, 23),
    minutes=st.integers(5, 1440),
    offset=st.integers(0, 10_000_000),
)
def test_the_next_meeting_is_not_over_and_at_most_a_week_away(days, hour, minutes, offset):
    now = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(seconds=offset)
    meeting = Meeting(days=tuple(days), time=f"{hour:02}:00", minutes=minutes)
    found = next_meeting([meeting], now)
    assert found + timedelta(minutes=minutes) >= now
    assert found <= now + timedelta(days=7)
    assert tuple(Weekday)[found.weekday()] in days


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_folding_loses_nothing(text):
    lines = folded(text).split("\r\n ")
    assert "".join(lines) == text
    assert all(len(line.encode()) <= 75 - bool(place) for place, line in enumerate(lines))


def test_an_event_cannot_be_broken_out_of():
    event = Event(
        uid="1", title="a\r\nEND:VEVENT", text="b\nc;d,e", url="https://x.example/", meeting=EVENING
    )
    text = calendar("g", [event])
    assert len(re.findall(r"^END:VEVENT", text, re.MULTILINE)) == 1
    assert "DESCRIPTION:b\\nc\\;d\\,e" in text
