"""The walk through a schedule's instants: whatever cursors come, it answers as a new one would."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from qctl.config.timetable import zone_of
from qctl.engine.beat.ahead import Ahead
from qctl.model.cron import parse_cron
from qctl.model.schedule import Schedule
from qctl.model.timing import ByCron, Every, Timing

ORIGIN = 1_790_000_000_000
TIMINGS: list[Timing] = [Every(60_000, "1m"), ByCron(parse_cron("*/7 * * * *")), ByCron(parse_cron("30 2 * * *"))]


@given(
    st.sampled_from(TIMINGS),
    st.lists(st.tuples(st.integers(-2000, 2000), st.integers(1, 5), st.sampled_from([ORIGIN, ORIGIN + 1]))),
)
def test_a_walk_that_goes_on_comes_to_the_same_instants_as_one_that_begins(
    timing: Timing, steps: list[tuple[int, int, int]]
) -> None:
    zone = zone_of("Europe/Berlin")
    ahead = Ahead(Schedule(name="t", task="t", timing=timing, timezone="Europe/Berlin"), zone)
    cursor = ORIGIN
    for minutes, looked_at, origin in steps:
        found = list(islice(ahead.after(cursor, origin), looked_at))
        assert found == list(islice(timing.upcoming(cursor, zone, origin), looked_at))
        cursor = max(ORIGIN, found[0].ms if minutes % 3 == 0 else cursor + minutes * 60_000)
