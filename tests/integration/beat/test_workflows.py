"""Workflows of tasks.toml that a beat starts: one run of a schedule is the whole of it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from qctl.config import catalog_digest, load
from qctl.config.catalog_lines import catalog
from qctl.config.declared import Declared, with_declared
from qctl.engine.beat.told_tasks import LOOK
from qctl.model.call import Kind
from qctl.model.state import Outcome, State
from qctl.model.submission import Submission
from qctl.store import Command
from qctl.store.workflow_verbs import WorkflowVerbs
from tests.integration.beat.desk import Desk
from tests.support.store_seed import SeedWorker
from tests.support.workflow_seed import Crew

NIGHTLY = """
[qctl]
timezone = "UTC"
[tasks.dump]
run = "dump"
params.db = {}
[tasks.pack]
run = "pack"
[workflows.w]
pipeline = "dump(db={db}) | [pack, pack]"
params.db = {}
schedule = { cron = "* * * * *", with = { db = "main" } }
"""


def crew(desk: Desk) -> Crew:
    return Crew(SeedWorker(desk.store).register())


def test_a_schedule_starts_its_workflow_with_its_parameters(desk: Desk) -> None:
    desk.write(NIGHTLY)
    desk.start()

    desk.at("2026-03-01 12:01:00")

    (job,) = desk.jobs("w")
    call = job.call
    assert (call.task, call.kind, call.params, call.schedule) == ("w", Kind.WORKFLOW, {"db": "main"}, "w")
    assert (job.state, call.key) == (State.RUNNING, "w@2026-03-01T12:01:00.000Z")
    (claim,) = SeedWorker(desk.store).register().claim(10)
    assert claim.id == f"{job.id}.1"
    assert b'"params":{"db":"main"}' in claim.body


def test_it_is_active_until_its_last_step_has_ended_and_the_next_instant_is_skipped(desk: Desk) -> None:
    """O5: overlap."""
    desk.write(NIGHTLY)
    desk.start()
    desk.at("2026-03-01 12:01:00")
    working = crew(desk)
    working.end("1")
    working.end("2")

    desk.at("2026-03-01 12:02:00")
    working.end("3")
    desk.at("2026-03-01 12:03:00")

    assert desk.rows("w") == ["03-01 12:01 fired", "03-01 12:02 skipped:overlap", "03-01 12:03 fired"]
    first, second = desk.jobs("w")
    assert (first.outcome, second.state) == (Outcome.SUCCEEDED, State.RUNNING)


MODULES = """
[qctl]
timezone = "UTC"
modules = ["ops"]
[workflows.w]
pipeline = "ops.fetch(url=x) | ops.fetch"
schedule = "* * * * *"
"""


def tell(desk: Desk, worker: str, **options: object) -> None:
    """A worker that has imported `ops`, in which this task is declared so."""
    values = {"call": "ops:fetch", "params": {"url": {"type": "str"}}, **options}
    config = with_declared(load(str(desk.file)), [Declared(name="ops.fetch", values=values, file="ops.py")]).config
    about = {"label": worker, "catalog": catalog_digest(config)}
    desk.order(desk.store.verbs.register(worker, about, {}, catalog(config)))


def test_a_beat_that_imports_nothing_learns_of_workers_how_a_step_is_queued(desk: Desk) -> None:
    """As `qctl run` by name does: what the decorator says holds, and what changes is seen."""
    desk.write(MODULES)
    tell(desk, "w1", queue="high", priority=9)
    beat = desk.start()

    desk.at("2026-03-01 12:01:00")
    (first,) = desk.jobs("w")
    step = desk.read.job(f"{first.id}.1")
    assert (step.queue, step.priority) == ("high", 9)

    desk.order(desk.store.verbs.cancel([first.id], {}))
    tell(desk, "w1", queue="low", priority=1)
    beat.wait(LOOK)
    desk.at("2026-03-01 12:02:00")
    step = desk.read.job(f"{desk.jobs('w')[-1].id}.1")
    assert (step.queue, step.priority) == ("low", 1)


def test_without_a_worker_to_ask_a_beat_fires_a_workflow_of_modules_all_the_same(desk: Desk) -> None:
    desk.write(MODULES)
    desk.start()

    desk.at("2026-03-01 12:01:00")

    (job,) = desk.jobs("w")
    assert desk.read.job(f"{job.id}.1").queue == "default"


def test_one_of_more_steps_than_a_call_takes_is_sent_in_parts(desk: Desk) -> None:
    names = ", ".join(f'"n{number}"' for number in range(1200))
    long = f"pipeline = 'dump(db=each([{names}])) | pack'"
    desk.write(NIGHTLY.replace('pipeline = "dump(db={db}) | [pack, pack]"', long))
    desk.start()

    desk.at("2026-03-01 12:01:00")

    assert desk.rows("w") == ["03-01 12:01 fired"]
    (job,) = desk.jobs("w")
    found = desk.read.workflow(job.id)
    assert found is not None
    assert len(found.nodes) == 1202


def test_one_whose_parts_are_gone_by_the_firing_is_sent_once_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no full queue: the instant is not lost."""
    names = ", ".join(f'"n{number}"' for number in range(600))
    long = f"pipeline = 'dump(db=each([{names}])) | pack'"
    desk.write(NIGHTLY.replace('pipeline = "dump(db={db}) | [pack, pack]"', long))
    desk.start()
    uploads, calls = WorkflowVerbs.uploads, [0]

    def forgetful(verbs: WorkflowVerbs, submissions: Iterable[Submission]) -> list[Command[int]]:
        found = uploads(verbs, submissions)
        calls[0] += bool(found)
        return [] if calls[0] == 1 else found

    monkeypatch.setattr(WorkflowVerbs, "uploads", forgetful)
    desk.at("2026-03-01 12:01:00")

    assert calls[0] == 2
    assert desk.rows("w") == ["03-01 12:01 fired"]
    (job,) = desk.jobs("w")
    assert job.state is State.RUNNING


def test_a_step_that_fails_is_the_failure_of_the_schedules_run(desk: Desk) -> None:
    desk.write(NIGHTLY)
    desk.start()
    desk.at("2026-03-01 12:01:00")

    crew(desk).fail("1")

    assert [job.outcome for job in desk.jobs("w")] == [Outcome.FAILED]
    assert desk.state("w").active == ()


def test_to_replace_the_last_run_every_step_of_it_is_cancelled(desk: Desk) -> None:
    desk.write(NIGHTLY.replace("with = {", "overlap = 'replace', with = {"))
    desk.start()
    desk.at("2026-03-01 12:01:00")

    desk.at("2026-03-01 12:02:00")

    first, second = desk.jobs("w")
    assert (first.outcome, second.state) == (Outcome.CANCELLED, State.RUNNING)
    assert {job.outcome for job in map(desk.read.job, (f"{first.id}.1", f"{first.id}.2"))} == {Outcome.CANCELLED}


def test_with_a_broken_step_its_schedule_stays_and_says_why(desk: Desk) -> None:
    """R6."""
    desk.write(NIGHTLY)
    beat = desk.start()
    desk.write(NIGHTLY.replace("[tasks.pack]", "[tasks.peck]"))

    beat.take_up()
    desk.at("2026-03-01 12:01:00")

    assert desk.rows("w") == ["03-01 12:01 skipped:broken"]
    assert "workflow `w` has a step `pack`, which is not declared" in desk.schedules.ledger("w", 1)[0].note


def test_a_workflow_that_is_not_declared_any_more_takes_its_schedule_with_it(desk: Desk) -> None:
    """R2."""
    desk.write(NIGHTLY)
    beat = desk.start()
    desk.write(NIGHTLY.partition("[workflows.w]")[0])

    beat.take_up()

    assert desk.schedules.names() == []
