"""A short storm, in which nothing is lost and nothing happens twice. Long ones: `python -m tests.storm --help`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from qctl.config import load
from tests.storm.cuts import cut_replies
from tests.storm.embedded import killed_servers
from tests.storm.gil import held_gil
from tests.storm.plan import Fault, draw
from tests.storm.storm import Scale, one_storm
from tests.storm.workload import declare
from tests.support.mutations import PROTECTIONS, without

SHORT = Scale(jobs=2000, faults=30, workers=4, slots=2, lease=3.0)


def test_a_seed_draws_the_same_jobs_and_faults_again() -> None:
    first, again, other = draw(7, 2000, 30), draw(7, 2000, 30), draw(8, 2000, 30)

    assert first == again
    assert first.sent != other.sent
    assert first.faults != other.faults
    assert first.count == 2000
    assert len(first.faults) == 30
    assert {fault.kind for fault in first.faults} == set(Fault)


def test_a_job_that_goes_on_for_long_survives_all_the_faults_of_a_storm(tmp_path: Path) -> None:
    """Stops seek it out, so one storm may cost a job more than the ten losses that a task has unsaid."""
    lingering = load(str(declare(tmp_path, tmp_path / "record"))).tasks["lingering"]
    usual = Scale()
    struck = Counter(fault.kind for fault in draw(7341, usual.jobs, usual.faults).faults)

    assert struck[Fault.PARENT] + struck[Fault.STOP] < lingering.max_losses
    assert struck[Fault.SLOT] + struck[Fault.TEMPLATE] < lingering.max_crashes


def test_a_storm_loses_no_job_ends_none_twice_and_repeats_no_more_than_was_hit() -> None:
    """Faults 1, 2, 4, 9, 31, 37, 46 to 48, 57, 58, 68, 70, 79 and 81, all in one."""
    figures = one_storm(1, SHORT)

    assert figures["broken"] == [], json.dumps(figures)
    assert sum(figures["struck"].values()) == SHORT.faults
    assert figures["struck"].keys() == set(Fault)


def test_no_call_whose_reply_was_cut_is_done_twice() -> None:
    """Faults 46 to 49; 10,000 of them in the long run."""
    told = cut_replies(1, 300)

    assert told["duplicates"] == 0, told["found"]
    assert min(told["by_verb"].values()) > 30
    assert told["meanwhile"].keys() == {"claimed", "ended", "fired"}


@pytest.mark.parametrize("protection", ["id", "turn", "cursor", "id-of-run"])
def test_calls_whose_replies_are_cut_are_done_twice_without(protection: str) -> None:
    """Faults 46, 47 and 49: that nothing was doubled is owed to these, and to each of them."""
    with without(PROTECTIONS[protection].parts):
        assert cut_replies(1, 300)["duplicates"] > 0


@pytest.mark.nightly
def test_tasks_that_hold_the_gil_for_three_leases_run_once() -> None:
    """Fault 17."""
    told = held_gil(1, minutes=0.5, lease=2.0)

    assert (told["duplicates"], told["leases_lost"]) == (0, 0), told["found"]


@pytest.mark.nightly
def test_no_submit_is_lost_that_an_embedded_server_acknowledged_before_it_was_killed() -> None:
    """Fault 31."""
    told = killed_servers(1, 20)

    assert told["lost"] == 0, told["found"]
    assert told["acknowledged"] > 100
