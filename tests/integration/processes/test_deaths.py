"""Deaths of slots, template and parent: nothing is lost, nothing is left. Faults 1, 2 and 85."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qctl.engine.processes import tree
from qctl.engine.processes.events import CannotFork, Ready, SlotDied, Started, TemplateDied
from qctl.engine.processes.frames import Frame
from qctl.model.call import Call
from qctl.model.state import Outcome
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import python, shell, value
from tests.support import children, eventually
from tests.support.processes import is_alive

ROOT = Path(__file__).parents[3]


def test_a_killed_slot_is_reported_at_once_and_replaced(hire: Hire, tmp_path: Path) -> None:
    """Fault 1: others are untouched."""
    crew = hire(python("sleep_soft", "mark"), python("wait_and_mark", "path", "mark"), slots=2)
    victim, started = crew.start("sleep_soft", {"mark": str(tmp_path / "1")})
    other, _ = crew.start("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "2")})

    os.kill(started.pid, signal.SIGKILL)
    died = crew.told(SlotDied)
    (tmp_path / "go").touch()

    assert (died.running, died.signal, died.pid) == (victim, 9, started.pid)
    assert crew.finish(other).outcome is Outcome.SUCCEEDED


def test_what_a_dead_slot_was_running_dies_with_it(hire: Hire, tmp_path: Path) -> None:
    """Fault 18: the shell job of a killed slot, in whatever session."""
    crew = hire(shell(f"(setsid sleep 305 & echo $! > {tmp_path}/far); sleep 306 & echo $! > {tmp_path}/near; wait"))
    _, started = crew.start("sh")
    marks = [tmp_path / "far", tmp_path / "near"]
    crew.until(lambda: all(mark.exists() and mark.read_text().strip() for mark in marks))
    pids = [int(mark.read_text()) for mark in marks]

    os.kill(started.pid, signal.SIGKILL)
    crew.until(lambda: crew.of(SlotDied))

    assert not any(map(is_alive, pids))


def test_a_slot_killed_at_any_moment_loses_no_frame(hire: Hire) -> None:
    """A thousand kills at random moments: each frame ends, crashes after its start, or is run by somebody else."""
    dice = random.Random(5)
    crew = hire(python("nothing"), python("say", "text"), slots=2)
    crew.ready()
    dispatched = set()
    killed = 0
    deadline = time.monotonic() + 60
    while killed < 1000 and time.monotonic() < deadline:
        for _ in range(dice.randrange(1, 5)):
            talks = dice.random() < 0.2
            dispatched.add(crew.submit("say", {"text": "x"}) if talks else crew.submit("nothing"))
        generation = crew.pool._generation
        assert generation is not None
        if generation.slots:
            slot = dice.choice(list(generation.slots.values()))
            if dice.random() < 0.5:
                crew.pump(dice.random() * 0.002)
            slot.signal(signal.SIGKILL)
            killed += 1
        crew.pump(0.0)

    def over() -> bool:
        crashed = {died.running for died in crew.of(SlotDied) if died.running}
        return dispatched == crew.ended.keys() | crashed

    crew.until(over, within=20)
    crashed = [died.running for died in crew.of(SlotDied) if died.running]
    assert crew.ended.keys().isdisjoint(crashed)
    assert len(crashed) == len(set(crashed))
    begun = [(started.id, started.fence) for started in crew.of(Started)]
    assert len(begun) == len(set(begun)), "a frame was begun twice"
    assert set(begun) == dispatched
    assert killed == 1000
    assert not crew.of(TemplateDied)


def test_a_frame_in_the_hands_of_a_stopped_slot_is_not_given_to_another(hire: Hire) -> None:
    """SIGSTOP of one slot, death of the other: no frame is begun twice, none is lost."""
    crew = hire(python("nothing"), slots=2)
    crew.until(lambda: len(crew.pool._generation.slots) == 2 if crew.pool._generation else False)
    generation = crew.pool._generation
    assert generation is not None
    stopped, dies = generation.slots.values()

    stopped.signal(signal.SIGSTOP)
    keys = [crew.submit("nothing") for _ in range(20)]
    dies.signal(signal.SIGKILL)

    def left() -> int:
        crashed = {died.running for died in crew.of(SlotDied) if died.running}
        return len(keys) - len(crew.ended) - len(crashed)

    crew.until(lambda: left() <= 1)  # the stopped slot may hold one
    stopped.signal(signal.SIGCONT)
    crew.until(lambda: left() == 0)

    begun = [(started.id, started.fence) for started in crew.of(Started)]
    assert sorted(begun) == sorted(keys)


def test_frames_that_nobody_has_begun_are_read_back(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("wait_and_mark", "path", "mark"), python("nothing"))
    first, _ = crew.start("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "mark")})
    waiting = [crew.submit("nothing") for _ in range(5)]

    back = crew.pool.read_back()
    (tmp_path / "go").touch()

    assert [frame.key for frame in back] == waiting
    assert crew.finish(first).outcome is Outcome.SUCCEEDED
    assert crew.ended.keys() == {first}


def test_a_full_socket_leaves_the_frame_with_the_caller(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("wait_and_mark", "path", "mark"), python("echo", "value"))
    first, _ = crew.start("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "mark")})
    body = Call(task="echo", params={"value": "x" * 50_000}, hash="0" * 12).encode()
    sent = 0
    while crew.pool.dispatch([Frame(f"f{sent}", 1, 1, body, "default")]):
        sent += 1
        assert sent < 10_000

    assert len(crew.pool.read_back()) == sent
    (tmp_path / "go").touch()
    assert crew.finish(first).outcome is Outcome.SUCCEEDED


def test_the_death_of_the_template_is_survived_and_leaves_nothing(hire: Hire, tmp_path: Path) -> None:
    crew = hire(
        shell(f"(setsid sleep 307 & echo $! > {tmp_path}/far); sleep 308 & echo $! > {tmp_path}/near; wait"),
        python("nothing"),
        slots=1,
    )
    running, _ = crew.start("sh")
    marks = [tmp_path / "far", tmp_path / "near"]
    crew.until(lambda: all(mark.exists() and mark.read_text().strip() for mark in marks))
    pids = [int(mark.read_text()) for mark in marks]
    waiting = crew.submit("nothing")
    first = crew.template

    os.kill(first, signal.SIGKILL)
    crew.told(TemplateDied)

    assert [died.running for died in crew.of(SlotDied)] == [running]
    crew.until(lambda: not any(map(is_alive, pids)))
    assert crew.finish(waiting).outcome is Outcome.SUCCEEDED  # it had not begun, and goes to the new slots
    crew.until(lambda: len(crew.of(Ready)) == 2)  # said after the slots are forked, one of which was quicker
    assert crew.template != first


@pytest.mark.parametrize("lacks", [errno.EAGAIN, errno.EMFILE])
def test_a_template_that_cannot_be_forked_is_tried_again_until_it_can(
    hire: Hire, monkeypatch: pytest.MonkeyPatch, lacks: int
) -> None:
    """Fault 20: at the worker's start, at a reload, and when one has died. Nothing stays open of one that never was."""
    crew = hire(python("echo", "value"))
    crew.run("echo", {"value": 0})
    template, fork, before = crew.template, os.fork, len(os.listdir("/proc/self/fd"))
    refused: list[float] = []

    def refuse() -> int:
        if len(refused) == 2:
            return fork()
        refused.append(time.monotonic())
        raise OSError(lacks, os.strerror(lacks))

    monkeypatch.setattr(os, "fork", refuse)
    os.kill(template, signal.SIGKILL)
    crew.until(lambda: crew.of(TemplateDied))

    assert value(crew.run("echo", {"value": 1})) == b"1"
    assert {event.slot for event in crew.of(CannotFork)} == {None}
    assert os.strerror(lacks) in crew.of(CannotFork)[0].reason
    assert refused[1] - refused[0] > 0.45
    assert len(os.listdir("/proc/self/fd")) == before


def test_two_pools_of_one_worker_leave_each_other_alone(hire: Hire, tmp_path: Path) -> None:
    """As at a reload: the old one runs out beside the new one."""
    old, new = hire(python("wait_and_mark", "path", "mark")), hire(python("nothing"))
    key, _ = old.start("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "mark")})

    assert new.run("nothing").outcome is Outcome.SUCCEEDED
    os.kill(new.template, signal.SIGKILL)
    new.until(lambda: new.of(TemplateDied))
    assert new.run("nothing").outcome is Outcome.SUCCEEDED
    new.pool.close()
    (tmp_path / "go").touch()

    assert old.finish(key).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("words", "processes"),
    [([], 5), (["leaving"], 4), (["deaf"], 2)],
    ids=["amid-its-jobs", "amid-what-a-job-has-left", "amid-one-that-hears-nothing"],
)
@pytest.mark.parametrize("also_template", [False, True])
def test_nothing_outlives_a_killed_parent(
    tmp_path: Path, also_template: bool, words: list[str], processes: int
) -> None:
    """Fault 2: Python jobs, shell jobs, daemons of shell jobs. Even if the template is killed in the same moment."""
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.processes.parent_alone", str(tmp_path), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.stdout.close()
        assert len(pids) == processes
        assert all(map(is_alive, pids))
    finally:
        parent.kill()
    if also_template:
        os.kill(pids[0], signal.SIGKILL)
    parent.wait()

    def all_are_gone() -> bool:
        tree.reap()  # earlier tests have made this process a subreaper: the dead fall to it
        return not any(map(is_alive, pids))

    eventually(all_are_gone, within=60.0)


def test_a_slot_that_has_run_a_command_dies_with_its_template(hire: Hire) -> None:
    """Though its parent does nothing about it."""
    crew = hire(shell("true"))
    crew.run("sh")
    slot = crew.of(Started)[-1].pid

    os.kill(crew.template, signal.SIGKILL)

    eventually(lambda: not is_alive(slot), within=60.0)
    crew.until(lambda: crew.of(TemplateDied))


def test_close_leaves_nothing_and_forgets_its_directory(hire: Hire, tmp_path: Path) -> None:
    crew = hire(shell(f"setsid sleep 309 & echo $! > {tmp_path}/far; wait"), python("deaf", "mark"), slots=2)
    crew.start("sh")
    crew.start("deaf", {"mark": str(tmp_path / "mark")})
    crew.until((tmp_path / "mark").exists)
    crew.until(lambda: (tmp_path / "far").exists() and (tmp_path / "far").read_text().strip())
    far = int((tmp_path / "far").read_text())
    template, before = crew.template, {child.pid for child in children()}

    crew.pool.close()

    assert not is_alive(far)
    assert before - {child.pid for child in children()} == {template}
    assert list((tmp_path / "0" / "run").iterdir()) == []
