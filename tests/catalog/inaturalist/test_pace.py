"""At most so many requests a minute and a day, however often a process is started."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naturalists import BOBCAT, HOUSE_CAT, Naturalists, serve_naturalists, sighting
from outclass.base.errors import RateLimitedError
from outclass.base.settings import Settings
from outclass.catalog.sources.inaturalist.collecting import Outside, collect_photos
from outclass.catalog.sources.inaturalist.pace import DAY, MINUTE, Pace
from wild_cats import outside, wild_cats

NOW = 1_700_000_000.0


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def pace_of(path, clock: Clock, per_minute: int = 60, per_day: int = 10_000) -> Pace:
    return Pace(path=path, per_minute=per_minute, per_day=per_day, clock=clock, sleep=clock.sleep)


@settings(max_examples=25, deadline=None)
@given(pauses=st.lists(st.floats(0, 90), min_size=1, max_size=60), restarts=st.integers(1, 9))
def test_no_minute_has_more_than_its_number(tmp_path_factory, pauses, restarts):
    clock, times = Clock(), []
    path = tmp_path_factory.mktemp("pace") / "requests.sqlite3"
    pace = pace_of(path, clock, per_minute=6)
    for place, pause in enumerate(pauses):
        if place % restarts == 0:
            pace.close()
            pace = pace_of(path, clock, per_minute=6)
        clock.now += pause if place % 3 == 0 else 0.0
        pace.wait()
        times.append(clock.now)
    pace.close()
    for first in times:
        assert sum(first <= at < first + MINUTE - 1e-6 for at in times) <= 6


def test_a_day_has_its_number(tmp_path):
    clock = Clock()
    pace = pace_of(tmp_path / "requests.sqlite3", clock, per_day=50)
    for _ in range(50):
        pace.wait()
    with pytest.raises(RateLimitedError) as raised:
        pace.wait()
    assert raised.value.retry_after == pytest.approx(DAY - 49)
    assert "goes on where it stopped" in str(raised.value)
    clock.now = NOW + DAY + 0.5
    pace.wait()
    pace.close()


def test_two_processes_share_it(tmp_path):
    clock = Clock()
    one, other = (pace_of(tmp_path / "requests.sqlite3", clock) for _ in range(2))
    for _ in range(5):
        one.wait()
        other.wait()
    assert clock.now == pytest.approx(NOW + 9)
    one.close()
    other.close()


def test_a_clock_that_was_set_back_does_not_stop_it(tmp_path):
    clock = Clock()
    pace = pace_of(tmp_path / "requests.sqlite3", clock)
    pace.wait()
    clock.now -= 3600
    pace.wait()
    assert clock.now == NOW - 3600
    pace.close()


def test_iNaturalist_itself_is_asked_at_its_pace(tmp_path):  # noqa: N802 - its name
    found = Settings.from_environment({"OUTCLASS_HOME": str(tmp_path)})
    world = Outside.real(found)
    assert world.api == "https://api.inaturalist.org/v1"
    assert world.pages.pace is world.photos.pace
    assert (world.pages.pace.per_minute, world.pages.pace.per_day) == (60, 10_000)


def test_requests_come_as_far_apart_as_they_should(tmp_path):
    """Measured where they arrive, with two collectors at once that share a home."""
    found = Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "home")})
    taxa: dict[str, list[int | str]] = {"bobcat": [BOBCAT], "house_cat": [HOUSE_CAT]}

    def work(name: str, host: Naturalists) -> None:
        loaded = wild_cats(tmp_path / name, taxa, name=name)
        collect_photos(loaded, found, outside=outside(host, found, per_minute=1200))

    with serve_naturalists(sightings=[sighting(number, BOBCAT) for number in range(1, 11)]) as host:
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(work, name, host) for name in ("one", "two")]:
                done.result()
        times = [one.at for one in host.log]
    assert len(times) == 2 * (1 + 2 + 10)
    assert times[-1] - times[0] >= (len(times) - 1) * 0.05 * 0.95
