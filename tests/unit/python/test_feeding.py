"""Who feeds a group from a generator is heard of as long as it lives, however long its next member takes."""

from __future__ import annotations

from threading import Event, current_thread
from threading import enumerate as threads
from typing import cast

import pytest

from qctl.client.workflows import GIVEN_UP_MS, SAY_EVERY, GroupClosed, OpenGroup
from qctl.errors import QctlError, RedisUnreachable
from qctl.python.feeding import attended
from qctl.store import Store

SOON = 30
CONNECTED = cast("Store", object())


class Group:
    """An open group that notes by which thread and connection it is held, and fails as often as it is told to."""

    def __init__(self, *failures: QctlError) -> None:
        self.failures, self.third = list(failures), Event()
        self.words: list[tuple[str, Store | None]] = []

    def hold(self, within_ms: int = GIVEN_UP_MS, through: Store | None = None) -> None:
        self.words.append((current_thread().name, through))
        if len(self.words) == 3:
            self.third.set()
        if self.failures:
            raise self.failures.pop(0)


@pytest.mark.parametrize(
    "failures",
    [[], [RedisUnreachable(url="unix://x", reason="away")] * 2, [GroupClosed(id="w", why="it has ended")] * 2],
)
def test_it_says_so_at_once_and_again_from_a_thread_until_all_members_are_there(failures: list[QctlError]) -> None:
    group = Group(*failures)

    with attended(cast("OpenGroup", group), lambda: CONNECTED, every=0.001):
        assert group.third.wait(SOON)

    assert group.words[0] == (current_thread().name, None)
    assert group.words[1:3] == [("qctl-feeding", CONNECTED)] * 2, "each thread speaks by a connection of its own"
    assert not [one for one in threads() if one.name == "qctl-feeding"]


@pytest.mark.parametrize(
    "failure", [RedisUnreachable(url="unix://x", reason="away"), QctlError("the user may not run commands")]
)
def test_a_thread_that_cannot_connect_at_first_says_so_later(failure: QctlError) -> None:
    group, failures = Group(), [failure] * 2

    def connected() -> Store:
        if failures:
            raise failures.pop()
        return CONNECTED

    with attended(cast("OpenGroup", group), connected, every=0.001):
        assert group.third.wait(SOON)

    assert group.words[1:3] == [("qctl-feeding", CONNECTED)] * 2


def test_it_says_so_often_enough_for_one_word_to_be_lost() -> None:
    assert 3 * SAY_EVERY * 1000 < GIVEN_UP_MS
