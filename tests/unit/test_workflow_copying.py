"""`qctl retry WF --new`: the plan of the copy is the plan of the original, under another id."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qctl.config import Config
from qctl.model.call import Call
from qctl.model.job import Job
from qctl.model.state import State
from qctl.model.workflow.copying import copy_of, secrets_of
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.tree import Chain, Group, Policy, Step
from tests.unit.config_files import Files
from tests.unit.workflow_requests import TASKS, calls_of, planned


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Files(tmp_path).load(TASKS)


def kept(workflow: WorkflowSubmission) -> Job:
    """The workflow's own job, as it is read again."""
    call = replace(Call.decode(workflow.body), key="mine", after=("other",), schedule="s", scheduled_for="then")
    return Job(id=workflow.id, call=call, state=State.ENDED, queue="default", priority=workflow.priority, enqueued_ms=0)


TREE = Chain(
    elements=(
        Step(task="dump", params={"db": "main"}, options={"queue": "slow", "retries": 4}),
        Group(
            members=(Step(task="gzip", tolerant=True), Step(task="pull")), policy=Policy.ANY, max_parallel=1, open=True
        ),
        Step(task="tsum", options={"priority": 1, "countdown": 2.0}, link=(Step(task="sync", takes_input=False),)),
    ),
    link_error=(Step(task="tick", takes_input=False),),
)


def test_a_copy_has_every_node_policy_option_and_link_of_the_original(config: Config) -> None:
    original = planned(TREE, config, priority=8, labels={"a": "b"})
    copied = copy_of(kept(original), original.plan, "v", "ana@db1")
    names = [node.name for node in original.plan.nodes]
    assert [node.name for node in copied.plan.nodes] == names
    for old, new in zip(original.plan.nodes, copied.plan.nodes, strict=True):
        group = None if old.group is None else replace(old.group, open=False)
        assert replace(new, job=None) == replace(old, job=None, group=group)
        if old.job is not None and new.job is not None:
            assert replace(new.job, id="", body=b"") == replace(old.job, id="", body=b"")
            assert new.job.id == f"v.{new.name}"
    before, after = calls_of(original), calls_of(copied)
    assert {call.workflow_id for call in after.values()} == {"v"}
    for name, call in after.items():
        parent = before[name].parent_id
        assert call.parent_id == (None if parent is None else parent.replace("w.", "v."))
        assert replace(call, parent_id=None, workflow_id=None, by="") == replace(
            before[name], parent_id=None, workflow_id=None, by=""
        )
    own = Call.decode(copied.body)
    assert (own.by, dict(own.labels), own.key, own.after, own.schedule) == ("ana@db1", {"a": "b"}, None, (), None)
    assert (copied.priority, copied.key, copied.after) == (8, "", ())


def test_a_copy_tells_which_secrets_it_would_need(config: Config) -> None:
    tree = Chain(elements=(Step(task="login", params={"token": "s3cret"}), Step(task="gzip")))
    assert secrets_of(planned(tree, config).plan) == ("token",)
    assert secrets_of(planned(TREE, config).plan) == ()
