"""Reads of schedules and ledgers: in few round trips, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.store import Command, ScheduleReading, Store
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication, the_state
from tests.support.store_seed import everything


@pytest.fixture
def schedules(store: Store) -> ScheduleReading:
    return ScheduleReading(store)


@pytest.fixture
def trips(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The commands of each round trip."""
    made: list[int] = []
    exchange = store.transport.exchange

    def counted(commands: Sequence[Command[Any]]) -> list[Any]:
        made.append(len(commands))
        return exchange(commands)

    monkeypatch.setattr(store.transport, "exchange", counted)
    return made


def test_what_is_published_is_read_back(store: Store, beat: SeedBeat, schedules: ScheduleReading) -> None:
    beat.publish(a_publication("b"), a_publication("a@web1", hash_="h2", task="other"))
    before = everything(store)
    found = schedules.states()
    assert [state.name for state in found] == schedules.names() == ["a@web1", "b"]
    assert (found[0].hash, found[0].definition["task"]) == ("h2", "other")
    assert [state.name for state in schedules.states(["b", "gone", "a@web1"])] == ["b", "a@web1"]
    assert schedules.state("gone") is None
    assert everything(store) == before


def test_a_thousand_schedules_are_read_in_two_round_trips(
    beat: SeedBeat, schedules: ScheduleReading, trips: list[int]
) -> None:
    for hundred in range(10):
        beat.publish(*(a_publication(f"s{hundred}{n:02}") for n in range(100)))
    trips.clear()
    assert len(schedules.states()) == 1000
    assert trips == [1, 5]


def test_only_live_beats_drift(store: Store, beat: SeedBeat, other_beat: SeedBeat, schedules: ScheduleReading) -> None:
    beat.declare()
    other_beat.publish(a_publication(hash_="h2"))
    assert the_state(store).drifting == {"b2": "h2"}
    other_beat.dies()
    assert the_state(store).drifting == {}


class TestTheLedger:
    @pytest.fixture
    def base(self, store: Store, beat: SeedBeat) -> int:
        """2,000 rows of a ledger, a second from each other, every hundredth one missed. Gives the first instant."""
        state = beat.declare(keep_runs=10_000)
        said = [
            Occurrence(at_ms=state.cursor_ms + 1000 * n, end=End.OVERLAP if n % 100 else End.MISSED)
            for n in range(2000)
        ]
        for at in range(0, 2000, 1000):
            beat.fire(a_firing(the_state(store), rows=said[at : at + 1000]))
        return state.cursor_ms

    def test_the_newest_rows_come_first(self, schedules: ScheduleReading, base: int) -> None:
        seconds = [(row.at_ms - base) // 1000 for row in schedules.ledger(NAME, 3)]
        assert seconds == [1999, 1998, 1997]
        assert len(schedules.ledger(NAME, 5000)) == 2000
        assert schedules.ledger("gone", 5) == []

    def test_it_is_read_from_an_instant_on_and_before_another(self, schedules: ScheduleReading, base: int) -> None:
        found = schedules.ledger(NAME, 99, since_ms=base + 5000, until_ms=base + 8000)
        assert [(row.at_ms - base) // 1000 for row in found] == [7, 6, 5]

    def test_rows_of_certain_ends_are_searched_for(
        self, schedules: ScheduleReading, base: int, trips: list[int]
    ) -> None:
        trips.clear()
        found = schedules.ledger(NAME, 12, ends={End.MISSED, End.FIRED})
        assert [(row.at_ms - base) // 1000 for row in found] == [1900 - 100 * n for n in range(12)]
        assert len(trips) == 3
        assert len(schedules.ledger(NAME, 99, ends={End.MISSED})) == 20
        assert schedules.ledger(NAME, 99, ends={End.FIRED}) == []

    def test_those_of_several_are_read_in_one_round_trip(
        self, schedules: ScheduleReading, base: int, trips: list[int]
    ) -> None:
        trips.clear()
        found = schedules.ledgers([NAME, "gone"], 2, since_ms=base + 1_999_000)
        assert {name: len(rows) for name, rows in found.items()} == {NAME: 1, "gone": 0}
        assert trips == [2]

    def test_a_row_that_somebody_wrote_by_hand_is_passed_over(
        self, store: Store, schedules: ScheduleReading, base: int
    ) -> None:
        store.do(Command(("ZADD", store.keys.ledger(NAME), base + 9_999_000, "{}"), int))
        store.do(Command(("ZADD", store.keys.ledger(NAME), base + 9_999_001, "rubbish"), int))
        assert [(row.at_ms - base) // 1000 for row in schedules.ledger(NAME, 3)] == [1999, 1998, 1997]
