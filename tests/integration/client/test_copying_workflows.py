"""A workflow that the store keeps, submitted once more under another id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from qctl.client import Client, open_client
from qctl.client.workflows import open_group
from qctl.config import Config
from qctl.config.requests import Options, Request
from qctl.model.call import PIPELINE, Kind
from qctl.model.task import Task
from qctl.model.workflow.outline import call_of
from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree
from qctl.store.workflow_values import WorkflowState

CONFIG = Config(
    tasks={
        "a": Task(name="a", kind=Kind.RUN, run="true"),
    }
)
A = Step(task="a")


@pytest.fixture
def client(redis_url: str, namespace: str) -> Iterator[Client]:
    with open_client(CONFIG, redis_url, namespace) as opened:
        yield opened


def submitted(client: Client, tree: Tree) -> str:
    request = Request(task=PIPELINE, tree=tree, cwd="/", options=Options(id="first", key="k", labels={"of": "both"}))
    return client.submit([request])[0].id


def copy_of(client: Client, workflow: str) -> WorkflowState:
    return client.workflow(client.copy_workflow(client.workflow(workflow)).id)


def test_its_policies_links_queues_and_retries_are_those_of_the_first(client: Client) -> None:
    callback = replace(A, options={"queue": "late"})
    members = (replace(A, link=(callback,), link_error=(A,)), Chain(elements=(A, replace(A, options={"retries": 4}))))
    settled = Group(members=members, policy=Policy.SETTLED, fail_fast=True, max_parallel=1)
    first = client.workflow(submitted(client, Chain(elements=(A, settled, replace(A, tolerant=True)))))

    copy = copy_of(client, "first")

    assert copy.job.id != "first"
    assert (copy.job.call.labels, copy.job.call.key) == ({"of": "both"}, None)
    assert {name: replace(node, job=None) for name, node in copy.nodes.items()} == {
        name: replace(node, job=None) for name, node in first.nodes.items()
    }
    for name, node in first.nodes.items():
        if node.job is not None:
            ours, theirs = call_of(copy.nodes[name]), call_of(node)
            assert ours.workflow_id == copy.job.id
            assert ours.parent_id == (theirs.parent_id and theirs.parent_id.replace("first", copy.job.id))
            assert replace(ours, workflow_id="", parent_id="") == replace(theirs, workflow_id="", parent_id="")
            assert replace(copy.nodes[name].job, body=b"") == replace(node.job, body=b"")  # type: ignore[type-var]


def test_members_that_were_fed_are_copied_and_one_of_many_nodes_is_copied_whole(client: Client) -> None:
    """C29, C44"""
    tree = Chain(elements=(Group(members=(A, A), open=True), A))
    receipt, group = open_group(client, Request(task=PIPELINE, tree=tree, cwd="/"), strict=True)
    assert group is not None
    group.add([A] * 1200)
    group.seal()

    copied = copy_of(client, receipt.id).job.id
    while client.store.do(client.store.verbs.follow())[1]:
        pass
    copy = client.workflow(copied)

    terms = copy.nodes["g1"].group
    assert terms is not None
    assert (len(terms.heads), terms.open, len(copy.nodes)) == (1202, False, 1204)
    assert sum(job.id.startswith(copied) for job in copy.jobs.values()) == 1202
