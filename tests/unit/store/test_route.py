"""Where a server is looked for: whom a search asks, in which order, and what it makes of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qctl.errors import ConfigError, NotPermitted, QctlError, RedisUnreachable
from qctl.store import address_of
from qctl.store.route import Question, Route, slot_of

SENTINELS = Route(address_of("redis+sentinel://s1,s2,s3/ops/1"))


if TYPE_CHECKING:
    from qctl.store.route import Search


def told(search: Search, *answers: Any) -> tuple[str, list[str]]:
    """The server that a search comes to, and whom it asked."""
    asked: list[str] = []
    said: Any = None
    for answer in (*answers, None):
        try:
            question: Question = search.send(said)
        except StopIteration as found:
            return f"{found.value.host}:{found.value.port}", asked
        asked.append(question.address.host)
        said = answer if answer is None or isinstance(answer, QctlError) else question.command.read(answer)
    raise AssertionError(f"it still asks {asked}")


def silent() -> RedisUnreachable:
    return RedisUnreachable(url="u", reason="silence")


def test_a_server_of_its_own_is_not_asked_for() -> None:
    assert told(Route(address_of("redis://db1:7000")).search(0)) == ("db1:7000", [])


def test_the_first_sentinel_that_knows_is_believed() -> None:
    assert told(SENTINELS.search(0), silent(), None, [b"10.0.0.7", b"6400"]) == ("10.0.0.7:6400", ["s1", "s2", "s3"])


def test_each_attempt_begins_with_another() -> None:
    assert told(SENTINELS.search(4), [b"10.0.0.7", b"6400"])[1] == ["s2"]


def test_nobody_who_knows_is_unreachable_and_a_refusal_is_told_as_such() -> None:
    with pytest.raises(RedisUnreachable, match="no Sentinel knows a service 'ops'"):
        told(SENTINELS.search(0), silent(), silent(), None)
    with pytest.raises(RedisUnreachable, match="silence"):
        told(SENTINELS.search(0), None, None, silent())
    with pytest.raises(NotPermitted) as refused:
        told(SENTINELS.search(0), NotPermitted("NOAUTH"))
    assert "?sentinel_password=" in refused.value.advice


def test_who_is_no_sentinel_and_no_node_of_a_cluster_is_named() -> None:
    with pytest.raises(ConfigError, match="s1:26379 is no Sentinel"):
        told(SENTINELS.search(0), QctlError("ERR unknown command 'SENTINEL'"))
    with pytest.raises(ConfigError, match="n1:6379 is no node of a cluster") as refused:
        told(Route(address_of("redis+cluster://n1")).search(0), QctlError("ERR cluster support disabled"))
    assert (refused.value.exit_code, refused.value.advice.startswith("redis://")) == (78, True)


def test_a_cluster_is_asked_for_the_slot_of_the_namespace_and_its_nodes_are_remembered() -> None:
    """A node that is not named is the one that was asked."""
    route = Route(address_of("redis+cluster://n1:7000", "team"))
    slot = slot_of("{team}:door")
    ranges = [[0, slot - 1, [b"", 7000]], [slot, 16383, [b"n2", 7001, b"id", []], [b"n3", 7002]]]
    assert told(route.search(0), ranges) == ("n2:7001", ["n1"])
    assert told(route.search(1), silent(), [[0, 16383, [None, 7000]]]) == ("n1:7000", ["n2", "n1"])
    with pytest.raises(RedisUnreachable, match=f"no node of the cluster has slot {slot}"):
        told(route.search(0), [[0, slot - 1, [b"n1", 7000]]])


@pytest.mark.parametrize(
    ("key", "slot"), [("123456789", 0x31C3), ("{user1000}.following", 3443), ("{}x", 10595), ("x", 16287)]
)
def test_slots_are_those_of_redis(key: str, slot: int) -> None:
    """The first two stand in the specification of Redis Cluster."""
    assert slot_of(key) == slot
