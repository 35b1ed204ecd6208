"""What the counters of minutes say."""

from __future__ import annotations

import pytest

from qctl.model.minute import ended, failed, failed_within, into, out_of, rates, wait_p95_ms

COUNTS = {
    "succeeded:tidy": 5,
    "failed:tidy": 2,
    "timeout:in:name": 1,
    "cancelled:tidy": 4,
    "in:default": 6,
    "in:batch@db1": 1,
    "out:default": 3,
    "wait:40": 9,
}


def test_each_kind_of_counter_is_told_apart() -> None:
    assert (ended(COUNTS, ("succeeded",)), failed(COUNTS)) == (5, 3)
    assert into([COUNTS, COUNTS]) == {"default": 12, "batch@db1": 2}
    assert out_of([COUNTS]) == {"default": 3}


def test_a_job_that_runs_again_failed_as_long_as_its_failure_was_in_these_minutes() -> None:
    """Its failure leaves a day at the same time as what takes it back."""
    then, now = {"failed:tidy": 2}, {"again:70": 1, "again:nonsense": 9, "failed:tidy": 1}
    assert failed_within({70: then, 71: {}, 72: now}) == 2
    assert failed_within({71: {}, 72: now}) == 1


def test_rates_are_those_of_the_minutes_that_have_passed() -> None:
    """Four whole ones, and half of the one that runs."""
    assert rates([COUNTS, {}, {}, {}, COUNTS], 90_000 + 5 * 60_000) == (
        {"default": 12 / 4.5, "batch@db1": 2 / 4.5},
        {"default": 6 / 4.5},
    )


@pytest.mark.parametrize(
    ("waits", "told"),
    [
        ({}, None),
        ({"wait:0": 1}, 1),
        ({"wait:40": 95, "wait:80": 5}, 1117),  # of 1,024 to 1,218 ms
        ({"wait:40": 94, "wait:80": 6}, 1143480),
        ({"wait:80": 1}, 1143480),
        ({"wait:nonsense": 9, "wait:40": 1}, 1117),
    ],
)
def test_the_95th_of_100_waits_is_told_from_their_buckets(waits: dict[str, int], told: int | None) -> None:
    assert wait_p95_ms([waits]) == told
