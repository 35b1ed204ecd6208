"""Durations and sizes, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.model.units import parse_duration, parse_size, show_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1h 30m", 5400.0),
        ("2d", 172800.0),
        ("1w", 604800.0),
        ("250ms", 0.25),
        ("1.5h", 5400.0),
        ("0s", 0.0),
        ("45", 45.0),
        (45, 45.0),
        (0.5, 0.5),
    ],
)
def test_a_duration_is_a_text_or_a_number_of_seconds(written: object, seconds: float) -> None:
    assert parse_duration(written) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "5 mins",
        "m",
        "-5s",
        "1m1h",
        "1h1h",
        "5x",
        "1e3",
        "٣s",
        -1,
        True,
        None,
        [],
        float("nan"),
        float("inf"),
        "99999w",
    ],
)
def test_what_is_no_duration_is_refused_with_a_sentence(written: object) -> None:
    with pytest.raises(ValueError, match=r"duration|unit"):
        parse_duration(written)


@given(st.integers(min_value=0, max_value=10**11))
def test_a_shown_duration_reads_back_as_the_same(milliseconds: int) -> None:
    assert parse_duration(show_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("10MB", 10 << 20),
        ("256KB", 262144),
        ("256 kb", 262144),
        ("1GiB", 1 << 30),
        ("2G", 2 << 30),
        ("1.5KB", 1536),
        ("17B", 17),
        ("17", 17),
        (17, 17),
        (0, 0),
    ],
)
def test_a_size_is_a_text_or_a_number_of_bytes(written: object, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize("written", ["", "MB", "-1KB", "1XB", "many", -1, 1.5, True, None, "9999999TB"])
def test_what_is_no_size_is_refused_with_a_sentence(written: object) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(written)


def test_round_values_are_shown_in_their_largest_unit() -> None:
    assert show_duration(5400) == "1h30m"
    assert show_duration(0.25) == "250ms"
