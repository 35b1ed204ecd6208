"""What a report says that a job runs: the command itself, as the definition at hand has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qctl.config import Config
from qctl.config.command_line import command_line, definition_of, limits_of
from qctl.model.around import Around
from qctl.model.call import Call
from qctl.model.job import Job
from qctl.model.report import report
from tests.unit import jobs_at_hand as at_hand
from tests.unit.config_files import Files
from tests.unit.jobs_at_hand import PIPE


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Files(tmp_path).load(
        """
        [tasks.copy]
        exec = ["rsync", "-a", "--rsh={rsh}", "{source}", "{to}/"]
        params.source = { type = "list" }
        params.to = { type = "path", default = "/srv/my files" }
        params.rsh = { env = "RSH" }
        [tasks.short]
        run = "true && echo done"
        [tasks.long]
        run = '''

        set -e
        make

        make install
        '''
        [tasks.daily]
        call = "ops.reports:daily"
        soft_timeout = "50m"
        total_timeout = "2h"
        limits = { memory = "1GB", cpu = "90s", files = 1024 }
        """
    )


def job_of(config: Config, task: str, args: tuple[str, ...] = (), **params: Any) -> Job:
    call = Call(task=task, params=params, args=args, hash=config.tasks[task].hash)
    return replace(at_hand.queued(), call=call)


@pytest.mark.parametrize(
    ("task", "params", "said"),
    [
        ("copy", {"source": ["/a b", "/c"]}, "rsync -a '--rsh={rsh}' '/a b' /c '/srv/my files/'"),
        ("short", {}, "true && echo done"),
        ("long", {}, "set -e … (3 lines)"),
        ("daily", {}, "ops.reports:daily"),
    ],
)
def test_it_is_the_command_with_the_values_of_the_call(
    config: Config, task: str, params: dict[str, Any], said: str
) -> None:
    assert command_line(job_of(config, task, **params), config) == said


def test_words_of_the_call_stand_behind_it(config: Config) -> None:
    job = job_of(config, "copy", ("-n", "x y"), source=["/c"])
    assert command_line(job, config).endswith("'/srv/my files/' -n 'x y'")


def test_another_definition_than_the_one_that_ran_says_nothing(config: Config) -> None:
    job = job_of(config, "short")
    assert command_line(replace(job, call=replace(job.call, hash="0123456789ab")), config) == ""
    assert command_line(replace(job, call=replace(job.call, task="gone")), config) == ""
    assert command_line(at_hand.failed(), config) == ""


def test_a_report_tells_the_call_and_the_command() -> None:
    lines = report(at_hand.running(), [], PIPE, Around(command="/usr/local/bin/backup.sh --keep 14"))
    assert "  Call       backup-db bucket=s3://dr keep=14" in lines
    assert "  Command    /usr/local/bin/backup.sh --keep 14" in lines


def test_what_limits_a_job_is_told_and_how_long_it_has_left(config: Config) -> None:
    assert (
        limits_of(config.tasks["daily"])
        == "softly after 50m · 2h over all attempts · memory 1.0G · cpu 1m30s · files 1,024"
    )
    assert limits_of(config.tasks["short"]) == ""
    around = Around(timeout_s=3600.0, limits="memory 1.0G")
    limits = [line for line in report(at_hand.running(), [], PIPE, around) if "Limits" in line]
    assert limits == ["  Limits     timeout 1h (47m56s left) · memory 1.0G"]
    assert "left" not in "".join(report(at_hand.queued(), [], PIPE, around))
    assert "Limits" not in "".join(report(at_hand.running(), [], PIPE))


def test_the_definition_at_hand_counts_only_if_it_is_the_one_that_runs(config: Config) -> None:
    job = job_of(config, "daily")
    assert definition_of(job, config) is config.tasks["daily"]
    assert definition_of(replace(job, call=replace(job.call, hash="of yesterday")), config) is None
