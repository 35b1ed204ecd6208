"""A process that has opened all that it may: what its job has printed and come to arrives nevertheless (fault 21)."""

from __future__ import annotations

import json
import math
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from qctl.engine.processes import kernel, packets, pool
from qctl.engine.processes.events import Asked, Event, SlotDied, TemplateDied
from qctl.engine.processes.generation import Generation
from qctl.engine.processes.nest import Nest
from qctl.engine.processes.pool import Stop
from qctl.engine.processes.table import How, Table, Why
from qctl.model.state import Outcome
from qctl.model.task import Param
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import Crew, log, python, value
from tests.support.descriptors import none_left, open_descriptors, opened_since
from tests.support.processes import is_alive

LARGE = 5 * packets.INLINE
LINES = 30_000


@pytest.fixture(autouse=True)
def few() -> Iterator[None]:
    """What is started may open no more than some hundred files."""
    with none_left(len(open_descriptors()) + 200):
        yield


@pytest.mark.parametrize("options", [{}, {"limits": {"files": 20}}], ids=["in its slot", "in a process of its own"])
def test_a_job_that_keeps_every_descriptor_open_is_done_once_and_loses_nothing(
    hire: Hire, tmp_path: Path, options: dict[str, Any]
) -> None:
    crew = hire(python("opens_all_it_may", "mark", "size", "lines", module="hard_ends", output_max=1 << 20, **options))
    mark = tmp_path / "mark"

    ended = crew.run("opens_all_it_may", {"mark": str(mark), "size": LARGE, "lines": LINES})

    assert ended.outcome is Outcome.SUCCEEDED
    assert value(ended) == b'"%s"' % (b"x" * LARGE)
    assert log(ended).text().count(b"\n") == LINES
    assert not crew.of(SlotDied)
    assert mark.read_text() == "ran\n"


def test_a_slot_that_dies_in_the_midst_of_a_large_value_leaves_no_half_of_it(
    hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 1: its job has crashed, and what comes of the next one there is its own."""
    monkeypatch.setattr(pool, "_AT_ONCE", 1)
    crew = hire(python("large", "size"))
    crew.ready()
    generation, hearing = crew.pool._generation, crew.pool._succession.hearing
    assert generation is not None
    assert hearing is not None

    for _ in range(5):
        key = crew.submit("large", {"size": 4_000_000})
        crew.until(lambda: hearing._parts._come)
        generation.slots[0].signal(signal.SIGKILL)
        assert value(crew.run("large", {"size": LARGE})) == b'"%s"' % (b"x" * LARGE)
        assert [died.running for died in crew.of(SlotDied)][-1] == key


def without_hold(crew: Crew) -> Generation:
    """Have the one slot die and another born while the parent, this process, can open nothing by which to hold it."""
    generation = crew.pool._generation
    assert generation is not None
    with none_left():
        generation.slots[0].signal(signal.SIGKILL)
        crew.until(lambda: 0 in generation.slots and generation.slots[0].pidfd < 0)
        assert math.isfinite(crew.pool.next_due()) == bool(generation.dispatch.kept)
    return generation


def test_a_worker_that_has_no_descriptor_left_at_a_slots_death_loses_no_large_job_and_runs_it_once(
    hire: Hire, tmp_path: Path
) -> None:
    """What lies before the slots cannot be read back by it: the frame that is lost so is sent once more."""
    crew = hire(python("wait_and_mark", "path", "mark"), python("once", "mark", "large", module="hard_ends"))
    mark = tmp_path / "mark"
    first, _ = crew.start("wait_and_mark", {"path": str(tmp_path / "gate"), "mark": str(tmp_path / "first")})
    large = crew.submit("once", {"mark": str(mark), "large": "x" * LARGE})

    without_hold(crew)

    assert crew.finish(large).outcome is Outcome.SUCCEEDED
    assert mark.read_text() == "ran\n"
    assert [died.running for died in crew.of(SlotDied)] == [first]


@pytest.mark.parametrize("stop", [Stop.soft(), Stop.kill(Why.CANCELLED)], ids=["told", "killed"])
def test_a_slot_that_was_born_when_no_descriptor_was_left_is_told_and_killed_like_any_other(
    hire: Hire, tmp_path: Path, stop: Stop
) -> None:
    crew = hire(python("sleep_soft", "mark"), python("nothing"))
    crew.run("nothing")
    without_hold(crew)
    mark = tmp_path / "mark"
    key, _ = crew.start("sleep_soft", {"mark": str(mark)})
    crew.until(mark.exists)

    crew.pool.stop(*key, stop)

    assert crew.finish(key, within=10).outcome is (Outcome.CANCELLED if stop.how is How.KILL else Outcome.TIMEOUT)
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


def test_such_a_slot_is_dead_before_it_is_buried_with_its_template(
    hire: Hire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that does not follow its template by itself."""
    monkeypatch.setattr(kernel, "die_with_parent", lambda signal, parent: True)
    crew = hire(python("sleep_soft", "mark"), python("nothing"))
    crew.run("nothing")
    generation = without_hold(crew)
    mark = tmp_path / "mark"
    key, begun = crew.start("sleep_soft", {"mark": str(mark)})

    alive: list[bool] = []
    bury = crew.pool._succession.bury

    def look_and_bury() -> list[Event]:
        alive.append(is_alive(begun.pid))
        return bury()

    monkeypatch.setattr(crew.pool._succession, "bury", look_and_bury)

    os.kill(generation.pid, signal.SIGKILL)
    crew.until(lambda: crew.of(TemplateDied))

    assert alive == [False]
    assert [died.running for died in crew.of(SlotDied)][-1] == key
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


def test_a_template_that_has_no_descriptor_left_at_a_slots_death_lives_on_and_the_other_job_with_it(
    hire: Hire, tmp_path: Path
) -> None:
    """What the dead slot may have left behind cannot be looked for yet: it is told of when it was."""
    crew = hire(python("wait_and_mark", "path", "mark"), python("nothing"), slots=2)
    key, begun = crew.start("wait_and_mark", {"path": str(tmp_path / "gate"), "mark": str(tmp_path / "mark")})

    crew.lose_idle_slot(busy=begun.pid)
    crew.until(lambda: crew.of(SlotDied))
    (tmp_path / "gate").touch()

    assert crew.finish(key).outcome is Outcome.SUCCEEDED
    assert [died.running for died in crew.of(SlotDied)] == [None]
    assert not crew.of(TemplateDied)
    crew.until(lambda: crew.pool._generation and len(crew.pool._generation.slots) == 2)


def test_a_template_that_has_no_descriptor_left_passes_on_a_large_answer(hire: Hire) -> None:
    crew = hire(python("ask", "request"))
    key = crew.submit("ask", {"request": {"submit": {"task": "other"}}})
    (asked,) = crew.until(lambda: crew.of(Asked))
    reply = {"id": "x" * (2 * packets.INLINE)}

    with none_left(process=crew.template):
        crew.pool.answer(asked.token, reply)
        assert json.loads(value(crew.finish(key))) == reply

    assert not crew.of(TemplateDied)


def test_a_template_that_has_no_descriptor_left_hides_a_large_secret(hire: Hire) -> None:
    secret = "".join(Random(1).choices("abcdefgh", k=packets.INLINE))
    task = replace(python("tell_all", module="leaking"), params=(Param(name="pin", secret=True),))
    crew = hire(task)

    with none_left(process=crew.template):
        kept_apart = json.dumps({"pin": secret}).encode()
        ended = crew.finish(crew.submit("tell_all", secrets=("pin",), kept_apart=kept_apart))

    assert log(ended).text().startswith(b"by print ***\n")
    assert not crew.of(TemplateDied)


@pytest.mark.parametrize("free", range(7))
def test_a_slot_for_which_too_few_descriptors_are_left_keeps_none_of_them(tmp_path: Path, free: int) -> None:
    """Its template tries again and again to have it: of each try nothing may stay."""
    table, before = Table(1), open_descriptors()
    unused = (number for number in count() if number not in before)
    with none_left(next(islice(unused, free, None))), pytest.raises(OSError, match="Too many open files"):
        Nest(0, table.row(0), str(tmp_path / "run"))

    assert not opened_since(before)
