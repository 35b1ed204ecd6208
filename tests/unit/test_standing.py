"""How a schedule is judged by whoever reads, also when nobody fires any more: a table of moments."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from qctl.model.cron import parse_cron
from qctl.model.schedule import Schedule, offset_ms
from qctl.model.standing import judge, next_due, unsettled
from qctl.model.timing import ByCron, Every, Once, OnEvent
from qctl.model.verdict import Standing, Verdict, Waiting

MINUTE = 60_000
HOUR = 60 * MINUTE
NOW = round(datetime(2026, 11, 22, 14, 2, 30, tzinfo=UTC).timestamp() * 1000)
NOON = round(datetime(2026, 11, 22, 12, 0, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True)
class Memory:
    """What the store knows, as far as it counts."""

    cursor_ms: int = NOW - MINUTE
    origin_ms: int = NOON
    disabled: object | None = None
    enabled_ms: int = 0
    missed: int = 0
    last_missed_ms: int | None = None
    failures: int = 0
    failing_since_ms: int | None = None


def a_schedule(cron: str = "* * * * *", **more: object) -> Schedule:
    one = Schedule(
        name="s", task="s", timing=ByCron(parse_cron(cron)), timezone="UTC", definition=json.dumps({}).encode()
    )
    return replace(one, **more)  # type: ignore[arg-type]


AHEAD = "settled up to 3d ahead of the server's clock, which was set back: nothing is fired until a beat looks"


def judged(schedule: Schedule, memory: Memory, *waiting: Waiting, beats: bool = True, now: int = NOW) -> Standing:
    return judge(schedule, memory, UTC, now, seed="ns/s", beats=beats, waiting=waiting)


@pytest.mark.parametrize(
    ("memory", "beats", "verdict", "why"),
    [
        (Memory(), True, Verdict.ON_TIME, ""),
        (Memory(), False, Verdict.ON_TIME, ""),
        (Memory(cursor_ms=NOW - 90_000), True, Verdict.ON_TIME, ""),  # 14:01 was settled, 14:02 is 30 s old
        (Memory(cursor_ms=NOW - 5 * MINUTE), True, Verdict.LATE, "due 4m ago, and not fired"),
        (Memory(cursor_ms=NOW - 5 * MINUTE), False, Verdict.MISSED, "4 instants passed, and no beat runs"),
        (Memory(missed=3, last_missed_ms=NOW - HOUR), True, Verdict.MISSED, "3 instants missed, the last 1h ago"),
        (Memory(failures=2, failing_since_ms=NOW - HOUR), True, Verdict.FAILING, "failed 2 times, since 1h"),
        (Memory(cursor_ms=NOW - HOUR, disabled="by ana"), False, Verdict.OFF, ""),
        (Memory(cursor_ms=NOW - HOUR, enabled_ms=NOW - MINUTE), True, Verdict.ON_TIME, ""),  # C17
        (Memory(cursor_ms=NOW - 5 * MINUTE, failures=2), True, Verdict.LATE, "due 4m ago, and not fired"),
        (Memory(cursor_ms=NOW + MINUTE), True, Verdict.ON_TIME, ""),  # C6
        (Memory(cursor_ms=NOW + 72 * HOUR), True, Verdict.LATE, AHEAD),  # C5
        (Memory(origin_ms=NOW + 72 * HOUR), False, Verdict.LATE, AHEAD),
        (Memory(enabled_ms=NOW + 72 * HOUR), True, Verdict.LATE, AHEAD),
        (Memory(cursor_ms=NOW + 72 * HOUR, disabled="by ana"), True, Verdict.OFF, ""),
    ],
)
def test_a_minute_schedule_is_judged(memory: Memory, beats: bool, verdict: Verdict, why: str) -> None:
    assert judged(a_schedule(), memory, beats=beats) == Standing(verdict, why)


def test_an_instant_is_late_a_minute_after_it_with_its_jitter() -> None:
    schedule = a_schedule("0 14 * * *", jitter=1800.0)
    offset = offset_ms("ns/s", 1800.0)
    due = NOON + 2 * HOUR
    memory = Memory(cursor_ms=NOON)
    assert judged(schedule, memory, now=due + offset + MINUTE - 1).verdict is Verdict.ON_TIME
    assert judged(schedule, memory, now=due + offset + MINUTE).verdict is Verdict.LATE


@pytest.mark.parametrize(
    ("since_s", "manned", "verdict"),
    [
        (30, True, Verdict.ON_TIME),
        (30, False, Verdict.ON_TIME),
        (90, True, Verdict.LATE),
        (90, False, Verdict.MISSED),
    ],
)
def test_a_job_that_nobody_begins_makes_it_late_and_without_a_worker_missed(
    since_s: int, manned: bool, verdict: Verdict
) -> None:
    waiting = Waiting("7kq2f8wz", NOW - since_s * 1000, manned)
    standing = judged(a_schedule(), Memory(), waiting)
    assert standing.verdict is verdict
    assert ("7kq2f8wz" in standing.why) == (verdict is not Verdict.ON_TIME)


def test_a_run_by_hand_makes_up_for_what_was_missed() -> None:
    memory = Memory(missed=1, last_missed_ms=NOW - HOUR)
    found = judge(a_schedule(), memory, UTC, NOW, seed="ns/s", beats=True, made_up=True)
    assert found.verdict is Verdict.ON_TIME


def test_one_of_which_no_job_can_be_made_is_broken_whatever_it_remembers() -> None:
    memory = Memory(missed=1, failures=1)
    found = judge(a_schedule(), memory, UTC, NOW, seed="ns/s", beats=True, broken="task s is broken: no `run`")
    assert found == Standing(Verdict.BROKEN, "task s is broken: no `run`")


def test_while_every_queue_is_paused_it_is_not_on_time() -> None:
    paused = judge(a_schedule(), Memory(), UTC, NOW, seed="ns/s", beats=True, paused=True)
    failing = judge(a_schedule(), Memory(failures=1), UTC, NOW, seed="ns/s", beats=True, paused=True)
    assert (paused.verdict, failing.verdict) == (Verdict.PAUSED, Verdict.FAILING)


def test_a_single_instant_that_is_past_is_over() -> None:
    once = a_schedule(timing=Once(NOW - HOUR, "then"))
    assert judged(once, Memory()).verdict is Verdict.OVER
    assert judged(once, Memory(failures=1)).verdict is Verdict.FAILING
    assert judged(a_schedule(timing=Once(NOW + 1, "later")), Memory()).verdict is Verdict.ON_TIME


def test_what_the_file_disables_is_off() -> None:
    assert judged(a_schedule(enabled=False), Memory(cursor_ms=0)).verdict is Verdict.OFF


def test_of_years_no_more_than_a_thousand_instants_are_counted() -> None:
    standing = judged(a_schedule(), Memory(cursor_ms=NOW - 10_000 * HOUR), beats=False)
    assert standing.why == "more than 1,000 instants passed, and no beat runs"


def test_what_comes_next_is_told_of_every_way_to_be_due() -> None:
    memory = Memory()
    every, once = a_schedule(timing=Every(90 * MINUTE, "90m")), a_schedule(timing=Once(NOW + 1, "later"))
    assert next_due(every, memory, UTC, NOW).ms == NOON + 3 * HOUR  # type: ignore[union-attr]
    assert next_due(once, memory, UTC, NOW).ms == NOW + 1  # type: ignore[union-attr]
    assert next_due(once, memory, UTC, NOW + 1) is None
    assert next_due(a_schedule(timing=OnEvent("@reboot")), memory, UTC, NOW) is None
    assert unsettled(a_schedule(timing=OnEvent("@reboot")), Memory(cursor_ms=0), UTC, NOW, seed="") == []
