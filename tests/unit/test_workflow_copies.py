"""A copy of a workflow is made of its plan: it is what would have been submitted under the other id."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qctl.config import Config
from qctl.config.options import caller
from qctl.model.call import Call
from qctl.model.workflow.copying import copy_of, secrets_of
from qctl.model.workflow.outline import drafted
from qctl.model.workflow.plan import ADDED_FROM, Node, WorkflowSubmission
from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree
from tests.unit.config_files import Files
from tests.unit.workflow_requests import TASKS, planned

ADD = Step(task="add", args=(4, 4))
ADD_ON = Step(task="add", args=(1,))
TREES: dict[str, Tree] = {
    "a-chain": Chain(elements=(ADD, Step(task="add", args=(8,), options={"retries": 3, "queue": "slow"}))),
    "a-chord": Chain(
        elements=(
            Group(members=(ADD, Chain(elements=(ADD, ADD_ON)), ADD), max_parallel=2),
            Step(task="tsum", tolerant=True),
            Step(task="gzip", handler=True),
        )
    ),
    "policies": Group(members=(ADD, ADD, ADD), policy=Policy.ANY, fail_fast=True),
    "links": Chain(
        elements=(replace(ADD, link=(ADD_ON,), link_error=(Step(task="gzip"),)), ADD_ON), link=(Step(task="gzip"),)
    ),
    "items": Chain(elements=(Step(task="tsum", spread="map", items=([1], [2])), Step(task="tsum"))),
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Files(tmp_path).load(TASKS)


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_it_has_every_option_policy_value_and_callback(config: Config, tree: Tree) -> None:
    workflow = planned(tree, config, priority=8, labels={"a": "b"}, queue="q")

    copy = copy_of(drafted(workflow, 0).job, workflow.plan, "copy", caller())

    def text(one: WorkflowSubmission, name: str) -> str:
        return (
            repr(sorted(one.plan.nodes, key=lambda node: node.name))
            .replace(f"{name}.", "ID.")
            .replace(f'workflow_id":"{name}"', 'workflow_id":"ID"')
        )

    assert text(copy, "copy") == text(workflow, "w")
    assert replace(copy.plan, nodes=()) == replace(workflow.plan, nodes=())
    assert replace(Call.decode(copy.body), plan="") == replace(Call.decode(workflow.body), plan="")
    assert (copy.queue, copy.priority) == (workflow.queue, workflow.priority)


def test_members_that_jobs_added_are_left_out_and_those_that_were_fed_are_kept(config: Config) -> None:
    """C75: the copies of those jobs add theirs."""
    workflow = planned(Group(members=(ADD, ADD), open=True), config)
    own = workflow.plan.nodes
    added = replace(own[1], name=str(ADDED_FROM + 7), position=2)
    fed = replace(own[1], name="3", position=3)
    draft = drafted(replace(workflow, plan=replace(workflow.plan, nodes=(*own, added, fed))), 0)

    plan = copy_of(draft.job, draft.plan, "copy", caller()).plan

    nodes: dict[str, Node] = {node.name: node for node in plan.nodes}
    group = nodes["g1"].group
    assert group is not None
    assert (group.heads, group.open, plan.main) == (("1", "2", "3"), False, 4)
    assert [nodes[name].position for name in group.heads] == [0, 1, 2]


def test_a_step_that_was_given_a_secret_has_it_no_more(config: Config) -> None:
    """L12"""
    assert secrets_of(planned(Step(task="login", params={"token": "hush!"}, tolerant=True), config).plan) == ("token",)
    assert secrets_of(planned("dump(db=a) | gzip", config).plan) == ()
