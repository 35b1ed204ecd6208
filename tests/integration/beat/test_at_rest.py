"""What a beat does while nothing is due: the same with ten schedules and with hundreds."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType
from typing import Any

import redis

from tests.integration.beat.desk import Desk

PULSES = 6
#: Of whatever looks at a schedule, an instant or an entry: files that nothing else is in.
OF_SCHEDULES = (
    "/qctl/engine/beat/entry.py",
    "/qctl/engine/beat/ahead.py",
    "/qctl/model/cron/",
    "/qctl/model/planning/",
)


def test_a_look_costs_no_more_with_hundreds_of_schedules_that_are_not_due(desk: Desk) -> None:
    few, many = (at_rest(desk, count, hour) for count, hour in ((10, 13), (400, 14)))
    assert few == many


def at_rest(desk: Desk, count: int, hour: int) -> tuple[dict[str, int], int]:
    """Commands to Redis in some pulses, and how often anything of a schedule was looked at."""
    desk.flush()
    desk.write("".join(f"[tasks.t{number}]\nrun = 'true'\nschedule = '@yearly'\n" for number in range(count)))
    beat = desk.start(f"b{count}")
    desk.at(f"2026-03-01 {hour}:00:00")
    assert len(beat.beat.timetable.entries) == count
    with redis.Redis(unix_socket_path=str(desk.server.socket)) as client:
        before = commands(client)
        looks = looks_at_schedules(desk, hour)
        after = commands(client)
    beat.close()
    return {name: number - before[name] for name, number in after.items() if number > before[name]}, looks


def looks_at_schedules(desk: Desk, hour: int) -> int:
    looks = 0

    def called(frame: FrameType, event: str, _about: Any) -> None:
        nonlocal looks
        looks += event == "call" and any(part in frame.f_code.co_filename for part in OF_SCHEDULES)

    sys.setprofile(called)
    try:
        for number in range(1, PULSES + 1):
            desk.at(f"2026-03-01 {hour}:00:{5 * number:02}")
    finally:
        sys.setprofile(None)
    return looks


def commands(client: redis.Redis) -> Counter[str]:
    """All but those of this look."""
    stats = client.info("commandstats")
    return Counter({name: each["calls"] for name, each in stats.items() if name != "cmdstat_info"})
