"""What the handle of a group waits for: the group's own end, not that of the members which were submitted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import qctl
from qctl import GroupResult, chain, group
from qctl.client import Client, JobFailed
from qctl.errors import NoSuchJob, WaitTimeout
from qctl.python.members import ended_group
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import held, identity, raising
from tests.support import PrivateRedis
from tests.support.proxy import Proxy

SOON = 15.0  #: seconds that anything here may take


@pytest.fixture
def proxied(site: Site, redis_server: PrivateRedis) -> Iterator[tuple[Proxy, qctl.Qctl]]:
    """The same instance, by a way that can be cut."""
    standing_between = Proxy(redis_server.socket)
    yield standing_between, qctl.Qctl(redis=standing_between.url, namespace=site.folder.name)
    standing_between.close()


def test_any_answers_at_the_first_success_while_the_others_run(site: Site, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    members = group([held.s(str(gate)), raising.s("no"), identity.s("quick")], policy="any").delay()
    assert members.get(SOON) == "quick"
    assert (members.ready(), members.results[0].ready()) == (True, False)
    gate.touch()
    assert members.results[0].get(SOON) == "held"


def test_a_group_runs_as_long_as_the_members_that_its_members_added(site: Site, tmp_path: Path) -> None:
    """C75, rule 9: for the handle of the submit, and for one that was made of the id."""
    gate = tmp_path / "gate"
    members = group(tasks.invites_held.s(str(gate)), identity.s(1)).delay()
    for member in members.results:
        member.get(SOON)
    again = GroupResult.restore(members.id)
    for handle in (members, again):
        assert (handle.ready(), handle.successful(), handle.waiting()) == (False, False, True)
        with pytest.raises(WaitTimeout):
            handle.get(timeout=0.05)
    gate.touch()
    for handle in (members, again):
        assert handle.get(SOON) == ["inviting", 1, "added"]
        assert handle.get(SOON, propagate=False) == ["inviting", 1, "added"]
        assert (handle.ready(), handle.successful(), len(handle)) == (True, True, 3)


def test_the_failure_of_a_member_that_was_added_is_the_groups(site: Site) -> None:
    members = group(tasks.invites_failure.s(), identity.s(1)).delay()
    with pytest.raises(JobFailed, match="added in vain"):
        members.get(SOON)
    assert (members.ready(), members.successful(), members.failed()) == (True, False, True)


def test_a_member_whose_failure_is_provided_for_is_no_failure_of_the_group(site: Site) -> None:
    spared = raising.s("no").set(tolerant=True)
    inner = group([raising.si("no"), identity.si("yes")], policy="any")
    helped = chain(identity.s(4), identity.s().set(handler=True))
    assert group(spared, chain(identity.s(0), inner), helped, group([identity.s(5)])).delay().get(SOON) == [
        None,
        "yes",
        4,
        5,
    ]


def test_many_values_are_read_together(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    members = group([*(identity.s(number) for number in range(30)), raising.s("no")]).delay()
    monkeypatch.delattr(Client, "value")
    *values, failure = members.get(SOON, propagate=False)
    assert (values, type(failure)) == (list(range(30)), JobFailed)


def test_a_wait_for_a_group_outlasts_a_redis_that_is_away(
    site: Site, proxied: tuple[Proxy, qctl.Qctl], tmp_path: Path
) -> None:
    proxy, through = proxied
    gate = tmp_path / "gate"
    submitted = group(held.s(str(gate)), identity.s(1)).delay()
    proxy.refuse(True)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(lambda: GroupResult(submitted.id, instance=through).get(SOON))
        gate.touch()
        assert submitted.get(SOON) == ["held", 1]
        assert not waiting.done()
        proxy.refuse(False)
        assert waiting.result(SOON) == ["held", 1]


def test_a_wait_for_a_group_that_is_not_there_any_more_ends(site: Site) -> None:
    """Removed after its handle had read its plan."""
    ended = group(identity.s(1), identity.s(2)).delay()
    assert ended.get(SOON) == [1, 2]
    ended.workflow.get(SOON)
    ended.workflow.forget()
    for ask in (ended.get, ended.ready):
        with pytest.raises(NoSuchJob):
            ask()
    with pytest.raises(NoSuchJob):
        ended_group(site.qctl.client, ended.id.partition(".")[0], "g1", [], None)
