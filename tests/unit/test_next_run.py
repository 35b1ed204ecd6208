"""When a schedule starts next, from the definition that the store keeps of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qctl.config.next_run import around_of, next_run_ms
from qctl.config.timetable import schedules
from qctl.model.around import History, Surroundings
from tests.unit import jobs_at_hand as at_hand
from tests.unit.config_files import Files
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder for configuration files."""
    return Files(tmp_path)


def definition(files: Files, schedule: str) -> bytes:
    config = files.load(f'[tasks.t]\nrun = "true"\nschedule = {schedule}')
    (found,) = schedules(config, "qctl", "UTC")
    return found.definition


def test_the_next_instant_of_an_expression(files: Files) -> None:
    """The time is 14:02:11."""
    assert next_run_ms("t", definition(files, '"30 * * * *"'), 0, NOW_MS) == NOW_MS - 131_000 + 30 * MINUTE


def test_the_next_multiple_of_a_distance_after_its_origin(files: Files) -> None:
    said = definition(files, '"every 90m"')
    assert next_run_ms("t", said, NOW_MS - HOUR, NOW_MS) == NOW_MS + 30 * MINUTE


def test_jitter_puts_it_off_and_what_is_put_off_is_still_to_come(files: Files) -> None:
    said = definition(files, '{ cron = "0 * * * *", jitter = "50m" }')
    first = next_run_ms("t", said, 0, NOW_MS)
    assert first is not None
    offset = (first - (NOW_MS - 131_000)) % HOUR
    assert 0 < offset < 50 * MINUTE
    assert next_run_ms("t", said, 0, first - 1) == first
    assert next_run_ms("t", said, 0, first) == first + HOUR


@pytest.mark.parametrize(
    "schedule", ['"@reboot"', "{ at = 2020-01-01T00:00:00 }", '{ cron = "* * * * *", enabled = false }']
)
def test_one_that_has_none(files: Files, schedule: str) -> None:
    assert next_run_ms("t", definition(files, schedule), 0, NOW_MS) is None


@pytest.mark.parametrize("change", [{"timezone": "Mars/Base"}, {"timing": {"cron": "x"}}, {"timing": 7}, {"hosts": 3}])
def test_what_somebody_wrote_by_hand_tells_nothing_and_breaks_nothing(files: Files, change: dict[str, Any]) -> None:
    said = json.loads(definition(files, '"@daily"')) | change
    assert next_run_ms("t", json.dumps(said).encode(), 0, NOW_MS) is None
    assert next_run_ms("t", b"{", 0, NOW_MS) is None
    assert next_run_ms("t", b"[]", 0, NOW_MS) is None


def test_a_job_of_no_schedule_has_no_next_run() -> None:
    known = Surroundings(at_hand.failed(), b"", History(1, 2), ("7ko00",))
    around = around_of(known, NOW_MS)
    assert (around.next_run_ms, around.skipped, around.history) == (None, ("7ko00",), History(1, 2))


def test_damaged_output_is_none() -> None:
    assert Surroundings(at_hand.failed(), b"\x00damaged", History(), ()).last_lines(5) == []
