"""Whatever is put into what qctl reads: something that is right, or an error that says what is wrong, and in time."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.bounds import run_within_bounds
from tests.fuzz.found import FOUND
from tests.fuzz.mutation import large, mutated, seeds_of
from tests.fuzz.targets import TARGETS

_EXAMPLES = 100
_STRIDE = 11  #: of the large inputs so few are run with each push
_NIGHTLY = int(os.environ.get("EXAMPLES", "4000"))

each_target = pytest.mark.parametrize("name", TARGETS)


@each_target
def test_the_examples_of_a_target_break_nothing(name: str) -> None:
    assert len(seeds_of(TARGETS[name])) >= 5
    for seed in seeds_of(TARGETS[name]):
        run_within_bounds(TARGETS[name], seed)


@each_target
@settings(
    max_examples=_EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_changed_examples_break_nothing(name: str, data: st.DataObject) -> None:
    run_within_bounds(TARGETS[name], data.draw(mutated(TARGETS[name])))


@pytest.mark.nightly
@each_target
@settings(max_examples=_NIGHTLY, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_examples_that_nobody_has_seen_break_nothing(name: str, data: st.DataObject) -> None:
    run_within_bounds(TARGETS[name], data.draw(mutated(TARGETS[name])))


@each_target
def test_64_kilobytes_cost_less_than_a_second_and_100_megabytes(name: str) -> None:
    for data in list(large(TARGETS[name]))[::_STRIDE]:
        run_within_bounds(TARGETS[name], data)


@pytest.mark.nightly
@each_target
def test_whatever_comes_again_and_again_costs_less_than_a_second(name: str) -> None:
    for data in large(TARGETS[name]):
        run_within_bounds(TARGETS[name], data)


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_was_found_once_stays_mended(name: str, data: bytes) -> None:
    run_within_bounds(TARGETS[name], data)
