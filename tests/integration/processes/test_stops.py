"""How attempts are stopped: P16 to P18, faults 10, 16 and 17. A stop names its attempt and meets nobody else."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from qctl.engine.processes.events import Output, SlotDied, Started
from qctl.engine.processes.pool import Stop, Stopped
from qctl.engine.processes.stopping import STOP_SIGNAL
from qctl.engine.processes.table import Why
from qctl.model.state import Outcome, Reason
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import Crew, Key, log, python, shell, value
from tests.support import eventually
from tests.support.processes import is_alive

TERM = int(signal.SIGTERM)


def begin(crew: Crew, task: str, mark: Path, **params: object) -> tuple[Key, Started]:
    """Start an attempt and wait until its own code says that it runs."""
    key, started = crew.start(task, {"mark": str(mark), **params})
    crew.until(mark.exists)
    return key, started


def test_the_soft_limit_is_an_exception_that_a_task_may_handle(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("soft", "mark"), python("sleep_soft", "mark"))

    handled, _ = begin(crew, "soft", tmp_path / "1")
    crew.pool.stop(*handled, Stop.soft())
    fine = crew.finish(handled)
    ignored, _ = begin(crew, "sleep_soft", tmp_path / "2")
    crew.pool.stop(*ignored, Stop.soft())
    late = crew.finish(ignored)

    assert (fine.outcome, value(fine)) == (Outcome.SUCCEEDED, b'"cleaned up"')
    assert (late.outcome, late.reason) == (Outcome.TIMEOUT, Reason.TIMEOUT)
    assert b"SoftTimeLimitExceeded" in log(late).text("e")


def test_the_soft_limit_reaches_an_async_task_where_it_awaits(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("sleep_async", "mark"), python("answer_async", "value"))

    key, _ = begin(crew, "sleep_async", tmp_path / "1")
    crew.pool.stop(*key, Stop.soft())

    assert value(crew.finish(key)) == b'"cleaned up"'
    assert value(crew.run("answer_async", {"value": 5})) == b"5"


def test_the_soft_limit_of_a_shell_task_is_its_stop_signal(hire: Hire, tmp_path: Path) -> None:
    """P18."""
    wait = f'echo > "{tmp_path}/$0"; while :; do sleep 0.01; done'
    crew = hire(shell(f'trap "echo told; exit 0" INT; {wait}', name="tidy"), shell(wait, name="plain"))
    ended = {}
    for name in ("tidy", "plain"):
        key, _ = crew.start(name)
        crew.until((tmp_path / name).exists)
        crew.pool.stop(*key, Stop.soft(int(signal.SIGINT)))
        ended[name] = crew.finish(key)

    assert (ended["tidy"].outcome, value(ended["tidy"])) == (Outcome.SUCCEEDED, b"told\n")
    assert (ended["plain"].outcome, ended["plain"].signal) == (Outcome.TIMEOUT, int(signal.SIGINT))


@pytest.mark.parametrize(
    ("why", "outcome", "reason"),
    [
        (Why.TIMEOUT, Outcome.TIMEOUT, Reason.TIMEOUT),
        (Why.CANCELLED, Outcome.CANCELLED, Reason.BY_USER),
        (Why.RELEASED, Outcome.CANCELLED, Reason.STOPPED),
    ],
)
@pytest.mark.parametrize("task", ["sh", "sleep_soft"])
def test_a_terminated_attempt_is_named_after_the_reason(
    hire: Hire, tmp_path: Path, task: str, why: Why, outcome: Outcome, reason: Reason
) -> None:
    """P17: not a failure, and no crash of the slot."""
    crew = hire(shell(f"echo > {tmp_path}/mark; exec sleep 600"), python("sleep_soft", "mark"))

    key, _ = crew.start(task, {"mark": str(tmp_path / "mark")} if task == "sleep_soft" else {})
    crew.until((tmp_path / "mark").exists)
    assert crew.pool.stop(*key, Stop.terminate(TERM, 300.0, why)) is Stopped.TOLD
    ended = crew.finish(key)

    assert (ended.outcome, ended.reason) == (outcome, reason)
    assert ended.signal == (TERM if task == "sh" else None)
    assert crew.of(SlotDied) == []


@pytest.mark.parametrize("task", ["sh", "deaf", "hold_gil"])
def test_what_does_not_obey_is_killed_after_the_grace(hire: Hire, tmp_path: Path, task: str) -> None:
    """Faults 16 and 17: by a shell that ignores TERM, by Python that swallows everything, by C code with the GIL."""
    crew = hire(
        shell(f'trap "" TERM; echo > {tmp_path}/mark; while :; do sleep 0.05; done'),
        python("deaf", "mark"),
        python("hold_gil", "mark"),
        python("nothing"),
    )

    key, _ = crew.start(task, {} if task == "sh" else {"mark": str(tmp_path / "mark")})
    crew.until((tmp_path / "mark").exists)
    begun = time.monotonic()
    crew.pool.stop(*key, Stop.terminate(TERM, 0.3, Why.TIMEOUT))
    assert task == "sh" or crew.pool.next_due() <= time.monotonic() + 0.3  # for a command its slot keeps the time
    ended = crew.finish(key)

    assert (ended.outcome, ended.reason, ended.signal) == (Outcome.TIMEOUT, Reason.TIMEOUT, 9)
    assert time.monotonic() - begun >= 0.3
    assert all(died.running is None for died in crew.of(SlotDied))
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("task", ["sh", "sleep_soft"])
def test_a_stopped_process_is_killed_nevertheless(hire: Hire, tmp_path: Path, task: str) -> None:
    """Fault 10: SIGSTOP of the slot, and of the shell job's own tree."""
    crew = hire(shell(f"echo $$ > {tmp_path}/mark; exec sleep 600"), python("sleep_soft", "mark"), python("nothing"))

    key, started = crew.start(task, {} if task == "sh" else {"mark": str(tmp_path / "mark")})
    crew.until((tmp_path / "mark").exists)
    os.kill(started.pid, signal.SIGSTOP)
    crew.pool.stop(*key, Stop.terminate(TERM, 0.1, Why.TIMEOUT))
    ended = crew.finish(key)

    assert (ended.outcome, ended.signal) == (Outcome.TIMEOUT, 9)
    if task == "sh":
        leader = int((tmp_path / "mark").read_text())
        eventually(lambda: not is_alive(leader))
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


def test_a_stopped_shell_job_is_woken_to_hear_the_signal(hire: Hire, tmp_path: Path) -> None:
    """Fault 10."""
    crew = hire(shell(f'trap "echo told; exit 0" TERM; echo $$ > {tmp_path}/mark; while :; do sleep 0.01; done'))
    key, _ = crew.start("sh")
    leader = crew.until(lambda: (tmp_path / "mark").exists() and (tmp_path / "mark").read_text().strip())
    os.kill(int(leader), signal.SIGSTOP)

    crew.pool.stop(*key, Stop.terminate(TERM, 300.0, Why.CANCELLED))
    ended = crew.finish(key)

    assert ended.outcome is Outcome.CANCELLED
    assert log(ended).text("o") == b"told\n"


def test_kill_ends_an_attempt_at_once(hire: Hire, tmp_path: Path) -> None:
    crew = hire(shell(f"echo > {tmp_path}/1; exec sleep 600"), python("deaf", "mark"))

    command, _ = crew.start("sh")
    crew.until((tmp_path / "1").exists)
    crew.pool.stop(*command, Stop.kill(Why.CANCELLED))
    first = crew.finish(command)
    call, _ = begin(crew, "deaf", tmp_path / "2")
    crew.pool.stop(*call, Stop.kill(Why.CANCELLED))
    second = crew.finish(call)

    assert (first.outcome, first.signal) == (second.outcome, second.signal) == (Outcome.CANCELLED, 9)


def test_the_whole_tree_is_stopped_however_far_it_daemonised(hire: Hire, tmp_path: Path) -> None:
    """P16, P17, fault 18: sessions of their own, parents that are gone, closed descriptors."""
    text = f"""
    (setsid sh -c 'setsid sleep 301 >/dev/null 2>&1 & echo $! > {tmp_path}/far') >/dev/null 2>&1 &
    sleep 302 & echo $! > {tmp_path}/near
    wait; sleep 60
    """
    crew = hire(shell(text))
    key, _ = crew.start("sh")
    marks = [tmp_path / "far", tmp_path / "near"]
    crew.until(lambda: all(mark.exists() and mark.read_text().strip() for mark in marks))
    pids = [int(mark.read_text()) for mark in marks]
    assert all(map(is_alive, pids))

    crew.pool.stop(*key, Stop.terminate(TERM, 0.2, Why.TIMEOUT))

    assert crew.finish(key).outcome is Outcome.TIMEOUT
    assert not any(map(is_alive, pids))


def test_a_stop_of_an_attempt_that_is_over_meets_nobody(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("nothing"), python("wait_and_mark", "path", "mark"))
    over = crew.submit("nothing")
    crew.finish(over)
    other, _ = begin(crew, "wait_and_mark", tmp_path / "mark", path=str(tmp_path / "go"))

    assert crew.pool.stop(*over, Stop.kill(Why.CANCELLED)) is Stopped.UNKNOWN
    assert crew.pool.stop(other[0], other[1] + 1, Stop.kill(Why.CANCELLED)) is Stopped.UNKNOWN
    (tmp_path / "go").touch()

    assert crew.finish(other).outcome is Outcome.SUCCEEDED


def test_a_stop_of_what_has_not_begun_waits_for_its_beginning(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("wait_and_mark", "path", "mark"), python("sleep_soft", "mark"))
    first, _ = begin(crew, "wait_and_mark", tmp_path / "mark", path=str(tmp_path / "go"))
    second = crew.submit("sleep_soft", {"mark": str(tmp_path / "other")})

    assert crew.pool.stop(*second, Stop.terminate(TERM, 1.0, Why.CANCELLED)) is Stopped.LATER
    (tmp_path / "go").touch()

    assert crew.finish(first).outcome is Outcome.SUCCEEDED
    assert crew.finish(second).outcome is Outcome.CANCELLED


@pytest.mark.parametrize(
    "stop",
    [Stop.soft(), Stop.terminate(TERM, 0.0, Why.TIMEOUT), Stop.kill(Why.CANCELLED)],
    ids=lambda stop: stop.how.name,
)
def test_a_stop_that_comes_late_meets_another_attempt_and_does_nothing(hire: Hire, tmp_path: Path, stop: Stop) -> None:
    """The parent has not heard yet that the first has ended and that the slot runs the second."""
    crew = hire(python("wait_and_mark", "path", "mark"))
    first, _ = begin(crew, "wait_and_mark", tmp_path / "1", path=str(tmp_path / "go1"))
    second = crew.submit("wait_and_mark", {"path": str(tmp_path / "go2"), "mark": str(tmp_path / "2")})
    (tmp_path / "go1").touch()
    eventually((tmp_path / "2").exists)

    assert crew.pool.stop(*first, stop) is Stopped.TOLD
    crew.pump(0.2)
    (tmp_path / "go2").touch()

    assert crew.finish(first).outcome is Outcome.SUCCEEDED
    assert crew.finish(second).outcome is Outcome.SUCCEEDED
    assert crew.of(SlotDied) == []


@pytest.mark.parametrize("task", ["nothing", "true"])
def test_a_soft_limit_that_comes_late_hits_nobody_else(hire: Hire, task: str) -> None:
    """Stops are fired at short attempts at random moments; only the one aimed at may ever be hit."""
    dice = random.Random(20260)
    crew = hire(python("nothing"), shell("true", name="true"))
    crew.run(task)
    aimed: set[Key] = set()
    keys = []
    for _ in range(1000 if task == "nothing" else 250):
        keys += [crew.submit(task), crew.submit(task)]
        for _ in range(dice.randrange(3)):
            crew.pump(0.001)
        key = dice.choice(keys[-4:])
        if crew.pool.stop(*key, Stop.soft()) is not Stopped.UNKNOWN:
            aimed.add(key)
    crew.until(lambda: len(crew.ended) == len(keys) + 1, within=60)

    hit = {key for key, ended in crew.ended.items() if ended.outcome is not Outcome.SUCCEEDED}
    assert aimed
    assert hit <= aimed
    assert {crew.ended[key].outcome for key in hit} <= {Outcome.TIMEOUT}
    assert crew.of(SlotDied) == []


def test_a_signal_for_another_attempt_does_nothing(hire: Hire, tmp_path: Path) -> None:
    """The signal alone, without a request in the row, or with one for an attempt that is over."""
    crew = hire(python("soft", "mark"), python("wait_and_mark", "path", "mark"))
    first, started = begin(crew, "soft", tmp_path / "1")
    crew.pool.stop(*first, Stop.soft())
    crew.finish(first)
    second, _ = begin(crew, "wait_and_mark", tmp_path / "2", path=str(tmp_path / "go"))

    for _ in range(100):
        os.kill(started.pid, STOP_SIGNAL)
    (tmp_path / "go").touch()

    assert crew.finish(second).outcome is Outcome.SUCCEEDED


def test_the_innocent_successor_of_a_killed_attempt_is_given_back(hire: Hire, tmp_path: Path) -> None:
    """The slot is killed for one attempt and had just begun the next: that one is released, not crashed."""
    crew = hire(python("sleep_soft", "mark"))
    key, started = begin(crew, "sleep_soft", tmp_path / "1")
    generation = crew.pool._generation
    assert generation is not None
    generation.slots[started.slot].killed = True  # as after the decision to kill it for an earlier attempt

    os.kill(started.pid, signal.SIGKILL)
    ended = crew.finish(key)

    assert (ended.outcome, ended.reason) == (Outcome.CANCELLED, Reason.STOPPED)
    assert crew.until(lambda: crew.of(SlotDied))[0].running is None


def test_live_output_stops_with_the_attempt(hire: Hire, tmp_path: Path) -> None:
    crew = hire(shell("yes", result="discard"), python("nothing"))
    key, _ = crew.start("sh")
    crew.until(lambda: crew.of(Output))

    crew.pool.stop(*key, Stop.terminate(TERM, 1.0, Why.CANCELLED))
    crew.finish(key)
    heard = len(crew.of(Output))
    crew.run("nothing")

    assert len(crew.of(Output)) == heard
