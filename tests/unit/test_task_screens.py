"""`task list` and `task show` where no tasks.toml is found: what workers tell, and what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.cli.screens import tasks as screens
from qctl.config import describe, list_tasks
from qctl.config.catalog_lines import catalog, tasks_of
from qctl.config.values import Config, NoSuchTask
from tests.unit.config_files import Files
from tests.unit.jobs_at_hand import PIPE

MUCH = """
[tasks.plain]
run = "true"
[tasks.dump]
run = "true"
lock = "database"
max_running = 2
rate_limit = "10/m"
unique = "params"
host = ["db1", "db2"]
user = "postgres"
env = { PGHOST = "db1", PGPASSWORD = "open-sesame" }
notify = ["ops"]
stop_signal = "INT"
total_timeout = "90m"
limits = { memory = "1GB", files = 64 }
output = { max = "1MB", file = "/var/log/dump" }
keep = { runs = 7 }
redeliver = false
[notify.ops]
command = ["mail", "ops"]
"""


@pytest.fixture
def told(tmp_path: Path) -> Config:
    """What a caller knows who has no file, from a worker that has one."""
    config = Files(tmp_path).load("[tasks.greet]\nrun = 'echo hello'\n")
    return Config(declared=tasks_of([catalog(config)]))


def test_a_list_without_a_file_says_who_told_it(told: Config) -> None:
    lines = screens.tasks(list_tasks(told), told.file, PIPE)

    assert lines[-1] == "1 task · no tasks.toml here: as workers tell · qctl task show NAME"


def test_a_command_that_workers_do_not_tell_is_said_to_be_theirs(told: Config) -> None:
    lines = screens.task(describe(told, told.task("greet")), PIPE)

    assert "  Command     not told: its workers have it, and no file here" in lines


def test_a_task_that_nothing_declares_leads_to_the_file_that_is_missing() -> None:
    with pytest.raises(NoSuchTask, match="no task `greet`") as missing:
        Config().task("greet")

    assert missing.value.advice == "qctl init        writes a tasks.toml: none was found here or above"


def test_when_a_task_runs_by_itself_is_told_and_no_secret_that_it_is_given_then(tmp_path: Path) -> None:
    config = Files(tmp_path).load("""
        [tasks.sync]
        run = "true"
        params.token = { secret = true, required = false }
        params.depth = { type = "int", default = 1 }
        schedule = [
            "@daily",
            { every = "90m", name = "often", with = { token = "open-sesame", depth = 3 } },
            { cron = "0 3 * * *", timezone = "Europe/Berlin", enabled = false, name = "night" },
        ]
        """)
    item = describe(config, config.task("sync"))

    assert [schedule.get("with") for schedule in item["schedules"]] == [None, {"depth": 3}, None]
    assert "\n".join(screens.task(item, PIPE)).partition("  Schedule    ")[2].splitlines()[:3] == [
        "@daily",
        "              every 90m, name often",
        "              0 3 * * *, Europe/Berlin, name night, disabled",
    ]


def test_of_other_settings_those_are_told_that_are_set(tmp_path: Path) -> None:
    """Under the names that they have in tasks.toml; programs are told all of them."""
    config = Files(tmp_path).load(MUCH)
    item = describe(config, config.task("dump"))

    lines = screens.task(item, PIPE)
    begin = next(at for at, line in enumerate(lines) if line.startswith("  Settings"))
    told = lines[begin : next(at for at, line in enumerate(lines) if line.startswith("  Parameters"))]
    assert [line[14:] for line in told] == [
        "total_timeout  1h30m",
        "redeliver      false",
        "host           db1 db2",
        "max_running    2",
        "lock           database",
        "unique         params",
        "rate_limit     10/m",
        "user           postgres",
        "env            PGHOST PGPASSWORD (their values: qctl env dump)",
        "limits         memory 1.0G, files 64",
        "stop_signal    INT",
        "output.max     1.0M",
        "output.file    /var/log/dump",
        "keep.runs      7",
        "notify         ops",
    ]
    assert (item["lock"], item["host"], item["stop_signal"]) == ("database", ["db1", "db2"], "INT")
    assert item["env_names"] == ["PGHOST", "PGPASSWORD"]
    assert "open-sesame" not in repr((item, lines)), "a variable may hold a password"
    assert "Settings" not in "\n".join(screens.task(describe(config, config.task("plain")), PIPE))
