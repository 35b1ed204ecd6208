"""Workflows on real workers: values from step to step, and what becomes of the rest when one stops or cannot go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl.config.environment import account
from qctl.model.call import Kind
from qctl.model.job import Job
from qctl.model.state import Outcome, Reason
from tests.integration.worker.composed import manned, value_of
from tests.integration.worker.workshop import Workshop
from tests.support import PrivateRedis, eventually


@pytest.fixture(scope="module")
def flows(redis_server: PrivateRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """One worker for all tests that leave it alone."""
    workshop = Workshop(tmp_path_factory.mktemp("flows"), redis_server.url, "flows")
    workshop.redis("FLUSHALL")
    yield manned(workshop)
    workshop.close()


def runs_of(flows: Workshop, workflow: str) -> dict[str, int]:
    """How often each step of a workflow has run."""
    return {id_: count for id_, count in flows.runs().items() if id_.startswith(f"{workflow}.")}


def ended(flows: Workshop, what: Any, **options: Any) -> Job:
    """Submit a workflow and wait for its end."""
    return flows.ended(flows.compose(what, **options))


def test_ten_megabytes_go_from_command_to_command_unchanged(flows: Workshop) -> None:
    job = ended(flows, "make(size=10000000) | pass | file | sum")

    assert job.outcome is Outcome.SUCCEEDED, job
    made = Path(f"{flows.record}.made").read_bytes()
    assert value_of(flows, job.id) == hashlib.sha256(made).hexdigest()
    assert len(made) == 10_000_000


def test_values_go_from_command_to_python_and_back(flows: Workshop) -> None:
    assert value_of(flows, ended(flows, "none | echo").id) is None
    assert value_of(flows, ended(flows, "hushed | echo").id) == "hush"  # C24
    assert value_of(flows, ended(flows, "add(x=1) | add | add(y=10) | pass").id) == "13"  # C01
    assert value_of(flows, ended(flows, "[add(x=1), hushed, none] | echo").id) == [2, "hush", None]
    assert json.loads(value_of(flows, ended(flows, "[add(x=1), hushed, none] | pass").id)) == [2, "hush", None]
    assert value_of(flows, ended(flows, "[add(x=1), [add(x=2), add(x=3)]] | total").id) == 9  # C31


def test_what_is_too_large_to_pass_on_ends_its_step_and_skips_the_next(flows: Workshop) -> None:
    job = ended(flows, "make(size=17000000) | sum")

    first, second = flows.read.job(f"{job.id}.1"), flows.read.job(f"{job.id}.2")
    assert (first.outcome, first.reason) == (Outcome.FAILED, Reason.RESULT_REJECTED)
    assert (second.outcome, second.reason, second.upstream) == (Outcome.SKIPPED, Reason.UPSTREAM_FAILED, first.id)
    assert (job.outcome, job.reason) == (Outcome.FAILED, Reason.RESULT_REJECTED)


def test_more_than_a_step_may_receive_together_ends_it_before_it_begins(flows: Workshop) -> None:
    job = flows.ended(flows.compose("[" + ", ".join(["make(size=14000000)"] * 5) + "] | pass"), within=60)

    last = flows.read.job(f"{job.id}.6")
    assert (last.outcome, last.reason) == (Outcome.FAILED, Reason.RESULT_REJECTED)
    assert last.last is not None
    assert "more than 64 MB together" in (last.last.error_message or "")
    assert last.id not in flows.runs()


def test_a_step_that_stops_skips_what_follows_for_the_same_reason(flows: Workshop) -> None:  # C17, C18
    job = ended(flows, "quits | add | add")

    reasons = [(flows.read.job(f"{job.id}.{n}").outcome, flows.read.job(f"{job.id}.{n}").reason) for n in (1, 2, 3)]
    assert reasons == [(Outcome.SKIPPED, Reason.STOPPED)] * 3
    assert (job.outcome, job.reason) == (Outcome.SKIPPED, Reason.STOPPED)
    assert not runs_of(flows, job.id)


def test_a_step_that_is_retried_releases_what_follows_once(flows: Workshop) -> None:  # C26
    job = ended(flows, "twice | pass")

    assert value_of(flows, job.id) == '"at last"'
    assert runs_of(flows, job.id) == {f"{job.id}.1": 3, f"{job.id}.2": 1}


def test_a_cancelled_workflow_stops_what_runs_and_starts_nothing_more(flows: Workshop) -> None:
    """Fault 71."""
    workflow = flows.compose("slow | pass")
    flows.running(f"{workflow}.1")

    flows.store.do(flows.store.verbs.cancel([workflow], {"by": "me"}))

    job = flows.ended(workflow)
    assert job.outcome is Outcome.CANCELLED
    assert [flows.read.job(f"{workflow}.{n}").outcome for n in (1, 2)] == [Outcome.CANCELLED] * 2
    assert f"{workflow}.2" not in flows.runs()


@pytest.mark.parametrize("members", [2, 700])
def test_a_job_submits_workflows_through_its_worker(flows: Workshop, members: int) -> None:
    what = f"[{', '.join(['add(x=1)'] * members)}] | total"
    asking = flows.submit("submits", Kind.CALL, params={"what": what})

    workflow = value_of(flows, flows.ended(asking).id)

    assert flows.ended(workflow, within=30).outcome is Outcome.SUCCEEDED
    assert value_of(flows, workflow) == 2 * members
    assert flows.read.job(workflow).call.by.split("@")[0] == account().name


def test_a_task_is_replaced_at_any_place_and_what_follows_waits_for_the_replacement(flows: Workshop) -> None:  # C94
    first = ended(flows, "becomes(value:=1, what=chain) | add")
    middle = ended(flows, "add(x=1) | becomes(what=chain) | add")
    last = ended(flows, "add(x=1) | becomes(what=group)")
    member = ended(flows, "[add(x=1), becomes(value:=1, what=group), becomes(value:=5, what=chain)] | echo")

    assert [value_of(flows, job.id) for job in (first, middle, last)] == [4, 5, [2, 3]]
    assert value_of(flows, member.id) == [2, [2, 3], 7]
    replaced = flows.read.job(f"{first.id}.1")
    assert (replaced.outcome, replaced.attempts[0].outcome) == (Outcome.SUCCEEDED, "replaced")


def test_a_replacement_may_be_replaced_and_a_failing_one_fails_its_job(flows: Workshop) -> None:  # C95
    twice = ended(flows, "becomes(value:=1, what=inner) | add")
    failing = ended(flows, "becomes(value:=1, what=failing) | add")

    assert value_of(flows, twice.id) == 4
    assert failing.outcome is Outcome.FAILED
    assert flows.read.job(f"{failing.id}.1").outcome is Outcome.FAILED
    assert flows.read.job(f"{failing.id}.2").outcome is Outcome.SKIPPED


def test_a_job_of_its_own_is_replaced_as_well(flows: Workshop) -> None:
    job = flows.ended(flows.submit("becomes", Kind.CALL, params={"value": 1, "what": "chain"}))

    assert (job.outcome, value_of(flows, job.id)) == (Outcome.SUCCEEDED, 3)


def test_members_that_a_running_member_adds_are_waited_for_in_order(flows: Workshop) -> None:  # C75, rule 9
    job = ended(flows, "[add(x=1), grows(by=3)] | echo")
    nested = ended(flows, "[grows-by-a-chord, add(x=1)] | echo")

    assert value_of(flows, job.id) == [2, 100, 1, 2, 3]
    assert value_of(flows, nested.id) == [100, 2, 5]
    assert set(runs_of(flows, job.id).values()) == {1}


def test_who_is_within_no_group_has_none_to_add_to(flows: Workshop) -> None:
    alone = flows.ended(flows.submit("grows", Kind.CALL, params={"by": 1}))
    in_chain = flows.ended(f"{ended(flows, 'grows(by=1) | echo').id}.1")

    assert alone.last is not None
    assert alone.last.error_message == "this job is no step of a workflow, and within no group"
    assert in_chain.last is not None
    assert in_chain.last.error_message == "there is no group to add to: this job is within none"


def test_what_a_job_tells_of_its_state_is_read_while_it_runs(flows: Workshop) -> None:
    job = flows.submit("tells", Kind.CALL)

    told = eventually(lambda: flows.read.job(job).told, 5)
    running = flows.read.job(job)
    Path(f"{flows.record}.told").touch()

    assert json.loads(told or "") == {"state": "HALFWAY", "meta": {"current": 1, "total": 2}}
    assert running.progress == 0.5
    assert flows.ended(job).outcome is Outcome.SUCCEEDED
