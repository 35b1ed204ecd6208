"""Jobs run while one primary after another falls: what may be lost is what the README says, and no more."""

from __future__ import annotations

import pytest

from tests.servers.failover import KINDS, storm

pytestmark = pytest.mark.nightly


@pytest.mark.parametrize("protected", [True, False], ids=["protected", "unprotected"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_storm_over_falling_primaries_loses_no_more_than_is_said(kind: str, protected: bool) -> None:
    """Faults 43, 44 and 45: nothing is stuck, ended twice or hangs, and no worker dies."""
    report = storm(kind, 1, protected=protected)
    assert report.broken() == [], report.as_item()
    assert report.accepted > 200
