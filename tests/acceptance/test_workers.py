"""What an operator asks of `qctl worker`: slots as work needs, fresh processes, an upgrade under a long job."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import Home, Running, eventually
from tests.support.processes import is_alive

TASKS = """
[qctl]
python_path = ["."]

[tasks.where]
call = "jobs_of_slots:where"

[tasks.grow]
call = "jobs_of_slots:grow"

[tasks.shell]
run = 'echo "$PPID"; echo "$QCTL_JOB_ID" >> "$record"'
params.record = { type = "path" }

[tasks.long]
run = 'echo $$ > "$gate.pid"; while [ ! -e "$gate" ]; do sleep 0.05; done; echo "finished"'
params.gate = { type = "path" }
"""
CODE = """
import os

kept = []

def where():
    return os.getpid()

def grow():
    kept.append(bytearray(b"x") * (200 << 20))
    return os.getpid()
"""


@pytest.fixture
def coded(site: Home) -> Home:
    site.write("jobs_of_slots.py", CODE)
    return site


def value(home: Home, *words: str) -> str:
    answer = home.run("run", *words, "--wait", "--timeout", "20s")
    assert answer.code == 0, str(answer)
    return answer.stdout.strip()


def workers(home: Home) -> dict[str, Any]:
    items = json.loads(home.run("worker", "list", "-o", "json").stdout)["items"]
    return {item["label"]: item for item in items}


def start(home: Home, name: str, *words: str) -> Running:
    """A worker that takes work."""
    worker = home.start("worker", "--name", name, *words)
    eventually(lambda: workers(home).get(name, {}).get("state") == "idle", within=15.0)
    return worker


def test_a_slot_is_replaced_after_its_share_of_jobs(coded: Home) -> None:
    start(coded, "one", "-c", "1", "--max-jobs-per-child", "2")

    pids = [value(coded, "where") for _ in range(6)]

    assert pids[0::2] == pids[1::2]
    assert len(set(pids)) == 3


def test_no_job_is_lost_where_every_slot_runs_one_alone(coded: Home) -> None:
    start(coded, "one", "-c", "2", "--max-jobs-per-child", "1")
    record = coded.work / "record"

    ids = [coded.run("run", "shell", f"record={record}", "-q").stdout.strip() for _ in range(12)]

    assert coded.run("wait", *ids, "--timeout", "20s").code == 0
    assert Counter(record.read_text().split()) == dict.fromkeys(ids, 1)
    slots = {coded.run("logs", id_).stdout.strip() for id_ in ids}
    assert len(slots) == len(ids)


def test_a_slot_that_has_grown_is_replaced_by_a_fresh_one(coded: Home) -> None:
    start(coded, "one", "-c", "1", "--max-memory-per-child", "150MB")
    before = value(coded, "where")
    assert value(coded, "where") == before

    grown = value(coded, "grow")
    after = [value(coded, "where") for _ in range(2)]

    assert grown == before
    assert after[0] == after[1] != grown
    jobs = json.loads(coded.run("history", "-o", "json").stdout)["items"]
    assert {(job["outcome"], job["attempt"]) for job in jobs} == {("succeeded", 1)}


def test_slots_follow_the_work_and_worker_list_and_show_say_so(coded: Home) -> None:
    worker = start(coded, "one", "--autoscale", "1,3")
    assert workers(coded)["one"]["autoscale"] == {"min": 1, "max": 3}
    gate = coded.work / "gate"
    ids = [coded.run("run", "long", f"gate={gate}", "-q").stdout.strip() for _ in range(4)]

    eventually(lambda: (workers(coded)["one"]["slots"], len(workers(coded)["one"]["running"])) == (3, 3), within=15.0)
    assert "3 of 1-3" in coded.run("worker", "list").stdout
    assert "3 of 1-3" in coded.run("worker", "show", "one").stdout

    gate.touch()
    assert coded.run("wait", *ids, "--timeout", "20s").code == 0
    assert worker.stop().code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--autoscale", "8,2"), "--autoscale is MIN,MAX, and 8 is more than 2"),
        (("--autoscale", "4"), "--autoscale is two whole numbers, MIN,MAX, not `4`"),
        (("--autoscale", "a,b"), "--autoscale is two whole numbers, MIN,MAX, not `a,b`"),
        (("--autoscale", "0,2"), "MIN is at least 1"),
        (("--autoscale", "1,2", "-c", "2"), "give one of them"),
    ],
)
def test_bounds_that_make_no_sense_are_refused_in_one_line(coded: Home, words: tuple[str, ...], said: str) -> None:
    answer = coded.run("worker", *words)

    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr.splitlines()[0]


def test_an_upgrade_leaves_a_long_job_on_the_old_worker_and_gives_new_ones_to_the_new(coded: Home) -> None:
    """R13: the new worker is up before the old one is told to go, and nothing is run twice.

    `worker stop` waits for what runs, however long that is: --drain-timeout is for signals.
    """
    gate = coded.work / "gate"
    old = start(coded, "old", "-c", "2", "--drain-timeout", "100ms")
    long = coded.run("run", "long", f"gate={gate}", "-q").stdout.strip()
    leader = int(eventually(lambda: (pid := Path(f"{gate}.pid")).exists() and pid.read_text().strip(), within=10.0))

    new = start(coded, "new", "-c", "1")
    assert coded.run("worker", "stop", "old").stdout == "old: finishes what it has and goes\n"
    eventually(lambda: workers(coded)["old"]["state"] == "stopping", within=10.0)

    fresh = [coded.run("run", "where", "-q").stdout.strip() for _ in range(3)]
    assert coded.run("wait", *fresh, "--timeout", "20s").code == 0
    assert {json.loads(coded.run("show", id_, "-o", "json").stdout)["worker"] for id_ in fresh} == {"new"}
    assert (old.poll(), is_alive(leader)) == (None, True)

    gate.touch()
    assert coded.run("wait", long, "--timeout", "20s").code == 0
    job = json.loads(coded.run("show", long, "-o", "json").stdout)
    assert (job["outcome"], job["worker"], job["attempt"]) == ("succeeded", "old", 1)
    assert old.wait() == 0
    eventually(lambda: list(workers(coded)) == ["new"], within=5.0)
    assert new.stop().code == 0


@pytest.mark.parametrize("words", ["worker --name night -c 1", "up --name night", "beat --name night"])
def test_a_list_of_processes_names_it_and_no_password(coded: Home, words: str) -> None:
    started = coded.start(*words.split())
    program = "beat" if words.startswith("beat") else "worker"

    def shown() -> str:
        return Path(f"/proc/{started.pid}/cmdline").read_text().replace("\0", " ")

    eventually(lambda: shown().endswith(f" qctl {program} --name night "), within=15.0)
    assert "://" not in shown()
