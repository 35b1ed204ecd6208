"""Cron expressions: the same instants as cronsim finds, and as counting minutes finds.

Where cronsim and Debian's cron differ, Debian's cron holds, and the tests say where that is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qctl.model.cron import Cron, CronError, interval_ms, parse_cron
from tests.property.cron_expressions import INSTANTS, PLAIN, SHARED, SPECIAL, ZONES, counted

#: Where cronsim reads wildcards otherwise: it drops runs around a shift of half an hour, and gives times that do not
#: exist where clocks skip a midnight. Debian's cron runs at each matching minute that clocks show.
OTHERWISE = (
    *("Australia/Lord_Howe", "America/Santiago", "America/Havana", "America/Sao_Paulo", "Asia/Tehran", "Pacific/Apia"),
)
SCRAPS = st.lists(st.sampled_from([*"0123456789*,-/#~?LWH() \t@", "mon", "jan", "daily"])).map("".join) | st.text()
untimed = settings(deadline=None)  # other people's work on the machine is no failure
YEARS = timedelta(days=25 * 365)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def readable(text: str) -> Cron:
    try:
        return parse_cron(text)
    except CronError:
        assume(False)
        raise


@untimed
@given(SHARED, st.sampled_from(ZONES), INSTANTS)
def test_the_instants_are_those_of_cronsim(text: str, name: str, after: datetime) -> None:
    """E1 to E5, E14, E18, E19, E25; D1 to D17."""
    cron, zone = readable(text), ZoneInfo(name)
    assume(not (cron.wildcard and name in OTHERWISE))
    start = after.astimezone(zone)
    try:
        theirs = [ms(at) for at in islice(CronSim(text.upper(), start), 40) if at - start < YEARS]
        theirs = [at for at in theirs if at > ms(after)]  # asked in the second pass, it also tells of the first
    except CronSimError:
        assume(False)

    ours = [due.ms for due in islice(cron.upcoming(ms(after), zone), 40)]

    assert ours[: len(theirs)] == theirs


@untimed
@given(PLAIN | SPECIAL, st.sampled_from(ZONES), INSTANTS)
def test_the_instants_are_those_that_counting_minutes_finds(text: str, name: str, after: datetime) -> None:
    """D1 to D16, in every zone: of a wildcard each matching minute that clocks show, of a fixed time each time once."""
    cron, after = readable(text), after.replace(second=0, microsecond=0)
    until = after + timedelta(hours=30)

    ours = []
    for due in cron.upcoming(ms(after) - 1, ZoneInfo(name)):
        if due.ms >= ms(until):
            break
        ours.append(due.ms)

    assert ours == counted(cron, after, until, name)


@untimed
@given(SPECIAL, st.datetimes(datetime(1980, 1, 1), datetime(2099, 1, 1)))
def test_the_days_are_those_of_the_rules_and_no_other(text: str, after: datetime) -> None:
    """E25: what croniter does not read is sifted, and what it reads it reads as the rules say."""
    cron = readable("0 0 " + text.split(maxsplit=2)[2])
    day = after
    expected: list[datetime] = []
    while len(expected) < 5 and day < after + timedelta(days=800):
        day = datetime.combine(day.date() + timedelta(days=1), datetime.min.time())
        expected += [day] if cron.on(day.date()) else []

    assert list(islice(cron.walls(after), len(expected))) == expected


@untimed
@given(PLAIN, st.sampled_from(ZONES), INSTANTS, st.integers(1, 30))
def test_going_on_from_an_instant_is_going_on(text: str, name: str, after: datetime, count: int) -> None:
    """E29: a beat that asks anew after each firing fires what a list of the next ones shows."""
    cron, zone = readable(text), ZoneInfo(name)
    listed = list(islice(cron.upcoming(ms(after), zone), count + 3))

    assert list(islice(cron.upcoming(listed[count - 1].ms, zone), 3)) == listed[count : count + 3]


@untimed
@given(PLAIN | SPECIAL)
def test_the_least_distance_is_that_of_the_nearest_two_times(text: str) -> None:
    """O15: it is never more than what is found by walking, and for what is due often no less."""
    cron = readable(text)
    walked = [round((b - a).total_seconds() * 1000) for a, b in pairwise(islice(cron.walls(datetime(2024, 1, 1)), 300))]

    assert interval_ms(cron) <= min(walked)
    if len(cron.minute) > 1:
        assert interval_ms(cron) in walked


@untimed
@given(SCRAPS)
def test_whatever_is_typed_is_an_expression_or_is_refused_with_a_reason(text: str) -> None:
    """E16, E20."""
    try:
        cron = parse_cron(text)
    except CronError as error:
        refused = error
    else:
        assert next(cron.walls(datetime(2026, 1, 1))) > datetime(2026, 1, 1)
        assert parse_cron(cron.shown).tracks == cron.tracks
        return
    assert refused.message.startswith("bad cron expression: ")
    assert text.startswith(refused.before + refused.meant) or text.strip().startswith("@")
