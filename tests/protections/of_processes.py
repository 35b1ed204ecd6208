"""Scenes of processes that outlive who started them, and of stops that hit the wrong attempt."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from unittest import mock

from qctl.engine.processes import tree
from qctl.engine.processes.acceptance import Acceptance
from qctl.engine.processes.events import SlotDied
from qctl.engine.processes.pool import Stop, Stopped
from qctl.engine.processes.reports import Kind
from qctl.engine.processes.table import Why
from qctl.model.state import Outcome
from tests.integration.processes.crew import Crew, Key, python, shell
from tests.protections.stage import Stage, scene
from tests.support import eventually
from tests.support.command_line import SOURCE
from tests.support.mutations.launching import altered
from tests.support.processes import is_alive
from tests.unit.test_engine_callers import Desk


@scene("die-with-parent")
def parent_and_template_are_killed_in_the_same_moment(stage: Stage) -> Iterator[str]:
    """Fault 2: nobody is left who could tell the slots."""
    words = [*altered(stage.without)[:-1], "--program", "tests.integration.processes.parent_alone", "--"]
    parent = subprocess.Popen([sys.executable, *words, stage.folder], cwd=SOURCE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    parent.stdout.close()
    assert len(pids) == 5
    assert all(map(is_alive, pids))
    os.kill(parent.pid, signal.SIGSTOP)  # so that it sees nothing of the template's end
    os.kill(pids[0], signal.SIGKILL)
    parent.kill()
    parent.wait()

    if left := _still_there(pids, stage.patience):
        yield f"{len(left)} of 5 processes outlive them"
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    _still_there(pids, 60.0)


@scene("subreaper")
def a_job_leaves_a_daemon(stage: Stage) -> Iterator[str]:
    """Fault 18: forked twice, in a session of its own, with nothing of the job's open."""
    mark = stage.folder / "far"
    daemon = f"setsid sh -c 'sleep 313 & echo $! > {mark}' </dev/null >/dev/null 2>&1 &"
    crew = stage.hire(shell(f"{daemon}\nuntil [ -s {mark} ]; do sleep 0.01; done"), python("nothing"))
    crew.run("sh")
    crew.run("nothing")  # begins when the slot is clean
    pid = int(mark.read_text())

    if is_alive(pid):
        yield "it outlives the job"
        os.kill(pid, signal.SIGKILL)


@scene("passed-over")
def a_task_is_told_to_end_while_a_librarys_fork_hook_runs(stage: Stage) -> Iterator[str]:
    mark = stage.folder / "mark"
    crew = stage.hire(python("unhearing", "where", "mark", module="hard_ends"))
    key, _ = crew.start("unhearing", {"where": "hooks", "mark": str(mark)})
    crew.until(mark.exists)
    crew.pool.stop(*key, Stop.terminate(int(signal.SIGTERM), 5.0, Why.CANCELLED))

    if crew.finish(key).signal:
        yield "it is killed, and has cleared nothing away"


@scene("unbegun-stop")
def a_slot_is_stopped_before_it_begins_a_job_that_is_cancelled(stage: Stage) -> Iterator[str]:
    """Fault 10: SIGSTOP when the slot has shown the job, and before it has said that it runs."""
    may_begin = Acceptance.may_begin

    def stop_first(acceptance: Acceptance, serial: int, epoch: int) -> bool:
        if may := may_begin(acceptance, serial, epoch):
            os.kill(os.getpid(), signal.SIGSTOP)
        return may

    with mock.patch.object(Acceptance, "may_begin", stop_first):
        crew = stage.hire(python("nothing"))
        key = crew.submit("nothing")
        generation = crew.pool._generation
        assert generation is not None
        crew.until(lambda: generation.table.row(0).current)
    crew.pool.stop(*key, Stop.terminate(int(signal.SIGTERM), 0.1, Why.CANCELLED))
    until = time.monotonic() + stage.patience
    crew.until(lambda: crew.of(SlotDied) or time.monotonic() > until)

    if not crew.of(SlotDied):
        yield "nobody ends it"


def _two_in_a_row(stage: Stage) -> tuple[Crew, Key, Key, Path]:
    """The first attempt is over and the second runs in its slot; the parent has heard of neither."""
    crew = stage.hire(python("wait_and_mark", "path", "mark"))
    first, go = _waits(crew, stage.folder, 1)
    second, go_on = _waits(crew, stage.folder, 2)
    crew.until(lambda: (stage.folder / "mark1").exists() and _is_known_to_run(crew, first))
    go.touch()
    eventually((stage.folder / "mark2").exists)
    return crew, first, second, go_on


def _is_known_to_run(crew: Crew, key: Key) -> bool:
    generation = crew.pool._generation
    return generation is not None and any(begun.frame.key == key for begun in generation.dispatch.begun.values())


def _waits(crew: Crew, folder: Path, number: int) -> tuple[Key, Path]:
    go = folder / f"go{number}"
    return crew.submit("wait_and_mark", {"path": str(go), "mark": str(folder / f"mark{number}")}), go


@scene("aim")
def a_soft_stop_comes_late(stage: Stage) -> Iterator[str]:
    """Faults 10 and 16."""
    crew, first, second, go_on = _two_in_a_row(stage)
    crew.pool.stop(*first, Stop.soft())
    crew.pump(0.2)
    go_on.touch()

    if crew.finish(second).outcome is not Outcome.SUCCEEDED:
        yield "it hit the next job of the slot"


@scene("aim-of-kill")
def a_kill_comes_late(stage: Stage) -> Iterator[str]:
    """Faults 10 and 16: the report of the end is on its way, and the parent has not read it."""
    crew, first, second, go_on = _two_in_a_row(stage)
    pool = crew.pool
    pool.stop(*first, Stop.kill(Why.CANCELLED))
    generation, hearing = pool._generation, pool._succession.hearing
    assert generation is not None
    assert hearing is not None
    pool._enforce(generation, hearing, time.monotonic())
    crew.pump(0.2)
    go_on.touch()

    if crew.finish(second).outcome is not Outcome.SUCCEEDED or crew.of(SlotDied):
        yield "the next job of the slot was killed"


@scene("fence-of-stop")
def an_earlier_attempt_of_a_job_that_runs_is_to_be_stopped(stage: Stage) -> Iterator[str]:
    """Fault 9."""
    crew = stage.hire(python("wait_and_mark", "path", "mark"))
    (job, fence), go = _waits(crew, stage.folder, 1)
    crew.until((stage.folder / "mark1").exists)
    if crew.pool.stop(job, fence + 1, Stop.kill(Why.RELEASED)) is not Stopped.UNKNOWN:
        yield "the stop was aimed at another attempt"
    crew.pump(0.1)
    go.touch()

    if crew.finish((job, fence)).outcome is not Outcome.SUCCEEDED:
        yield "that was stopped"


@scene("lost-frames")
def a_slot_dies_with_a_job_in_its_hands(stage: Stage) -> Iterator[str]:
    """Fault 1: it has taken the job and not said that it begins."""
    crew = stage.hire(python("nothing"), slots=1)
    crew.ready()
    generation = crew.pool._generation
    assert generation is not None
    crew.until(lambda: generation.slots)
    (slot,) = generation.slots.values()
    slot.signal(signal.SIGSTOP)
    eventually(lambda: b"State:\tT" in Path(f"/proc/{slot.pid}/status").read_bytes())
    key = crew.submit("nothing")
    taken = generation.dispatch._theirs.recv(1 << 16)  # as if the slot had just read it
    assert taken
    slot.signal(signal.SIGKILL)
    crew.until(lambda: crew.of(SlotDied))
    after = crew.submit("nothing")
    crew.finish(after)

    if key not in crew.ended:
        yield "nobody ever begins it"


def _hand(stage: Stage, slots: int) -> tuple[Crew, Key, Path, Path]:
    """A hand whose first jobs are done and whose fourth one runs; the parent has heard of nothing."""
    crew = stage.hire(
        python("wait_and_mark", "path", "mark"), python("note", "path", module="alike_tasks"), slots=slots
    )
    crew.ready()
    crew.until(lambda: crew.pool._generation is not None and len(crew.pool._generation.slots) == slots)
    noted, mark, go = stage.folder / "noted", stage.folder / "mark", stage.folder / "go"
    note = ("note", {"path": str(noted)})
    wait = ("wait_and_mark", {"path": str(go), "mark": str(mark)})
    keys = crew.submit_together([*[note] * 3, wait, *[note] * 3])
    eventually(mark.exists)
    return crew, keys[3], noted, go


@scene("epoch")
def a_slot_goes_on_whose_hand_was_given_to_others(stage: Stage) -> Iterator[str]:
    """Faults 1 and 10."""
    crew, waits, noted, go = _hand(stage, 1)
    back = crew.pool.read_back()
    go.touch()
    crew.finish(waits)
    crew.run("note", {"path": str(stage.folder / "another")})

    if len(back) != 3 or len(noted.read_text().splitlines()) != 3:
        yield "it begins what is not its own any more"


@scene("ring-of-the-dead")
def a_slot_dies_that_has_ended_more_than_the_parent_has_heard(stage: Stage) -> Iterator[str]:
    """Fault 1."""
    crew, waits, noted, _ = _hand(stage, 1)
    generation = crew.pool._generation
    assert generation is not None
    (pid,) = [int(child) for child in Path(f"/proc/{crew.template}/task/{crew.template}/children").read_text().split()]
    os.kill(pid, signal.SIGKILL)

    def hears_of_the_death_first() -> bool:
        """A bell is passed over: what it rang for stands in the ring."""
        with suppress(BlockingIOError):
            while (first := generation.reports.recv(1, socket.MSG_PEEK)[0]) == Kind.BELL:
                generation.reports.recv(1)
            return first == Kind.DEAD
        return False

    eventually(hears_of_the_death_first)
    crew.until(lambda: crew.of(SlotDied))
    crew.until(lambda: len(crew.ended) == 6)

    if [died.running for died in crew.of(SlotDied)] != [waits] or len(noted.read_text().splitlines()) != 6:
        yield "what it had done is done again"


@scene("relief")
def a_job_turns_out_long(stage: Stage) -> Iterator[str]:
    """The other slot has nothing to do."""
    crew, waits, noted, go = _hand(stage, 2)
    try:
        crew.until(lambda: len(crew.ended) == 6, within=stage.patience)
    except AssertionError:
        yield "those behind it wait for it"
    go.touch()
    crew.finish(waits)
    crew.until(lambda: len(noted.read_text().splitlines()) == 6)


@scene("rest-of-an-answer")
def a_job_is_answered_more_than_its_socket_holds(stage: Stage) -> Iterator[str]:
    desk = Desk(stage.folder)
    with closing(desk), desk.call(b'{"submit": []}\n') as waiting:
        desk.callers.answer(desk.asked[0], {"id": "x" * 1_000_000})
        heard = b""
        while desk.awaited:
            heard += waiting.recv(1_000_000)
            desk.hear()
        heard += waiting.recv(1_000_000)
    if not heard.endswith(b"\n"):
        yield "it waits for the rest"


def _still_there(pids: list[int], patience: float) -> list[int]:
    """Who lives after so many seconds; the dead fall to this process if an earlier test has made it a subreaper."""

    def gone() -> bool:
        tree.reap()
        return not any(map(is_alive, pids))

    try:
        eventually(gone, within=patience)
    except AssertionError:
        return [pid for pid in pids if is_alive(pid)]
    return []
