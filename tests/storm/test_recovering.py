"""From when a recovery is measured, and which of them another fault came into."""

from __future__ import annotations

import pytest

from qctl.store import Store
from tests.storm.plan import Fault
from tests.storm.recovering import Recoveries, Recovery


@pytest.fixture
def recoveries(store: Store) -> Recoveries:
    """Two that began long ago."""
    found = Recoveries(store)
    found.all += [Recovery(Fault.SLOT, "w0", 0.0, bool), Recovery(Fault.STOP, "w1", 0.0, bool)]
    return found


def about(recoveries: Recoveries) -> list[tuple[bool, bool]]:
    """Of each, whether it is mixed and whether it is measured from a later time."""
    return [(one.mixed, one.began > 0) for one in recoveries.all]


def test_a_reply_that_is_cut_gives_nobody_more_time(recoveries: Recoveries) -> None:
    recoveries.disturb()
    assert about(recoveries) == [(True, False), (False, False)]


def test_who_is_hit_himself_is_told_apart(recoveries: Recoveries) -> None:
    recoveries.disturb("w1")
    assert about(recoveries) == [(False, False), (False, False)]
    recoveries.disturb("w0")
    assert about(recoveries) == [(True, False), (False, False)]


def test_after_a_redis_that_was_killed_leases_are_counted_anew(recoveries: Recoveries) -> None:
    recoveries.restart()
    assert about(recoveries) == [(True, True), (True, True)]


def test_what_is_over_stays_as_it_was(recoveries: Recoveries) -> None:
    for one in recoveries.all:
        one.took = 1.0
    recoveries.disturb()
    recoveries.restart()
    assert about(recoveries) == [(False, False), (False, False)]
