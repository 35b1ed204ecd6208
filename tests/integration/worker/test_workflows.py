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
        "slow": Step(task="slow"),
    }[what])

def submits(what):
    import pathlib
    from qctl.client.inside import InnerClient
    from qctl.config import load
    from qctl.config.options import PIPELINE, Request
    from qctl.model.workflow.expression import parse
    client = InnerClient(current.run_dir, load(str(pathlib.Path(os.environ["RECORD"]).parent / "tasks.toml")))
    (receipt,) = client.submit([Request(task=PIPELINE, tree=parse(what))])
    return receipt.id

def grows(by, then=None):
    mark()
    current.extend_group(*[Step(task="add", args=(n,), takes_input=False) for n in range(by)])
    return 100

def grows_by_a_chord():
    two = Group(members=(Step(task="add", args=(1,)), Step(task="add", args=(2,))))
    current.extend_group(Chain(elements=(two, Step(task="total"))))
    return 100

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
[tasks.submits]
call = "flows:submits"
params.what = {{{{}}}}
[tasks.grows]
call = "flows:grows"
params.by = {{{{ type = "int" }}}}
[tasks.grows-by-a-chord]
call = "flows:grows_by_a_chord"
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
    (shop.folder / "flows.py").write_text("import os\nfrom qctl import current\nfrom jobs import mark\n" + CODE)
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


def test_a_replaced_job_that_is_cancelled_stops_its_replacement(flows: Workshop) -> None:
    code = flows.folder / "flows.py"
    assert code.exists()
    job = flows.submit("becomes", Kind.CALL, params={"value": 1, "what": "slow"})
    eventually(lambda: len(flows.runs()) == 1, 10)

    flows.store.do(flows.store.verbs.cancel([job], {"by": "me"}))

    assert flows.ended(job).outcome is Outcome.CANCELLED
    assert {flows.ended(id_).outcome for id_ in flows.runs()} == {Outcome.CANCELLED}


def test_members_that_a_running_member_adds_are_waited_for_in_order(flows: Workshop) -> None:  # C75, rule 9
    job = ended(flows, "[add(x=1), grows(by=3)] | echo")
    nested = ended(flows, "[grows-by-a-chord, add(x=1)] | echo")

    assert value_of(flows, job.id) == [2, 100, 1, 2, 3]
    assert value_of(flows, nested.id) == [100, 2, 5]
    assert set(flows.runs().values()) == {1}


def test_who_is_within_no_group_has_none_to_add_to(flows: Workshop) -> None:
    alone = flows.ended(flows.submit("grows", Kind.CALL, params={"by": 1}))
    in_chain = flows.ended(f"{ended(flows, 'grows(by=1) | echo').id}.1")

    assert alone.last is not None
    assert alone.last.error_message == "this job is no step of a workflow, and within no group"
    assert in_chain.last is not None
    assert in_chain.last.error_message == "there is no group to add to: this job is within none"
