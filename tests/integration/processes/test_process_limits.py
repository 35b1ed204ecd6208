"""`nice` and `limits`, and Python tasks in a child of their slot, as such tasks run."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.processes import memory, restrictions
from qctl.engine.processes.events import Output, Progress, SlotDied
from qctl.engine.processes.slot import resident_bytes
from qctl.engine.processes.table import Stop, Why
from qctl.model import show
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import log, python, shell, value

SHOW_LIMITS = "ulimit -v; ulimit -t; ulimit -n; ulimit -p; nice"


def found(ended: Ended) -> Any:
    """A Python task's value."""
    return json.loads(value(ended))


@pytest.mark.parametrize("make", [shell(SHOW_LIMITS), python("restricted", module="own_process")])
def test_niceness_and_limits_hold_for_the_job_alone(hire: Hire, make: Task) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)  # of whoever runs the tests; `nice` is added to it
    limits = {"memory": 2 << 30, "cpu": 100, "files": 64, "processes": 4000}
    bounded = replace(make, limits=limits, nice=5)
    crew = hire(bounded, shell("ulimit -n; nice", name="next"))

    ended = crew.run(bounded.name)

    if bounded.name == "sh":
        assert value(ended).split() == [b"2097152", b"100", b"64", b"4000", b"%d" % min(19, own + 5)]
    else:
        assert found(ended)["limits"] == [2 << 30, 100, 64, 4000]
        assert found(ended)["nice"] == min(19, own + 5)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert value(crew.run("next")).split() == [b"%d" % files, b"%d" % own]


def test_memory_above_the_limit_is_an_error_of_the_task(hire: Hire) -> None:
    crew = hire(python("large", "size", limits={"memory": 300 << 20}), python("nothing"))

    ended = crew.run("large", {"size": 1 << 30})

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.EXCEPTION)
    assert ended.error is not None
    assert ended.error.type == "MemoryError"
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("make", [shell("while :; do :; done"), python("burn", "seconds", "size")])
def test_the_processor_limit_says_that_it_was_that(hire: Hire, make: Task) -> None:
    bounded = replace(make, limits={"cpu": 1})
    crew = hire(bounded)

    ended = crew.run(bounded.name, {} if bounded.name == "sh" else {"seconds": 60, "size": 1})

    assert (ended.outcome, ended.reason, ended.signal) == (Outcome.FAILED, Reason.SIGNAL, signal.SIGXCPU)
    assert ended.error is not None
    assert ended.error.message == "signal 24 SIGXCPU: limits.cpu = 1s is used up"
    assert crew.of(SlotDied) == []


@pytest.mark.parametrize("make", [shell("trap '' XCPU; while :; do :; done"), python("burn_on", "size")])
def test_the_processor_limit_says_so_of_what_ignores_the_signal(
    hire: Hire, make: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed then; and that is a failure of the task, no crash that would be run again."""
    monkeypatch.setattr(restrictions, "_AFTER_CPU", 1)
    bounded = replace(make, limits={"cpu": 1})
    crew = hire(bounded)

    ended = crew.run(bounded.name, {} if bounded.name == "sh" else {"size": 1})

    assert (ended.outcome, ended.reason, ended.signal) == (Outcome.FAILED, Reason.SIGNAL, signal.SIGKILL)
    assert ended.error is not None
    assert ended.error.message == "signal 9 SIGKILL: limits.cpu = 1s is used up"


_MANY = "for each in 1 2 3 4 5; do (head -c 60000000 /dev/zero; sleep 60) | tail & done; wait"


@pytest.mark.parametrize(
    ("make", "killed"),
    [
        pytest.param(shell(_MANY), signal.SIGTERM, id="command"),
        pytest.param(shell(f"trap '' TERM; {_MANY}", grace=0.1), signal.SIGKILL, id="deaf"),
        pytest.param(python("spreads", "size", "parts", module="own_process"), None, id="python"),
    ],
)
def test_processes_that_use_too_much_together_are_told_to_end_and_killed_after_the_grace(
    hire: Hire, make: Task, killed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 15: the kernel bounds each process, and the slot weighs all of them each second, and says how much."""
    monkeypatch.setattr(memory, "EVERY", 0.02)
    params: dict[str, int] = {}
    limit, beside = 240 << 20, 0  # more than one of them needs to run
    if make.kind is Kind.CALL:
        (limit, params), beside = _more_than_each_may(), resident_bytes()
    bounded = replace(make, limits={"memory": limit})
    crew = hire(bounded)

    ended = crew.run(bounded.name, params)

    assert (ended.outcome, ended.reason, ended.signal) == (Outcome.FAILED, Reason.OOM, killed)
    assert ended.error is not None
    assert f"together, more than limits.memory = {show.size(limit)}" in ended.error.message
    assert limit < (ended.max_rss_bytes or 0) < limit + beside + 250_000_000
    assert crew.of(SlotDied) == []


def _more_than_each_may() -> tuple[int, dict[str, int]]:
    """A limit that a fork of this very process keeps, and what ten of them are to use beyond it all together."""
    ours = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return ours + (180 << 20), {"size": (ours + (300 << 20)) // 10, "parts": 10}


def test_a_python_task_whose_processes_use_too_much_hears_of_it_and_can_put_things_in_order(
    hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 15: as at any other stop it meets `Stopped`, and what it does then is told."""
    monkeypatch.setattr(memory, "EVERY", 0.02)
    limit, params = _more_than_each_may()
    crew = hire(replace(python("tidies", "size", "parts", module="own_process"), limits={"memory": limit}))

    ended = crew.run("tidies", params)

    assert ended.reason is Reason.OOM
    assert log(ended).text().startswith(b"put in order")


def test_a_later_stop_gives_no_longer_grace_than_the_memory_has_left(
    hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 15."""
    monkeypatch.setattr(memory, "EVERY", 0.02)
    deaf = shell(f"trap 'echo told' TERM; {_MANY}; while :; do sleep 60 & wait; done", grace=1.0)
    crew = hire(replace(deaf, limits={"memory": 240 << 20}))
    key, _ = crew.start("sh")
    crew.until(lambda: any(b"told" in chunk.data for told in crew.of(Output) for chunk in told.chunks))

    began = time.monotonic()
    crew.pool.stop(*key, Stop.terminate(signal.SIGTERM, 3600.0, Why.CANCELLED))

    assert crew.finish(key).signal == signal.SIGKILL
    assert time.monotonic() - began < 1800


def test_a_child_of_an_attempt_before_that_was_allowed_to_stay_weighs_on_nobody(
    hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 15."""
    monkeypatch.setattr(memory, "EVERY", 0.02)
    stays = shell(f"exec >&- 2>&-; {_MANY.removesuffix('; wait')} >/dev/null; sleep 0.3", leave_children=True)
    crew = hire(replace(stays, name="stays"), shell("sleep 0.2 | sleep 0.3", limits={"memory": 200 << 20}))

    assert crew.run("stays").outcome is Outcome.SUCCEEDED
    assert crew.run("sh").outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(("code", "killed"), [(0, None), (None, 9)])
def test_the_death_of_a_child_without_a_word_is_a_crash(hire: Hire, code: int | None, killed: int | None) -> None:
    """Fault 12: as that of a slot would be; but the slot lives."""
    crew = hire(python("leave_hard", "code", nice=1), python("kill_self", nice=1))

    ended = crew.run("kill_self") if code is None else crew.run("leave_hard", {"code": code})

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.CRASHED)
    assert (ended.exit_code, ended.signal) == (code, killed)
    assert crew.of(SlotDied) == []


def test_a_child_tells_its_progress_its_output_and_its_value(hire: Hire) -> None:
    crew = hire(python("report", "steps", nice=1), python("say_everywhere", nice=1), python("large", "size", nice=1))

    key = crew.submit("report", {"steps": 3})
    crew.finish(key)

    assert crew.of(Progress)[-1].fraction == 1.0
    said = log(crew.run("say_everywhere"))
    assert {b"by print \xc3\xa4", b"by descriptor", b"by C", b"partial"} <= set(said.text("o").splitlines())
    assert {b"by stderr", b"by logging"} <= set(said.text("e").splitlines())
    assert len(found(crew.run("large", {"size": 5_000_000}))) == 5_000_000


@pytest.mark.parametrize(
    ("task", "stop", "outcome"),
    [
        ("soft", Stop.soft(), Outcome.SUCCEEDED),
        ("sleep_soft", Stop.soft(), Outcome.TIMEOUT),
        ("sleep_soft", Stop.terminate(signal.SIGTERM, 60, Why.CANCELLED), Outcome.CANCELLED),
        ("sleep_soft", Stop.kill(Why.TIMEOUT), Outcome.TIMEOUT),
        ("deaf", Stop.terminate(signal.SIGTERM, 0.1, Why.TIMEOUT), Outcome.TIMEOUT),
        ("hold_gil", Stop.terminate(signal.SIGTERM, 0.1, Why.RELEASED), Outcome.CANCELLED),
    ],
)
def test_a_child_is_stopped_as_a_slot_would_be(
    hire: Hire, tmp_path: Path, task: str, stop: Stop, outcome: Outcome
) -> None:
    """Faults 16 and 17: told by an exception, killed after the grace; the slot goes on."""
    crew = hire(python(task, "mark", nice=1), python("nothing"))
    key, _ = crew.start(task, {"mark": str(tmp_path / "mark")})
    crew.until((tmp_path / "mark").exists)

    crew.pool.stop(*key, stop)
    ended = crew.finish(key)

    assert ended.outcome is outcome
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED
    assert crew.of(SlotDied) == []
