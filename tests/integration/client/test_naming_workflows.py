"""Jobs of workflows by their ids: whole, by the beginning of the workflow's, after `@last`; and what is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qctl.client import Client
from qctl.client.asking import Instance
from qctl.client.workflows import open_group
from qctl.config import Config
from qctl.config.requests import Request
from qctl.errors import NoSuchJob, NotFound
from qctl.model.call import PIPELINE, Kind
from qctl.model.query import parse
from qctl.model.query_scope import ACTIVE, Scope
from qctl.model.state import State
from qctl.model.task import Task
from qctl.model.workflow.expression import parse as parse_expression
from qctl.model.workflow.outline import heads_of
from qctl.model.workflow.tree import Group
from qctl.store import Store

NOW = datetime(2026, 11, 22, 14, 2, 11, tzinfo=UTC)


@pytest.fixture
def client(store: Store) -> Client:
    tasks = {name: Task(name=name, kind=Kind.RUN, run="true") for name in ("a", "b", "c")}
    return Client(store, Config(tasks=tasks), Instance("", "", "test", embedded=True))


def submitted(client: Client, text: str = "a | [b, c]") -> str:
    request = Request(task=PIPELINE, tree=parse_expression(text), cwd="/")
    return client.submit([request])[0].id


def test_a_job_of_a_workflow_is_named_by_the_beginning_of_its_workflows_id(client: Client) -> None:
    flow = submitted(client)
    for said in (f"{flow}.3", f"{flow[:5]}.3", "@last.3", f"@last:{PIPELINE}.3"):
        assert client.resolve(said) == f"{flow}.3"
    assert client.job(f"{flow}.3").state is State.WAITING


def test_a_group_is_no_job_and_says_what_to_type(client: Client) -> None:
    flow = submitted(client)
    with pytest.raises(NotFound, match="g1 is a group of workflow") as refusal:
        client.resolve(f"{flow}.g1")
    assert refusal.value.advice == f"qctl show {flow}"


def test_a_job_that_a_workflow_does_not_have_is_none(client: Client) -> None:
    flow = submitted(client)
    with pytest.raises(NoSuchJob):
        client.job(client.resolve(f"{flow}.9"))
    with pytest.raises(NoSuchJob):
        client.resolve("zzzz.2")


def test_workflows_are_meant_as_a_whole_or_with_all_their_jobs(client: Client) -> None:
    flow = submitted(client)
    for whole, ids in ((True, {flow}), (False, {flow, f"{flow}.1"})):
        search = client.search(parse("", NOW, UTC), bounds=Scope(standings=ACTIVE), whole=whole)
        assert {job.id for job in search.active()} == ids
    inside = client.search(parse(f"workflow:{flow[:6]}", NOW, UTC), bounds=Scope(standings=ACTIVE))
    assert {job.id for job in inside.active()} == {f"{flow}.1"}


def test_a_group_that_is_sealed_is_no_longer_open(client: Client) -> None:
    """C44, C60"""
    members = parse_expression("[a, b]")
    assert isinstance(members, Group)
    request = Request(task=PIPELINE, tree=replace(members, open=True), cwd="/")
    receipt, group = open_group(client, request, strict=True)
    assert group is not None
    group.add([parse_expression("c"), parse_expression("a | b")])
    assert client.workflow(receipt.id).nodes["g1"].group.open  # type: ignore[union-attr]
    group.seal()
    state = client.workflow(receipt.id)
    assert not state.nodes["g1"].group.open  # type: ignore[union-attr]
    assert [name for name, node in state.nodes.items() if node.job] == ["1", "2", "3", "4", "5"]
    assert heads_of(state.nodes) == {"g1": ("1", "2", "3", "4")}


def test_a_workflow_of_more_nodes_than_one_call_takes_is_submitted_whole(client: Client) -> None:
    """C29, C58"""
    flow = submitted(client, f"[{', '.join(['a'] * 1203)}] | b")
    assert len(client.workflow(flow).nodes) == 1205
