"""The rarer troubles of chords and chains: exhausted retries, soft limits, nested failures, stops, replacements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qctl import chain, chord, group
from qctl.client import JobFailed
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import hopeless, identity, marked, raising, told, tsum
from tests.support import eventually

SOON = 15.0  #: seconds that anything here may take


def test_a_member_whose_retries_are_exhausted_fails_the_chord_with_its_error(site: Site) -> None:
    """C62."""
    body = chord([hopeless.s(), identity.s(1)], marked.si("never")).delay()
    with pytest.raises(JobFailed, match="ConnectionError: still away"):
        body.get(SOON)
    assert site.record == ["hopeless", "hopeless"]


def test_a_member_that_catches_its_soft_limit_counts_once(site: Site) -> None:
    """C63."""
    assert chord([tasks.recovers.s(), identity.s(1)], tsum.s()).delay().get(SOON) == 8


@pytest.mark.parametrize(
    "failing",
    [
        chain(raising.si("x"), identity.s(), identity.s()),
        chain(identity.s(1), raising.si("x"), identity.s()),
        chain(identity.s(1), identity.s(), raising.si("x")),
        chain(identity.s(1), group(identity.s(), raising.si("x"))),
        chord([raising.si("x")], identity.s()),
    ],
    ids=["chain first", "chain middle", "chain last", "group", "nested chord"],
)
@pytest.mark.parametrize(
    "body",
    [
        marked.si("body"),
        chain(marked.si("body"), identity.s()),
        group(marked.si("body")),
        chord([marked.si("b")], told.s()),
    ],
    ids=["task", "chain", "group", "chord"],
)
def test_a_failing_part_of_a_header_fails_the_body_whatever_either_is(site: Site, failing: Any, body: Any) -> None:
    """C81, C82, C86: and the outer errback runs once."""
    whole = chord([failing, identity.s(2)], body).on_error(told.s("errback")).delay()
    with pytest.raises(JobFailed, match="ValueError: x"):
        whole.get(SOON)
    whole.workflow.get(SOON, propagate=False)
    assert site.record == ["errback ValueError"]


def test_an_errback_is_told_who_failed_and_why(site: Site) -> None:
    """C87: one form of it."""
    failed = raising.apply_async(("oh",), link_error=identity.s())
    failed.workflow.get(SOON, propagate=False)
    jobs = site.qctl.client.workflow(failed.workflow.id).jobs
    record = site.qctl.job(jobs["2"].id).get(SOON)
    assert record["workflow_id"] == failed.workflow.id
    (one,) = record["failed"]
    assert (one["id"], one["task"], one["outcome"]) == (failed.id, f"{tasks.HERE}.raising", "failed")
    assert one["error"] == {"type": "ValueError", "message": "oh"}


def test_an_errback_that_itself_retries_changes_nothing_of_the_failure(site: Site) -> None:
    """C91."""
    failed = raising.apply_async(("oh",), link_error=tasks.third_time.si("errback"))
    failed.workflow.get(SOON, propagate=False)
    assert (failed.state, site.record) == ("FAILURE", ["errback"] * 3)


def test_a_task_that_finds_nothing_to_do_stops_its_chain(site: Site) -> None:
    """C17, C18: which is no failure."""
    last = (identity.s(1) | tasks.stops.s() | marked.si("never")).on_error(told.s("errback")).delay()
    with pytest.raises(JobFailed, match="skipped"):
        last.get(SOON)
    assert (last.state, last.parent.state, site.record) == ("REVOKED", "REVOKED", [])


def test_the_expiry_of_a_step_counts_from_its_own_release(site: Site, tmp_path: Path) -> None:
    """C21: the step before it takes as long as the test lets it."""
    gate = tmp_path / "gate"
    late = (tasks.held.s(str(gate)) | identity.s().set(expires=60)).delay()
    eventually(lambda: late.parent.state == "STARTED", within=SOON)
    started_ms = site.qctl.client.reading.now_ms()
    eventually(lambda: site.qctl.client.reading.now_ms() > started_ms, within=SOON)
    gate.touch()
    assert late.get(SOON) == "held"
    assert late.job.expires_ms == late.job.enqueued_ms + 60_000
    assert late.job.enqueued_ms > started_ms >= late.workflow.job.enqueued_ms


def test_a_revoked_tail_lets_the_first_task_end_and_never_runs(site: Site, tmp_path: Path) -> None:
    """C96."""
    last = (tasks.held.s(str(tmp_path / "gate")) | marked.si("never")).delay()
    eventually(lambda: last.parent.state == "STARTED", within=SOON)
    last.revoke()
    (tmp_path / "gate").touch()
    assert last.parent.get(SOON) == "held"
    assert (last.state, site.record) == ("REVOKED", ["held"])


def test_a_replacement_may_be_replaced_itself(site: Site) -> None:
    """C95."""
    assert tasks.outer.delay().get(SOON) == "Out A"
    assert site.record == ["In A", "In B", "C", "Out B", "Out A"]
