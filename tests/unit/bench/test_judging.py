"""Ratios are taken round by round, against the best of those that a bar names."""

from __future__ import annotations

import pytest

from tests.bench.figures import Bar, Better, Figure, Spread, judge, ranked, spread
from tests.unit.bench.found import IDLE, RATE, WAIT


def test_a_spread_has_the_median_the_least_and_the_most() -> None:
    assert spread([3.0, 1.0, 10.0]) == Spread(3.0, 1.0, 10.0)


def test_the_best_comes_first_whichever_way_a_figure_is_good() -> None:
    values = {"a": [1.0, 9.0, 1.0], "b": [2.0, 2.0, 2.0], "none": []}
    assert ranked(RATE, values) == ["b", "a"]
    assert ranked(WAIT, values) == ["a", "b"]


def test_a_bar_is_held_against_the_best_of_those_it_names() -> None:
    first, second, _ = judge(RATE, {"qctl": [100.0], "quick": [20.0], "slow": [5.0], "another": [90.0]})
    assert (first.opponent, first.met) == ("quick", True)
    assert (second.opponent, second.met) == ("slow", False)


def test_a_ratio_is_that_of_one_round_so_that_a_slow_minute_slows_both() -> None:
    verdict = judge(RATE, {"qctl": [100.0, 10.0, 90.0], "quick": [20.0, 2.0, 20.0]})[0]
    assert verdict.ratio == Spread(5.0, 4.5, 5.0)


@pytest.mark.parametrize(("ours", "met"), [(50.0, True), (51.0, False)])
def test_less_is_better_where_the_figure_says_so(ours: float, met: bool) -> None:
    assert judge(WAIT, {"qctl": [ours], "quick": [100.0]})[0].met is met


@pytest.mark.parametrize(("ours", "met"), [(0.5, True), (0.51, False)])
def test_a_limit_needs_nobody_to_compare_with(ours: float, met: bool) -> None:
    assert judge(IDLE, {"qctl": [ours]})[0].met is met


@pytest.mark.parametrize(
    ("ours", "reference", "met"), [(59.0, 10.0, True), (90.0, 60.0, True), (91.0, 60.0, False), (59.0, None, True)]
)
def test_of_a_ratio_and_a_limit_one_is_enough(ours: float, reference: float | None, met: bool) -> None:
    either = Figure("cpu", "Redis", "us", Better.LESS, (Bar(1.5, ("reference",), limit=60.0),))
    values = {"qctl": [ours], **({} if reference is None else {"reference": [reference]})}
    assert judge(either, values)[0].met is met


def test_without_an_opponent_or_a_value_nothing_is_claimed() -> None:
    either = Figure("cpu", "Redis", "us", Better.LESS, (Bar(1.5, ("reference",), limit=60.0),))
    assert [verdict.met for verdict in judge(RATE, {"qctl": [100.0]})] == [None, None, None]
    assert [verdict.met for verdict in judge(RATE, {"quick": [100.0]})] == [None, None, None]
    assert judge(either, {"qctl": [61.0]})[0].met is None
