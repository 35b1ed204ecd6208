"""What one Python job leaves to the next: nothing. And what its slot is measured and recycled by."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.processes.events import Progress, SlotDied, Started
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.state import Outcome
from qctl.model.task import Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import log, python, shell, value
from tests.support import eventually


def answer(ended: Ended) -> Any:
    return json.loads(value(ended))


def test_one_job_does_not_reach_the_next(hire: Hire, tmp_path: Any) -> None:
    crew = hire(python("spread", "path"), python("inspect"), python("say", "text"))
    before = answer(crew.run("inspect"))

    assert crew.run("spread", {"path": str(tmp_path)}).outcome is Outcome.SUCCEEDED
    after = answer(crew.run("inspect"))

    assert after == before
    assert len({started.pid for started in crew.of(Started)}) == 1
    assert log(crew.run("say", {"text": "still heard"})).text() == b"still heard\n"


def test_a_job_does_not_see_the_variables_of_the_one_before(hire: Hire) -> None:
    crew = hire(
        Task(name="own", kind=Kind.CALL, call="process_tasks:inspect", env={"LEAKED": "own", "USER": "other"}),
        python("inspect"),
    )

    own, after = answer(crew.run("own")), answer(crew.run("inspect"))

    assert (own["leaked"], after["leaked"]) == ("own", None)
    assert own["environ"]["USER"] == after["environ"]["USER"] == own["environ"]["LOGNAME"]


def test_what_a_task_sets_in_place_of_every_jobs_own_is_put_back(hire: Hire) -> None:
    """A task's own `env` may name what all jobs have; who it is no variable changes (P5)."""
    env = {"PATH": "/opt/own", "LOGNAME": "other", "QCTL_JOB_ID": "another"}
    crew = hire(
        Task(name="own", kind=Kind.CALL, call="process_tasks:inspect", env=env),
        Task(name="named", kind=Kind.CALL, call="process_tasks:know_yourself", env=env),
        python("inspect"),
    )
    before = answer(crew.run("inspect"))

    own = answer(crew.run("own"))["environ"]
    key = crew.submit("named")
    named = answer(crew.finish(key))

    assert (own["PATH"], own["LOGNAME"]) == ("/opt/own", before["environ"]["LOGNAME"])
    assert named["job_id"] == key[0]
    assert answer(crew.run("inspect")) == before


def test_jobs_that_are_asked_for_in_the_same_words_are_told_apart_and_share_no_value(hire: Hire) -> None:
    """What such jobs have in common is prepared once: who they are is not, nor what a task may change."""
    crew = hire(python("know_yourself"), python("grow", "values", module="growing"))

    keys = [crew.submit("know_yourself") for _ in range(3)]
    told = [answer(crew.finish(key)) for key in keys]
    grown = [answer(crew.run("grow", {"values": [1]})) for _ in range(3)]

    assert [one["job_id"] for one in told] == [id_ for id_, _ in keys]
    assert grown == [[1, 1]] * 3


@pytest.mark.parametrize(
    "params",
    [{}, {"value": "x"}, {"value": "x" * 1000}],
    ids=["bare", "with-a-variable-of-its-own", "with-a-large-one"],
)
def test_jobs_that_are_alike_know_each_its_own_id(hire: Hire, params: dict[str, Any]) -> None:
    """What they have in common is prepared once."""
    crew = hire(python("know_id", "value", module="alike_tasks"))

    for _ in range(2):
        keys = [crew.submit("know_id", params) for _ in range(3)]
        assert [answer(crew.finish(key)) for key in keys] == [[id_, id_, params.get("value")] for id_, _ in keys]
        assert answer(crew.run("know_id", retries=3))[2] is None


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
@pytest.mark.parametrize(("task", "most"), [(python("nothing"), 20), (shell("true", "nothing"), 42)])
def test_a_job_without_content_costs_a_slot_few_system_calls(hire: Hire, tmp_path: Path, task: Task, most: int) -> None:
    """It takes it and tells its end; what it may have left is looked for by one call each, and none is made twice."""
    crew = hire(task)
    key = crew.submit("nothing")
    crew.finish(key)
    pid = crew.of(Started)[0].pid
    counted, said = tmp_path / "counted", tmp_path / "said"
    with said.open("wb") as log_of_strace:
        tracer = subprocess.Popen(["strace", "-c", "-p", str(pid), "-o", str(counted)], stderr=log_of_strace)
    eventually(lambda: b"attached" in said.read_bytes() or tracer.poll() is not None, within=60.0)
    if tracer.poll() is not None:
        pytest.skip("this process may trace no other")

    for key in [crew.submit("nothing") for _ in range(100)]:
        crew.finish(key)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()

    rows = [row for line in counted.read_text().splitlines() if len(row := line.split()) > 4]
    calls = {row[-1]: int(row[3]) for row in rows if row[3].isdigit() and row[-1] != "total"}
    assert sum(calls.values()) <= most * 100, calls


def test_a_child_that_a_task_forks_does_not_become_a_second_slot(hire: Hire) -> None:
    crew = hire(python("fork_and_return"), python("run_child"))

    assert answer(crew.run("fork_and_return")) == "in the parent"
    assert answer(crew.run("run_child")) == "from a child\n"  # a task's own subprocess is waited for by the task


def test_what_a_python_task_used_is_measured_for_itself(hire: Hire) -> None:
    crew = hire(python("burn", "seconds", "size"), python("nothing"))

    heavy, light = crew.run("burn", {"seconds": 0.1, "size": 60_000_000}), crew.run("nothing")

    assert 0.1 <= heavy.cpu_s < 0.5
    assert light.cpu_s < 0.05
    assert heavy.max_rss_bytes - light.max_rss_bytes > 50_000_000


def test_a_slot_is_recycled_after_its_share_of_jobs(hire: Hire) -> None:
    crew = hire(python("nothing"), max_jobs=3)

    for _ in range(7):
        assert crew.run("nothing").outcome is Outcome.SUCCEEDED

    assert len({started.pid for started in crew.of(Started)}) == 3
    assert crew.of(SlotDied) == []


def test_a_job_that_removes_its_run_directory_spoils_it_for_nobody_else(hire: Hire) -> None:
    crew = hire(Task(name="rm", kind=Kind.RUN, run='rm -rf "$QCTL_RUN_DIR"'), python("report_from_child"))

    assert crew.run("rm").outcome is Outcome.SUCCEEDED
    crew.run("report_from_child")

    assert crew.of(Progress)
    assert crew.of(SlotDied) == []


def test_a_slot_is_recycled_when_it_has_grown(hire: Hire) -> None:
    crew = hire(python("nothing"), max_memory=1)

    crew.run("nothing")
    crew.run("nothing")

    assert len({started.pid for started in crew.of(Started)}) == 2


def test_a_thousand_jobs_leave_no_descriptor_behind(hire: Hire) -> None:
    """Fault 21."""
    crew = hire(python("descriptors"), Task(name="true", kind=Kind.EXEC, exec=("true",)))
    before = answer(crew.run("descriptors"))
    ours = len(os.listdir("/proc/self/fd"))

    keys = [crew.submit(task) for _ in range(500) for task in ("descriptors", "true")]
    for key in keys:
        crew.finish(key, within=60)

    assert answer(crew.run("descriptors")) == before
    assert len(os.listdir("/proc/self/fd")) == ours
