"""Several jobs in one slot's hand: what its death, its stop and a long job among them make of the others. Fault 1."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.processes import packets, pool, reports, rings
from qctl.engine.processes.events import Finished, Progress, SlotDied, Started, TemplateDied
from qctl.engine.processes.pool import Stop, Stopped
from qctl.engine.processes.table import Why
from qctl.model.state import Outcome
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import Crew, Key, python, value
from tests.support import eventually, written
from tests.support.processes import look_at

NOTHING: tuple[str, dict[str, Any]] = ("nothing", {})


def crashed(crew: Crew) -> list[Key]:
    return [died.running for died in crew.of(SlotDied) if died.running]


def living(crew: Crew, slots: int) -> list[int]:
    """The pids of the slots, once all are there."""
    crew.ready()

    def pids() -> list[int]:
        generation = crew.pool._generation
        return [seen.pid for seen in generation.slots.values()] if generation else []

    crew.until(lambda: len(pids()) == slots)
    return pids()


def test_slots_killed_at_any_moment_lose_nothing_of_their_hands(hire: Hire) -> None:
    """Hundreds of kills: of each hand at most one job is charged with a death, the others end, and each but once."""
    dice = random.Random(7)
    crew = hire(python("nothing"), python("say", "text"), python("large", "size"), slots=2)
    crew.ready()
    calls = [NOTHING, NOTHING, NOTHING, ("say", {"text": "x"}), ("large", {"size": 9000}), ("large", {"size": 40_000})]
    dispatched: set[Key] = set()
    killed = 0
    deadline = time.monotonic() + 60
    while killed < 300 and time.monotonic() < deadline:
        hand = dice.choices(calls, k=dice.randrange(1, 30)) if dice.random() < 0.5 else [NOTHING] * 40
        dispatched.update(crew.submit_together(hand))
        if dice.random() < 0.5:
            crew.pump(dice.random() * 0.002)
        generation = crew.pool._generation
        assert generation is not None
        if generation.slots:
            dice.choice(list(generation.slots.values())).signal(signal.SIGKILL)
            killed += 1
        crew.pump(0.0)

    crew.until(lambda: dispatched == crew.ended.keys() | set(crashed(crew)), within=30)
    assert crew.ended.keys().isdisjoint(crashed(crew))
    assert len(crashed(crew)) == len(set(crashed(crew))) <= killed
    assert {ended.outcome for ended in crew.ended.values()} == {Outcome.SUCCEEDED}
    assert not crew.of(TemplateDied)


def test_only_the_running_job_of_a_hand_is_charged_with_its_slots_death(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("note", "path", module="alike_tasks"), python("sleep_soft", "mark"))
    notes = [tmp_path / f"note{number}" for number in range(6)]
    before = [("note", {"path": str(note)}) for note in notes[:3]]
    behind = [("note", {"path": str(note)}) for note in notes[3:]]
    (pid,) = living(crew, 1)
    keys = crew.submit_together([*before, ("sleep_soft", {"mark": str(tmp_path / "mark")}), *behind])
    eventually((tmp_path / "mark").exists)

    os.kill(pid, signal.SIGKILL)
    crew.until(lambda: len(crew.ended) == 6)

    assert crashed(crew) == [keys[3]]
    assert [note.read_text() for note in notes] == ["ran\n"] * 6
    assert {started.pid for started in crew.of(Started) if (started.id, started.fence) in keys[:4]} == {pid}


def test_a_job_that_turns_out_long_does_not_hold_up_those_behind_it(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("wait_and_mark", "path", "mark"), python("note", "path", module="alike_tasks"), slots=2)
    living(crew, 2)
    note = ("note", {"path": str(tmp_path / "note")})
    wait = ("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "mark")})
    first, *others = crew.submit_together([wait, *[note] * 10])

    crew.until(lambda: len(crew.ended) == 10)
    assert first not in crew.ended
    (tmp_path / "go").touch()

    assert crew.finish(first).outcome is Outcome.SUCCEEDED
    assert crew.ended.keys() == {first, *others}
    assert (tmp_path / "note").read_text() == "ran\n" * 10


def test_the_hand_of_a_stopped_slot_goes_to_others_and_each_job_runs_once(hire: Hire, tmp_path: Path) -> None:
    """SIGSTOP, and the death of another slot: what it has begun stays its own, what it has not it will not begin."""
    crew = hire(python("wait_and_mark", "path", "mark"), python("note", "path", module="alike_tasks"), slots=2)
    pids = living(crew, 2)
    note = ("note", {"path": str(tmp_path / "note")})
    wait = ("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "mark")})
    first, *others = crew.submit_together([wait, *[note] * 10])
    stopped = int(written(tmp_path / "mark"))  # the parent has heard of nothing, so the other slot has nothing yet
    (dies,) = set(pids) - {stopped}

    os.kill(stopped, signal.SIGSTOP)
    os.kill(dies, signal.SIGKILL)
    crew.until(lambda: len(crew.ended) == 10)
    (tmp_path / "go").touch()
    os.kill(stopped, signal.SIGCONT)

    assert crew.finish(first).outcome is Outcome.SUCCEEDED
    assert crew.ended.keys() == {first, *others}
    assert crew.run("note", {"path": str(tmp_path / "note")}).outcome is Outcome.SUCCEEDED
    assert (tmp_path / "note").read_text() == "ran\n" * 11


def test_what_is_read_back_of_a_hand_is_not_begun(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("wait_and_mark", "path", "mark"), python("note", "path", module="alike_tasks"))
    living(crew, 1)
    note = ("note", {"path": str(tmp_path / "note")})
    wait = ("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "mark")})
    keys = crew.submit_together([note, wait, note, note])
    eventually((tmp_path / "mark").exists)

    back = crew.pool.read_back()
    (tmp_path / "go").touch()

    assert [frame.key for frame in back] == keys[2:]
    assert crew.finish(keys[1]).outcome is Outcome.SUCCEEDED
    assert crew.run("note", {"path": str(tmp_path / "note")}).outcome is Outcome.SUCCEEDED
    assert crew.ended.keys() >= {*keys[:2]}
    assert crew.ended.keys().isdisjoint(keys[2:])
    assert (tmp_path / "note").read_text() == "ran\n" * 2


def test_a_stop_for_a_job_in_a_hand_meets_it_when_it_begins(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("wait_and_mark", "path", "mark"), python("sleep_soft", "mark"))
    living(crew, 1)
    wait = ("wait_and_mark", {"path": str(tmp_path / "go"), "mark": str(tmp_path / "1")})
    first, second = crew.submit_together([wait, ("sleep_soft", {"mark": str(tmp_path / "2")})])
    eventually((tmp_path / "1").exists)

    assert crew.pool.stop(*second, Stop.terminate(15, 5.0, Why.CANCELLED)) is Stopped.LATER
    (tmp_path / "go").touch()

    assert crew.finish(first).outcome is Outcome.SUCCEEDED
    assert crew.finish(second).outcome is Outcome.CANCELLED


def test_a_stop_meets_a_job_that_could_not_be_read_back_behind_much_that_was_said(
    hire: Hire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is with no slot, and as long as not all was heard, nor back in the parent's hands."""
    crew = hire(python("large", "size"), python("sleep_soft", "mark"))
    (pid,) = living(crew, 1)
    generation = crew.pool._generation
    assert generation is not None
    row = generation.table.row(0)
    monkeypatch.setattr(pool, "_AT_ONCE", 2)
    ended = crew.submit_together([("large", {"size": rings.LARGEST})] * 3)
    eventually(lambda: row.last == generation.dispatch._serial and row.current == 0)
    os.kill(pid, signal.SIGSTOP)
    (key,) = crew.submit_together([("sleep_soft", {"mark": str(tmp_path / "mark")})])

    assert crew.pool.read_back() == []
    assert crew.pool.stop(*key, Stop.terminate(15, 5.0, Why.CANCELLED)) is Stopped.LATER
    os.kill(pid, signal.SIGCONT)

    assert crew.finish(key).outcome is Outcome.CANCELLED
    assert len(crew.ended) == len(ended) + 1


def test_a_stop_for_a_job_that_ended_first_is_not_kept(hire: Hire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is each job that follows looked at for it: what is heard last, before the parent sleeps, counts as well."""
    crew = hire(python("nothing"))
    (pid,) = living(crew, 1)
    looked_in, look = crew.pool, crew.pool._look
    generation = looked_in._generation
    assert generation is not None
    os.kill(pid, signal.SIGSTOP)
    (key,) = crew.submit_together([NOTHING])
    assert looked_in.stop(*key, Stop.terminate(15, 5.0, Why.CANCELLED)) is Stopped.LATER
    ring = generation.table.ring(0)

    def look_before_it_runs(*seen: Any) -> None:
        look(*seen)
        os.kill(pid, signal.SIGCONT)
        eventually(lambda: ring._places[rings.HEAD] != ring._places[rings.TAIL])

    monkeypatch.setattr(looked_in, "_look", look_before_it_runs)
    crew.pump(0.0)

    assert crew.ended[key].outcome is Outcome.SUCCEEDED
    assert not looked_in._later


def test_values_of_any_size_arrive_whole_and_none_twice(hire: Hire) -> None:
    """Small ones by the ring, large ones and those that find it full by the socket."""
    crew = hire(python("large", "size"), slots=2)
    sizes = [size for size in (10, 3000, 16_000, 17_000, 70_000) for _ in range(40)]
    random.Random(3).shuffle(sizes)

    keys = crew.submit_together([("large", {"size": size}) for size in sizes])
    time_out = time.monotonic() + 0.05
    eventually(lambda: time.monotonic() > time_out)  # nobody reads, and the ring fills
    crew.until(lambda: len(crew.ended) == len(keys))

    assert [len(value(crew.ended[key])) for key in keys] == [size + 2 for size in sizes]


def test_a_job_begins_when_the_end_of_the_one_before_it_is_told(hire: Hire) -> None:
    """Where the parent hears nothing for a while, and a slot has to wait for it, no job's limits count from before."""
    crew = hire(python("large", "size"))
    (pid,) = living(crew, 1)
    generation = crew.pool._generation
    assert generation is not None
    row = generation.table.row(0)
    keys = crew.submit_together([("large", {"size": 50_000})] * 200)

    eventually(lambda: row.current and (slot := look_at(pid)) and slot.state == "S")  # what it has to say finds no room
    heard_at = time.monotonic()
    crew.until(lambda: len(crew.ended) == len(keys))

    assert any(finished.at < heard_at for finished in crew.of(Finished))
    assert [finished for finished in crew.of(Finished) if 0.0 < finished.began < heard_at <= finished.at] == []


def test_the_last_word_of_progress_comes_before_the_end(hire: Hire) -> None:
    crew = hire(python("report", "steps"), python("nothing"))
    keys = crew.submit_together([NOTHING, ("report", {"steps": 3}), NOTHING, ("report", {"steps": 1})])
    crew.until(lambda: len(crew.ended) == 4)

    for key in (keys[1], keys[3]):
        of_it = [
            event for event in crew.events if isinstance(event, Started | Progress | Finished) and event.id == key[0]
        ]
        kinds = [type(event) for event in of_it]
        assert kinds[0] is Started
        assert kinds[-1] is Finished
        assert set(kinds[1:-1]) == {Progress}


def test_a_hand_of_short_jobs_costs_its_slot_one_message_and_one_bell(hire: Hire) -> None:
    """However many there are, a slot sends no more than one for each time that the parent has listened."""
    crew = hire(python("nothing"))
    living(crew, 1)
    crew.run("nothing")
    crew.pump(0.0)  # nothing is left to be heard
    generation = crew.pool._generation
    assert generation is not None
    row = generation.table.row(0)
    eventually(lambda: row.current == 0)

    keys = crew.submit_together([NOTHING] * 200)
    eventually(lambda: row.current == 0 and row.last == generation.dispatch._serial)
    eventually(lambda: select.select([generation.reports], [], [], 0)[0])
    heard = packets.receive(generation.reports)

    assert heard is not None
    assert [said.kind for said in reports.records(heard)] == [reports.Kind.BELL]
    assert packets.receive(generation.reports) is None
    crew.until(lambda: crew.ended.keys() >= set(keys))
    assert len(crew.ended) == 201
