"""What is read for a screen."""

from __future__ import annotations

import pytest

from qctl.tui.look import Look
from qctl.tui.screen import Screen
from qctl.tui.wanting import want
from tests.unit.jobs_at_hand import MINUTE, NOW_MS, SECOND

MINUTE_MS = NOW_MS // MINUTE * MINUTE


@pytest.mark.parametrize("query", ["since:24h", "until:yesterday", "age>10m state:failed"])
def test_a_filter_by_dates_wants_the_same_from_look_to_look(query: str) -> None:
    """What is new is looked for at once: a want that changed with the clock would be looked for without a pause."""
    screen = Screen().with_list(query=query)
    first = want(screen, Look(now_ms=MINUTE_MS))
    assert first.query is not None
    assert want(screen, Look(now_ms=MINUTE_MS + 59 * SECOND)) == first


@pytest.mark.parametrize("query", ['queue:"', "nofield:x", 'queue:"a\\"'])
def test_a_name_that_no_query_can_hold_is_as_no_filter(query: str) -> None:
    assert want(Screen().with_list(query=query), Look(now_ms=NOW_MS)).query is None
