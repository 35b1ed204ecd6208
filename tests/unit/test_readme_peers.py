"""What the README says of qctl beside others: each row names something that is there, and a `no` nothing that is."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import qctl
from qctl.cli.completion.verbs import all_verbs
from qctl.cli.table import BY_NAME
from qctl.config import keys

README = Path(__file__).parents[2] / "README.md"
#: row -> by what: a command with options, a key of tasks.toml, a name of `import qctl`, or a test of it
BY: Final = {
    "a command as a task": ["tasks.run", "tasks.exec"],
    "a Python function as a task": ["tasks.call", "qctl.task"],
    "needs": ["qctl.redis", "tests/integration/test_embedded_server.py"],
    "cron expressions": ["schedule.cron"],
    "missed runs: none, one or all": ["schedule.catchup"],
    "two schedulers, no run twice": ["tests/storm/test_beats.py"],
    "a run that is under way: skip, queue, allow, replace": ["schedule.overlap"],
    "output of each run kept": ["qctl logs --attempt", "tasks.output"],
    "told of the first failure, and when it works again": ["notify.on", "tasks.notify"],
    "retries with growing waits": ["tasks.retries", "tasks.backoff", "tasks.backoff_max"],
    "run again after `kill -9` of its worker, by default": ["tasks.redeliver", "tests/storm/test_storm.py"],
    "rate limit over all workers": ["tasks.rate_limit", "queues.rate_limit"],
    "priorities in one queue": ["tasks.priority", "qctl run --priority"],
    "chain, group and chord with values": ["qctl.chain", "qctl.group", "qctl.chord"],
    "… from the shell, without a program": ["qctl chain", "qctl group --each", "qctl chord --then"],
    "state to be read while no worker runs": ["qctl ps", "qctl history", "qctl show"],
    "cancel stops what runs, with its children": ["qctl cancel --signal", "tasks.leave_children"],
    "pause a queue": ["qctl queue pause --for"],
    "live screen in the terminal": ["qctl top"],
    "web page": [],
    "more hosts": ["tasks.host", "tests/acceptance/test_hosts.py"],
    "import of a crontab": ["qctl import crontab --system"],
}
TABLES: Final = {
    "qctl": keys.QCTL,
    "tasks": keys.TASK,
    "schedule": keys.SCHEDULE,
    "queues": keys.QUEUE,
    "notify": keys.NOTIFY,
}


def rows() -> dict[str, str]:
    """What each row of the table says of qctl."""
    table = README.read_text().partition("| | qctl | Celery, Flower |")[2].partition("\n\n")[0]
    cells = [re.split(r" *\| *", line.strip("| ")) for line in table.splitlines()[2:]]
    return {row[0]: row[1] for row in cells}


def test_every_row_of_the_table_says_by_what_qctl_has_it() -> None:
    assert set(rows()) == set(BY)


@pytest.mark.parametrize("name", [name for what in BY.values() for name in what])
def test_what_qctl_has_it_by_is_there(name: str) -> None:
    if name.startswith("tests/"):
        import_module(name.removesuffix(".py").replace("/", "."))
    elif " " in name:
        path, *options = re.split(r" (?=--)", name.removeprefix("qctl "))
        (verb,) = [verb for verb in all_verbs() if verb.path == path]
        assert set(options) <= {each for option in verb.options for each in option.names}
    else:
        table, _, key = name.partition(".")
        assert key in TABLES[table] or (table == "qctl" and key in qctl.__all__)


def test_only_what_is_not_there_is_said_not_to_be() -> None:
    assert {row for row, said in rows().items() if said == "no"} == {"web page"}
    assert not [name for name in ("web", "metrics") if name in BY_NAME and BY_NAME[name].module]


def test_every_figure_that_is_kept_names_a_benchmark_that_is_there() -> None:
    table = README.read_text().partition("| | at most, or at least | in `tests/bench` |")[2].partition("\n\n")[0]
    files = re.findall(r"`(\w+\.py)` \|$", table, re.MULTILINE)
    assert len(files) == len(table.strip().splitlines()) - 1
    assert [name for name in files if not (README.parent / "tests" / "bench" / name).exists()] == []
