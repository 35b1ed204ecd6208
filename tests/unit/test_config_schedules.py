"""Schedules: what may be written is kept, what cannot be read says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config.timetable import schedules
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


class TestNames:
    def test_two_schedules_of_one_name_break_both_tasks_and_spare_the_others(self, files: Files) -> None:
        """Beats would take them for one, and one of them would never start."""
        config = files.load("""
            [tasks.a]
            run = 'true'
            schedule = { cron = '@daily', name = 'b' }
            [tasks."a.b"]
            run = 'true'
            schedule = '@hourly'
            [tasks.c]
            run = 'true'
            schedule = '@daily'
            """)

        assert [*config.tasks] == ["c"]
        ((one,), (other,)) = config.broken["a"], config.broken["a.b"]
        assert (one.code, one.line, other.code, other.line) == ("Q029", 4, "Q029", 7)
        assert "schedule `a.b` of task `a` has the name of one of task `a.b`" in one.message
        assert "schedule `a.b` of task `a.b` has the name of one of task `a`" in other.message
        assert f"{config.file}:2" in other.message

    def test_it_is_so_over_files_and_for_each_host(self, files: Files) -> None:
        files.write("[tasks.'a.b']\nrun = 'true'\nhost = ['each', 'web2', 'web1']\nschedule = '@hourly'\n", "more.toml")
        head = "[qctl]\ninclude = ['more.toml']\n"
        task = "[tasks.a]\nrun = 'true'\nschedule = { cron = '@daily', name = 'b' }\nhost = "

        assert "`a.b@web1`" in files.load(f"{head}{task}['each', 'web1']\n").broken["a.b"][0].message
        assert not files.load(f"{head}{task}['each', 'web3']\n").broken

    @pytest.mark.parametrize("other", ["overlap = 'queue'", "catchup = 'all'", "jitter = '1m'", "deadline = '1h'"])
    def test_tables_that_are_due_alike_have_to_be_named(self, files: Files, other: str) -> None:
        text = "[tasks.t]\nrun = 'true'\nschedule = [{{ cron = '@daily' }}, {{ cron = '@daily', {other} }}]\n"
        problem = files.broken(text.format(other=other))

        assert (problem.code, problem.line) == ("Q029", 3)
        assert problem.note == "give each a `name`, by which they are told apart"
        assert not files.load(text.format(other=f"{other}, name = 'b'")).broken

    @pytest.mark.parametrize(
        ("written", "names"),
        [
            ("'@daily'", ["t"]),
            ("[{ cron = '@daily', name = 'x' }]", ["t.x"]),
            ("['@daily', { cron = '@hourly', name = 'x' }]", ["t", "t.x"]),
            ("[{ cron = '@daily', name = 'y' }, { cron = '@hourly', name = 'x' }]", ["t.y", "t.x"]),
            ("['@daily', '@hourly', { cron = '@weekly', name = 'x' }]", ["t.04b358", "t.8849b4", "t.x"]),
        ],
    )
    def test_one_without_a_name_is_called_as_its_task_however_many_have_one(
        self, files: Files, written: str, names: list[str]
    ) -> None:
        config = files.load(f"[tasks.t]\nrun = 'true'\nschedule = {written}\n")
        assert [each.name for each in schedules(config, "qctl", "UTC")] == names

    def test_one_name_given_twice_in_a_task(self, files: Files) -> None:
        each = "{ cron = '@daily', name = 'x' }, { cron = '@hourly', name = 'x' }"
        problem = files.broken(f"[tasks.t]\nrun = 'true'\nschedule = [{each}]\n")

        assert problem.message == "two schedules of task `t` are called `t.x`"

    def test_a_host_that_is_named_twice_is_one(self, files: Files) -> None:
        task = files.load("[tasks.t]\nrun = 'true'\nhost = ['each', 'web1', 'web1']\nschedule = '@daily'\n").task("t")

        assert task.hosts == ("web1",)

    def test_a_secret_is_no_part_of_a_name(self, files: Files) -> None:
        """A name is shown to all, and the digest of a short secret can be guessed."""
        text = """
            [tasks.t]
            run = 'true'
            params.password = {{ secret = true }}
            params.db = {{ default = 'a' }}
            schedule = [
                {{ cron = '@daily', with = {{ db = '{}', password = '{}' }} }},
                {{ cron = '@weekly', with.password = 'zebra' }},
            ]
            """
        names = [
            [each.name for each in schedules(files.load(text.format(*said)), "qctl", "UTC")]
            for said in (("a", "hunter2"), ("a", "other"), ("b", "other"))
        ]

        assert names[0] == names[1]
        assert names[0][0] != names[2][0]
