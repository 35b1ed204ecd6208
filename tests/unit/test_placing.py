"""On which host a job is to run, by its task and its call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from qctl.client.placing import placed
from qctl.config import Config
from qctl.config.requests import Options, Request, prepare
from qctl.errors import UsageError
from tests.unit.config_files import Files

TASKS = """
[tasks.anywhere]
run = "true"
[tasks.there]
run = "true"
host = "web1"
queue = "night"
[tasks.either]
run = "true"
host = ["web1", "web2"]
[tasks.all]
run = "true"
host = ["each", "web1", "web2"]
unique = "task"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Files(tmp_path).load(TASKS)


def last(hosts: Sequence[str], queue: str) -> str:
    """Whoever chooses, chooses the last one."""
    assert queue == "default"
    return hosts[-1]


def queues(config: Config, task: str, **options: object) -> list[str]:
    request = Request(task=task, options=Options(**options))  # type: ignore[arg-type]
    return [prepare(one, config).queue for one in placed(request, config, last)]


@pytest.mark.parametrize(
    ("task", "where"),
    [
        ("anywhere", ["default"]),
        ("there", ["night@web1"]),
        ("either", ["default@web2"]),
        ("all", ["default@web1", "default@web2"]),
    ],
)
def test_a_task_says_where(config: Config, task: str, where: list[str]) -> None:
    assert queues(config, task) == where


@pytest.mark.parametrize("task", ["anywhere", "there", "either", "all"])
def test_a_call_that_names_a_host_wins(config: Config, task: str) -> None:
    assert queues(config, task, host="db1", queue="slow") == ["slow@db1"]


def test_each_host_has_its_own_only_job_of_a_unique_task(config: Config) -> None:
    jobs = [prepare(one, config) for one in placed(Request(task="all"), config, last)]
    assert len({job.unique for job in jobs}) == 2


@pytest.mark.parametrize("option", ["id", "key"])
def test_one_name_for_several_jobs_is_refused(config: Config, option: str) -> None:
    with pytest.raises(UsageError, match="one id or key cannot name several jobs"):
        queues(config, "all", **{option: "nightly"})


def test_each_without_hosts_is_no_configuration(tmp_path: Path) -> None:
    problem = Files(tmp_path).broken("[tasks.t]\nrun = 'true'\nhost = 'each'\n")
    assert "`each` of which hosts?" in problem.message
