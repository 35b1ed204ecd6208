"""The timetable of a beat: what comes next, at a cost that does not depend on what is not due."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qctl.engine.beat.entry import Entry, entry_of
from qctl.engine.beat.timetable import BEHIND_MS, Timetable
from qctl.model.cron import parse_cron
from qctl.model.schedule import Schedule
from qctl.model.timing import ByCron
from qctl.store.schedule_values import Published, ScheduleState

MINUTE, HOUR = 60_000, 3_600_000


def an_entry(name: str, cron: str = "0 * * * *", fired_by: str = "", standing: Published = Published.SAME) -> Entry:
    definition = json.dumps({"seed": name}).encode()
    schedule = Schedule(name=name, task=name, timing=ByCron(parse_cron(cron)), timezone="UTC", definition=definition)
    state = ScheduleState(name=name, hash="", generation=1, definition={}, cursor_ms=1, origin_ms=1, fired_by=fired_by)
    return entry_of(schedule, state, standing)


@pytest.fixture
def timetable() -> Timetable:
    return Timetable(lambda beat: beat == "another")


def taken(timetable: Timetable, now_ms: int) -> list[str]:
    found = []
    while (entry := timetable.take(now_ms)) is not None:
        found.append(entry.name)
    return found


def test_what_is_due_first_is_taken_first_and_nothing_before_its_time(timetable: Timetable) -> None:
    for name, cron in (("hourly", "0 * * * *"), ("half", "30 * * * *"), ("daily", "0 0 * * *")):
        timetable.put(an_entry(name, cron), 1)
    assert timetable.next_ms() == 30 * MINUTE
    assert taken(timetable, 30 * MINUTE - 1) == []
    assert taken(timetable, HOUR) == ["half", "hourly"]
    assert taken(timetable, HOUR) == [], "it has no place until it is given one"


def test_what_another_live_beat_fired_last_is_tried_three_seconds_later(timetable: Timetable) -> None:
    timetable.put(an_entry("theirs", fired_by="another"), 1)
    timetable.put(an_entry("dead", fired_by="gone"), 1)
    assert taken(timetable, HOUR) == ["dead"]
    assert taken(timetable, HOUR + BEHIND_MS) == ["theirs"]


def test_what_is_replaced_removed_or_left_to_others_has_no_place(timetable: Timetable) -> None:
    timetable.put(an_entry("a"), 1)
    timetable.put(an_entry("a", "30 * * * *"), 1)
    timetable.put(an_entry("b"), 1)
    timetable.remove("b")
    timetable.put(an_entry("c", standing=Published.DRIFT), 1)
    assert taken(timetable, HOUR) == ["a"]


def test_places_that_were_left_do_not_pile_up(timetable: Timetable) -> None:
    for _ in range(5000):
        timetable.put(an_entry("yearly", "0 0 1 6 *"), 1)
    assert len(timetable._heap) < 100


class Counted(dict[str, Entry]):
    """Entries that are counted whenever somebody looks at one after the other."""

    looks = 0

    def values(self) -> Any:
        self.looks += len(self)
        return super().values()


@pytest.mark.parametrize("others", [10, 1000])
def test_what_is_asked_every_few_seconds_costs_no_more_with_many_that_are_not_due(
    timetable: Timetable, others: int
) -> None:
    timetable.entries = entries = Counted()
    for number in range(others):
        timetable.put(an_entry(f"s{number}", "0 0 1 1 *"), 1)
    wrong = an_entry("wrong")
    wrong.broken = "no such task"
    timetable.put(wrong, 1)
    for _ in range(10):
        assert timetable.about() == {"schedules": others + 1, "broken": {"wrong": "no such task"}}
        assert not timetable.chooses_hosts
        assert timetable.take(MINUTE) is None
    assert entries.looks == 0
    wrong.broken = None
    timetable.place(wrong, 1)
    assert timetable.about()["broken"] == {}
