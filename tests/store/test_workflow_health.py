"""Whether workflows that run will come to an end: what `status` and `doctor` say of them."""

from __future__ import annotations

import pytest

from qctl.client.checkup.work import judge_workflows
from qctl.model.finding import Verdict
from qctl.store import Command, Store
from qctl.store.workflow_health import Feeding, running_workflows
from tests.support.workflow_seed import Crew, a_workflow, group, send

NOW_MS = 1_000_000_000


def test_one_that_is_at_work_is_well(store: Store, crew: Crew) -> None:
    send(store, a_workflow(group("a", "b")))
    found = running_workflows(store)
    assert (found.running, found.stuck, found.lost, found.feeding) == (1, [], [], [])
    assert judge_workflows(found, NOW_MS).found == "1 workflow running"
    for node in ("1", "2"):
        crew.end(node)
    assert judge_workflows(running_workflows(store), NOW_MS).found == "none runs"


@pytest.mark.damaged("a workflow loses what is under way")
@pytest.mark.parametrize(("key", "words"), [("nodes", "its plan is gone"), ("live", "nothing of it is under way")])
def test_one_that_cannot_end_is_named(store: Store, key: str, words: str) -> None:
    send(store, a_workflow("a"))
    store.do(Command(("DEL", getattr(store.keys, key)("w")), int))
    finding = judge_workflows(running_workflows(store), NOW_MS)
    assert (finding.verdict, finding.next) == (Verdict.FAIL, "qctl cancel w")
    assert words in finding.found


def test_an_open_group_that_nobody_feeds_any_more_is_named(store: Store) -> None:
    send(store, a_workflow(group("a", open=True)))
    ((feeding,)) = running_workflows(store).feeding
    assert (feeding.workflow_id, feeding.group, feeding.attended) == ("w", "g1", False)
    assert judge_workflows(running_workflows(store), feeding.until_ms - 86_400_000).verdict is Verdict.OK
    finding = judge_workflows(running_workflows(store), feeding.until_ms - 7_200_000)
    assert (finding.verdict, finding.next) == (Verdict.WARN, "qctl show w")
    assert "waits for members, and nobody adds any: it is cancelled in 2h" in finding.found


def test_of_one_who_tells_that_he_is_there_that_is_known_within_minutes(store: Store) -> None:
    send(store, a_workflow(group("a", open=True)))
    store.do(Command(("ZADD", store.keys.deadlines, NOW_MS, "fed w g1"), int))
    found = running_workflows(store)
    assert found.feeding == [Feeding("w", "g1", NOW_MS, True)]
    assert judge_workflows(found, NOW_MS - 290_000).verdict is Verdict.OK
    assert judge_workflows(found, NOW_MS - 60_000).verdict is Verdict.WARN
