"""What the palette offers."""

from __future__ import annotations

import pytest

from qctl.tui.course import Course
from qctl.tui.keys import keys_of
from qctl.tui.look import Look
from qctl.tui.screen import Page, Screen, View
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances


def course(*, read_only: bool = False) -> Course:
    made = Course(Screen(read_only=read_only), instances.idle(), lambda _: Look(now_ms=NOW_MS))
    made.take(instances.busy())
    return made


def chosen(on: Course, text: str) -> Screen:
    (offer,) = [each for each in on.offered(text) if each.text == text]
    on.choose(offer)
    return on.screen


def test_every_key_that_acts_here_is_offered_and_does_the_same() -> None:
    on = course()
    told = [offer.key.name for offer in on.offered("") if offer.key is not None]
    assert {"cancel", "filter", "retry", "pause", "quit"} <= set(told)
    assert set(told) <= {key.name for key in keys_of(on.screen)}
    (cancel,) = [offer for offer in on.offered("") if offer.key is not None and offer.key.name == "cancel"]
    on.choose(cancel)
    assert on.screen.question is not None


def test_nothing_that_changes_is_offered_to_read_only() -> None:
    assert not [offer for offer in course(read_only=True).offered("") if offer.key is not None and offer.key.changes]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("queue batch", 'queue:"batch" state:active'),
        ("task backup-db", 'task:"backup-db"'),
        ("worker db1.1", 'worker:"db1.1" state:running'),
        ("queue elsewhere", 'queue:"elsewhere"'),
        ("job 7kzz", 'id:"7kzz"'),
        ('task a"b', 'task:"a*b"'),
    ],
)
def test_a_name_leads_to_its_jobs(text: str, query: str) -> None:
    on = course()
    there = chosen(on, text)
    assert (there.view, there.list.query) == (View.JOBS, query)
    assert on.wanted().query is not None


def test_a_job_at_hand_is_opened_and_a_schedule_pointed_at() -> None:
    job = instances.busy_jobs()[0].id
    there = chosen(course(), f"job {job}")
    assert (there.page, there.job) == (Page.JOB, job)
    there = chosen(course(), "schedule import-feed")
    assert (there.view, there.list.cursor) == (View.SCHEDULE, "import-feed")
