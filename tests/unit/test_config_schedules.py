"""Schedules: what may be written is kept, what cannot be read says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class TestSchedules:
    @pytest.mark.parametrize(
        "written",
        [
            "'30 2 * * *'",
            "'0 30 2 * * *'",
            "'*/5 0-6 1,15 jan-mar mon'",
            "'0 0 L * 5#2'",
            "'H H * * *'",
            "'0 0 15W * *'",
            "'@daily'",
            "'@reboot'",
            "'every 90m'",
            "'@every 90m'",
            "{ every = '1h', jitter = '5m', blackout = ['22:00-06:00'] }",
            "{ at = 2027-01-01T00:00:00 }",
            "['@daily', { cron = '@hourly', enabled = false, timezone = 'UTC' }]",
        ],
    )
    def test_what_may_be_written_is_kept(self, files: Files, written: str) -> None:
        assert files.load(f"[tasks.t]\nrun = 'true'\nschedule = {written}\n").task("t").schedules

    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("'75 * * * *'", "minute 75 is out of range 0-59"),
            ("'* 24 * * *'", "hour 24 is out of range 0-23"),
            ("'* * 0 * *'", "day of month 0 is out of range 1-31"),
            ("'*/0 * * * *'", "has a step of 0"),
            ("'* * * *'", "it has 4 fields, not 5 or 6"),
            ("'! * * * *'", "cannot be read"),
            ("'@dayly'", "did you mean `@daily`?"),
            ("'every now'", "is no duration"),
            ("'" + "1," * 10_000 + "1 * * * *'", "longer than 1000 characters"),
            ("{ overlap = 'skip' }", "needs one of `cron`, `every`, `at`"),
            ("{ cron = '@daily', every = '1h' }", "needs one of `cron`, `every`, `at`"),
            ("{ cron = '@daily', overlap = 'skipp' }", "must be one of `skip`"),
            ("{ cron = '@daily', at_once = 1 }", "unknown key `at_once`"),
            ("{ at = 5 }", "must be a date"),
            ("5", "must be a table"),
            ("{ cron = '@daily', with = { nmae = 'x' } }", "did you mean `name`?"),
            ("{ cron = '@daily', with = 5 }", "must be a table"),
        ],
    )
    def test_what_cannot_be_read_says_why(self, files: Files, written: str, words: str) -> None:
        """Attack 36, as far as it can be seen without a calendar."""
        problem = files.broken(f"[tasks.t]\nrun = 'true'\nschedule = {written}\nparams.name = {{ default = 'a' }}\n")

        assert words in problem.message
        assert problem.line == 3

    def test_an_unknown_zone_breaks_its_task_alone_and_says_which_may_be_meant(self, files: Files) -> None:
        """D19."""
        text = "[tasks.t]\nrun = 'true'\nschedule = { cron = '@daily', timezone = 'Europe/Berln' }\n"
        problem = files.broken(text)

        assert "`Europe/Berln` is no time zone here" in problem.message
        assert problem.note == "did you mean `Europe/Berlin`?"
        assert "u" in files.load(text + "[tasks.u]\nrun = 'true'\nschedule = '@daily'\n").tasks

    def test_the_caret_stands_under_the_number_that_is_wrong(self, files: Files) -> None:
        problem = files.broken("[tasks.t]\nrun = 'true'\nschedule = '0 25 * * *'\n")

        assert (problem.column, problem.width) == (15, 2)

    def test_a_schedule_must_give_what_its_task_requires(self, files: Files) -> None:
        problem = files.broken("[tasks.t]\nrun = 'true'\nschedule = '@daily'\nparams.name = {}\n")

        assert problem.code == "Q024"
        assert "`name`: is required" in problem.message
