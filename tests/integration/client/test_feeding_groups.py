"""Adding members to an open group: to one's own alone, and each of them once whatever becomes of the connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qctl.client import Client, open_client
from qctl.client.terms import Taken
from qctl.client.workflows import open_group
from qctl.config import Config
from qctl.config.requests import Options, Request
from qctl.errors import OutcomeUnknown
from qctl.model.call import PIPELINE, Kind
from qctl.model.task import Task
from qctl.model.workflow.outline import heads_of
from qctl.model.workflow.tree import Chain, Group, Step
from tests.support.proxy import Proxy

CONFIG = Config(tasks={name: Task(name=name, kind=Kind.RUN, run="true") for name in ("a", "b")})
A, B = Step(task="a"), Step(task="b")


@pytest.fixture
def client(redis_url: str, namespace: str) -> Iterator[Client]:
    with open_client(CONFIG, redis_url, namespace) as opened:
        yield opened


def fed(**options: str) -> Request:
    return Request(task=PIPELINE, tree=Group(members=(A, A), open=True), cwd="/", options=Options(**options))  # type: ignore[arg-type]


def members(client: Client, workflow: str) -> int:
    return len(heads_of(client.workflow(workflow).nodes)["g1"])


@pytest.mark.parametrize(
    "holder",
    [
        fed(key="k"),
        Request(task=PIPELINE, tree=Chain(elements=(A, B)), cwd="/", options=Options(key="k")),
        Request(task="a", options=Options(key="k")),
    ],
    ids=["a-group", "a-chain", "a-job"],
)
def test_nothing_is_added_to_what_holds_the_key(client: Client, holder: Request) -> None:
    (held,) = client.submit([holder])

    receipt, group = open_group(client, fed(key="k"), strict=True)

    assert (receipt.id, receipt.taken, group) == (held.id, Taken.HELD, None)


def test_the_same_id_again_adds_nothing_to_what_is_fed_already(client: Client) -> None:
    """C14"""
    _, first = open_group(client, fed(id="mine"), strict=True)
    assert first is not None
    first.add([B])

    receipt, again = open_group(client, fed(id="mine"), strict=True)

    assert (receipt.taken, again, members(client, "mine")) == (Taken.EXISTS, None, 3)


@pytest.mark.parametrize("cuts", [1, 2, 3])
def test_members_are_added_once_however_often_the_answer_is_lost(
    proxy: Proxy, client: Client, namespace: str, cuts: int
) -> None:
    """Nobody knows whether they were added: they are sent again, under the same token."""
    with open_client(CONFIG, proxy.url, namespace) as feeder:
        receipt, group = open_group(feeder, fed(), strict=True)
        assert group is not None
        proxy.cut(receipt.id.encode(), cuts)

        group.add([B, B, B])
        group.add([B])
        group.seal()

    assert proxy.cuts_made == cuts
    assert members(client, receipt.id) == 6
    assert not client.workflow(receipt.id).nodes["g1"].group.open  # type: ignore[union-attr]


def test_a_redis_that_stays_away_is_told_of_with_the_workflow_that_is_left(proxy: Proxy, namespace: str) -> None:
    with open_client(CONFIG, proxy.url, namespace, timeout=10) as feeder:
        receipt, group = open_group(feeder, fed(), strict=True)
        assert group is not None
        proxy.refuse(True)
        feeder.store.transport.timeout = 0.3

        with pytest.raises(OutcomeUnknown, match=f"workflow {receipt.id}") as caught:
            group.add([B])

    assert caught.value.advice.splitlines()[0] == f"qctl show {receipt.id}"
