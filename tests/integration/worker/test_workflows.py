"""Workflows on real workers: values from step to step, and what becomes of the rest when one stops or cannot go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl.model.job import Job
from qctl.model.state import Outcome, Reason, State
from qctl.model.workflow.inputs import as_python
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually

CODE = """
from qctl.model.workflow.tree import Chain, Group, Step

def add(x, y=1):
    mark()
    return x + y

def total(numbers):
    mark()
    return sum(numbers)

def echo(value):
    return value

def quits():
    raise current.stop("nothing new")

def becomes(value, what):
    raise current.replace({
        "chain": Chain(elements=(Step(task="add", args=(value,)), Step(task="add"))),
        "group": Group(members=(Step(task="add", args=(1,)), Step(task="add", args=(2,)))),
        "inner": Step(task="becomes", args=(value, "chain")),
        "failing": Step(task="fails"),
    }[what])

def fails():
    mark()
    raise ValueError("no luck")
"""
TASKS = f"""
[tasks.make]
run = "head -c $size /dev/urandom | tee {{record}}.made"
params.size = {{{{ type = "int" }}}}
[tasks.pass]
run = '''{MARK}; cat'''
[tasks.file]
run = 'cat "$QCTL_INPUT"'
[tasks.sum]
run = "sha256sum | cut -c 1-64"
[tasks.none]
run = "true"
[tasks.hushed]
run = "echo hush"
result = "discard"
[tasks.add]
call = "flows:add"
params.x = {{{{ type = "int" }}}}
params.y = {{{{ type = "int", default = 1 }}}}
[tasks.total]
call = "flows:total"
params.numbers = {{{{ type = "json" }}}}
[tasks.echo]
call = "flows:echo"
params.value = {{{{ type = "json" }}}}
[tasks.quits]
call = "flows:quits"
[tasks.becomes]
call = "flows:becomes"
params.value = {{{{ type = "json" }}}}
params.what = {{{{}}}}
[tasks.fails]
call = "flows:fails"
[tasks.twice]
call = "jobs:fails_twice"
retries = 2
backoff = "10ms"
[tasks.slow]
run = '''{MARK}; sleep 60'''
"""


@pytest.fixture
def flows(shop: Workshop) -> Iterator[Workshop]:
    """A workshop with tasks to compose, and a worker."""
    (shop.folder / "flows.py").write_text("from qctl import current\nfrom jobs import mark\n" + CODE)
    shop.declare(TASKS.format(record=shop.record))
    shop.ready_worker(slots=4)
    return shop


def value_of(flows: Workshop, job_id: str) -> Any:
    return as_python(flows.read.value(job_id))


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
    assert not flows.runs()


def test_a_step_that_is_retried_releases_what_follows_once(flows: Workshop) -> None:  # C26
    job = ended(flows, "twice | pass")

    assert value_of(flows, job.id) == '"at last"'
    assert flows.runs() == {f"{job.id}.1": 3, f"{job.id}.2": 1}


def test_a_cancelled_workflow_stops_what_runs_and_starts_nothing_more(flows: Workshop) -> None:
    workflow = flows.compose("slow | pass")
    flows.running(f"{workflow}.1")

    flows.store.do(flows.store.verbs.cancel([workflow], {"by": "me"}))

    job = flows.ended(workflow)
    assert job.outcome is Outcome.CANCELLED
    assert [flows.read.job(f"{workflow}.{n}").outcome for n in (1, 2)] == [Outcome.CANCELLED] * 2
    assert f"{workflow}.2" not in flows.runs()


def test_what_a_step_receives_is_fetched_again_for_each_attempt_and_gone_with_its_workflow(flows: Workshop) -> None:
    workflow = flows.compose("add(x=1) | slow")
    second = f"{workflow}.2"
    flows.running(second)
    flows.workers[0].process.kill()
    flows.redis("DEL", flows.store.verbs.keys.nodes(workflow))

    flows.ready_worker()

    eventually(lambda: flows.read.job(second).state is State.ENDED, 15)
    job = flows.read.job(second)
    assert (job.outcome, job.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
    assert job.last is not None
    assert "is gone" in (job.last.error_message or "")
