"""No state is told by colour alone: every state and outcome has a word of its own, in lists and in `top`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from qctl.cli.screens import jobs as lists
from qctl.cli.terminal import Look
from qctl.model.folding import Fold
from qctl.model.job import Job
from qctl.model.job_words import state_words
from qctl.model.signs import in_ascii
from qctl.model.state import Outcome, State
from qctl.model.verdict import Verdict
from qctl.tui.canvas import rich_style
from qctl.tui.look import STYLES
from qctl.tui.screen import Screen
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.screens_drawn import screens_of
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.pictures import drawn, text_of

_COLOUR: Final = re.compile("\x1b\\[[0-9;]*m")
PLAIN: Final = Look(now_ms=NOW_MS, width=120)
#: Each walk of life of a job, by what it is.
JOBS: Final[Mapping[str, Job]] = {
    "waiting": replace(at_hand.queued(), state=State.WAITING),
    "scheduled": at_hand.scheduled(),
    "retry": at_hand.retrying(),
    "queued": at_hand.queued(),
    "held": replace(at_hand.queued(), parked_by="lock:db"),
    "running": at_hand.running(),
    "stopping": replace(at_hand.running(), cancelling=True),
    **{str(outcome): at_hand.ended_by(outcome) for outcome in Outcome},
}


def test_every_state_and_outcome_is_among_them() -> None:
    assert {job.state for job in JOBS.values()} == set(State)
    assert {job.outcome for job in JOBS.values()} == {None, *Outcome}


def test_each_has_a_word_of_its_own_with_signs_and_in_ascii() -> None:
    words = [state_words(job)[0] for job in JOBS.values()]
    for told in (words, [in_ascii(each) for each in words], [each.partition(" ")[2] for each in words]):
        assert sorted(told) == sorted(set(told))


@pytest.mark.parametrize("name", JOBS)
def test_it_stands_in_the_lists_of_commands_and_of_top(name: str) -> None:
    job = replace(JOBS[name], id="7kstate0")
    word = state_words(job)[0].partition(" ")[2]
    rows = [lists.history([Fold(job)], "s", PLAIN)[1] if job.ended else lists.ps([job], "s", PLAIN)[1]]
    busy = instances.busy()
    seen = replace(busy, page=replace(busy.page, jobs=(job,), total=1))
    rows += [line for line in text_of(drawn(Screen(width=120, height=40), seen)) if "7kstate0" in line][:1]
    assert [row for row in rows if not re.search(rf"\b{word}\b", row)] == []
    assert len(rows) == 2


def test_a_screen_says_the_same_without_colours() -> None:
    coloured = replace(PLAIN, colour=True, live=True)
    plain = replace(PLAIN, live=True)
    for name, draw in screens_of("evil").items():
        assert [_COLOUR.sub("", line).rstrip() for line in draw(coloured)] == [line.rstrip() for line in draw(plain)], (
            name
        )


def test_top_has_no_colour_where_none_is_wanted() -> None:
    for style in STYLES:
        wanted = rich_style(style, colour=False)
        assert (wanted.color, wanted.bgcolor) == (None, None)


def test_schedules_and_workers_say_how_they_are() -> None:
    words = [str(verdict) for verdict in Verdict]
    assert all(words)
    assert len(set(words)) == len(words)
