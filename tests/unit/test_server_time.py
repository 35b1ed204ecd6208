"""The server's clock as a worker knows it: what is said late, or of before a suspension, does not set it back."""

from __future__ import annotations

import pytest

from qctl.engine.station import ServerTime


@pytest.fixture
def time() -> ServerTime:
    """Of a worker that has heard, at 100 s on its own clock, that it is 1000 s on the server's."""
    time = ServerTime()
    time.heard(1_000_000, now=100.0, sent=100.0)
    return time


def test_an_answer_that_comes_at_once_sets_the_clock(time: ServerTime) -> None:
    time.heard(5_000_000, now=110.0, sent=109.9)

    assert time.at(110.0) == 5_000_000


def test_an_answer_that_has_lain_here_sets_nothing_back(time: ServerTime) -> None:
    """SIGSTOP, or no free core: it was given at once, and is read a minute later."""
    time.heard(1_010_000, now=170.0, sent=110.0)

    assert time.at(170.0) == 1_070_000


def test_an_answer_that_was_given_late_sets_nothing_ahead(time: ServerTime) -> None:
    """A claim that stands is carried out when its wait ends, as what is asked of a Redis that is held up."""
    time.heard(1_014_000, now=114.0, sent=110.0)

    assert time.at(114.0) == 1_014_000


@pytest.mark.parametrize(("server_ms", "at"), [(5_000_000, 5_000_000), (500_000, 504_000)])
def test_a_late_answer_still_tells_that_the_servers_clock_was_set(time: ServerTime, server_ms: int, at: int) -> None:
    time.heard(server_ms, now=114.0, sent=110.0)

    assert time.at(114.0) == at


@pytest.mark.parametrize("given_ms", [1_010_000, 4_610_000])
def test_an_answer_from_before_a_suspension_sets_nothing_back(time: ServerTime, given_ms: int) -> None:
    """Fault 60: it lay in the socket for an hour, or the server gave it when the hour was over."""
    time.slept(3600.0, now=110.0)

    time.heard(given_ms, now=110.0, sent=109.9)

    assert abs(time.at(110.0) - 4_610_000) <= 100


def test_a_suspension_before_the_first_answer_changes_nothing() -> None:
    time = ServerTime()
    time.slept(3600.0, now=100.0)

    time.heard(1_700_000_000_000, now=100.0, sent=99.9)

    assert time.at(100.0) == 1_700_000_000_000
