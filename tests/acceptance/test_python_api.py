"""`from qctl import Qctl, current` as a program uses it, beside a real worker, and from inside of jobs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support import Home
from tests.support.source import ROOT

TASKS = f"""
[qctl]
python_path = ["."]

[tasks.square]
call = "mine:square"
params.n = {{ type = "int" }}

[tasks.slow]
call = "mine:slow"

[tasks.moody]
call = "mine:moody"
retries = 2

[tasks.spawn]
call = "mine:spawn"

[tasks.spawn-shell]
run = '{sys.executable} -m qctl run square n=12'
env = {{ PYTHONPATH = "{ROOT}" }}

[tasks.broken]
run = "exit 9"
"""

MINE = """
import asyncio, os
from qctl import Qctl, current

async def square(n):
    await asyncio.sleep(0)
    print("squaring", n)
    return n * n

def slow():
    current.progress(1, 2, "half way")
    while True:
        asyncio.run(asyncio.sleep(0.05))

def moody():
    if current.attempt < 3:
        raise current.retry(countdown=0.05)
    return {"attempt": current.attempt, "fence": current.fence}

def spawn():
    jobs = Qctl().send_many(("square", {"n": n}) for n in (2, 3))
    assert not any("redis" in value for value in os.environ.values())
    return [job.id for job in jobs]
"""


@pytest.fixture
def site(site: Home) -> Home:
    """With the code of the tasks, too."""
    site.write("mine.py", MINE)
    return site


def answer_of(home: Home, program: str) -> object:
    """Run a Python program in the home, with a `Qctl` called `q`; what it prints last is JSON."""
    ended = subprocess.run(
        [sys.executable, "-c", f"import json\nfrom qctl import Qctl\nq = Qctl()\n{program}"],
        env=home.environment(),
        cwd=home.work,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_send_and_get_bring_back_what_the_task_returned(manned: Home) -> None:
    assert answer_of(manned, 'print(q.send("square", {"n": 7}).get(timeout=20))') == 49


def test_many_jobs_are_sent_at_once_and_read_back_by_their_handles(manned: Home) -> None:
    program = """
jobs = q.send_many(("square", {"n": n}) for n in range(20))
print([job.get(timeout=20) for job in jobs])
"""
    assert answer_of(manned, program) == [n * n for n in range(20)]


def test_a_task_that_is_not_declared_is_refused_at_the_submit(shared_home: Home) -> None:
    shared_home.write("tasks.toml", TASKS)
    program = """
from qctl.errors import NotFound
try:
    q.send("sqare", {"n": 7})
except NotFound as error:
    print(json.dumps(str(error) + " " + error.advice))
"""
    assert "did you mean `square`?" in str(answer_of(shared_home, program))


def test_options_are_keywords_and_never_collide_with_parameters(manned: Home) -> None:
    program = """
job = q.send("square", {"n": 3}, countdown=0.2, priority=9, queue="default", retries=1, key="one", labels={"a": "b"})
again = q.send("square", {"n": 3}, key="one")
job.wait(timeout=20)
view = job.as_dict()
print(json.dumps([job.id == again.id, view["priority"], view["labels"], view["wait_s"] >= 0, view["result"]]))
"""
    assert answer_of(manned, program) == [True, 9, {"a": "b"}, True, 9]


def test_a_failed_job_raises_with_its_reason_and_a_late_one_times_out(manned: Home) -> None:
    program = """
from qctl.errors import WaitTimeout
from qctl.client import JobFailed
said = []
try:
    q.send("broken").get(timeout=20)
except JobFailed as error:
    said.append("failed" in str(error))
slow = q.send("slow")
try:
    slow.get(timeout=0.3)
except WaitTimeout:
    said.append("late")
while slow.progress[0] is None:
    pass
said.append(slow.progress)
said.append(slow.cancel())
said.append(slow.wait(timeout=20).outcome.value)
print(json.dumps(said))
"""
    assert answer_of(manned, program) == [True, "late", [0.5, "half way"], "RUNNING", "cancelled"]


def test_a_task_may_ask_for_another_attempt(manned: Home) -> None:
    value = answer_of(manned, 'print(json.dumps(q.send("moody").get(timeout=20)))')
    assert value == {"attempt": 3, "fence": 3}


def test_logs_hold_what_was_printed(manned: Home) -> None:
    program = 'job = q.send("square", {"n": 5}); job.wait(timeout=20); print(json.dumps(job.logs().decode()))'
    assert answer_of(manned, program) == "squaring 5\n"


def test_a_python_task_submits_through_its_worker_without_knowing_a_redis(manned: Home) -> None:
    program = """
ids = q.send("spawn").get(timeout=20)
print(json.dumps([q.job(id).get(timeout=20) for id in ids]))
"""
    assert answer_of(manned, program) == [4, 9]


def test_a_shell_task_submits_with_qctl_run_and_prints_the_id(manned: Home) -> None:
    program = """
id = q.send("spawn-shell").get(timeout=25)
print(q.job(id).get(timeout=20))
"""
    assert answer_of(manned, program) == 144
