"""What is read from the record of runs, and which figures break a threshold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.storm.aftermath import living_called_dead
from tests.storm.judging import MOST, bound_of, broken_thresholds, recovery_of
from tests.storm.plan import Fault
from tests.storm.recovering import Recovery
from tests.storm.strikes import Tally
from tests.support.run_record import Doubled, Run, RunRecord

GOOD: dict[str, Any] = dict.fromkeys(MOST, 0) | {
    "extra_runs": 3,
    "extra_runs_bound": 3,
    "worker_recovery_max_s": 7.9,
    "worker_recovery_limit_s": 8.0,
}


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    return RunRecord(tmp_path / "record")


def write(record: RunRecord, *lines: str) -> None:
    with record.path.open("a") as file:
        file.writelines(f"{line} 10.00 /tmp/w0/runs/1\n" for line in lines)


def test_a_record_tells_what_began_what_ended_and_what_a_slot_runs(record: RunRecord) -> None:
    write(record, "start one 1 1 41", "end one 1 1 41", "start two 1 1 42")
    record.read()
    write(record, "start one 2 3 41")
    record.read()

    assert record.starts == {"one": 2, "two": 1}
    assert record.ended == {Run("one", 1)}
    assert record.running_in(41) == record.last_claims["one"] == Run("one", 3)
    assert record.doubled() == []


def test_a_line_that_is_not_whole_yet_is_read_when_it_is(record: RunRecord) -> None:
    record.path.write_text("start one 1 1 41 10.00 /tmp/w")
    assert record.read() == []

    with record.path.open("a") as file:
        file.write("0/runs/1\n")

    assert [mark.job for mark in record.read()] == ["one"]


def test_a_claim_that_ran_twice_is_told(record: RunRecord) -> None:
    write(record, "start one 1 1 41", "start one 1 1 52")
    record.read()

    assert record.doubled() == [Doubled(Run("one", 1), 2)]


def test_what_may_be_repeated_is_what_was_hit(record: RunRecord) -> None:
    """Of three jobs that a worker of two slots had when it was killed, all had begun: one of them from its backlog."""
    write(record, *(f"start {job} 1 1 4{job}" for job in "1234"))
    record.read()
    tally = Tally(slots_killed=5, parents_killed=1)
    tally.owned.append([Run(job, 1) for job in "123"])
    tally.stops.append([Run("4", 1), Run("not begun", 1)])

    bound = bound_of(tally, record, slots=2)

    assert bound == {"slots_x_parent_kills": 2, "slot_kills": 5, "begun_backlog": 1, "begun_under_stopped": 1}


def test_a_slots_recovery_that_another_fault_came_into_is_told_apart() -> None:
    def one(kind: Fault, took: float, *, mixed: bool = False) -> Recovery:
        return Recovery(kind, "w0", 0.0, bool, took, mixed)

    told = recovery_of([one(Fault.SLOT, 0.2), one(Fault.SLOT, 3.0, mixed=True), one(Fault.STOP, 4.0)], lease=3.0)

    assert (told["slot_recovery_p99_s"], told["slot_recovery_amid_others_max_s"]) == (0.2, 3.0)
    assert (told["worker_recovery_max_s"], told["worker_recovery_limit_s"]) == (4.0, 8.0)


def test_a_worker_that_others_took_for_dead_though_nothing_had_hit_it_is_named() -> None:
    """In the words that `tests/unit/test_worker_reclaim.py` has of a worker."""
    said = [f"worker {id_} is dead; its jobs are given to others" for id_ in ("killed", "idle", "idle")]

    assert living_called_dead([*said, "works one is queued again"], {"killed", "stopped"}) == ["idle"]


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("stuck", 1),
        ("living_called_dead", 1),
        ("extra_runs", 4),
        ("slot_recovery_p99_s", 1.1),
        ("worker_recovery_max_s", 8.0),
    ],
)
def test_a_figure_beyond_its_threshold_is_named(figure: str, value: float) -> None:
    assert broken_thresholds(GOOD) == []
    assert broken_thresholds(GOOD | {figure: value}) == [figure]


def test_a_figure_that_was_not_taken_is_no_good_one() -> None:
    assert broken_thresholds({name: value for name, value in GOOD.items() if name != "stuck"}) == ["stuck"]
