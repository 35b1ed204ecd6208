"""The screen as lines: once, or what is new of it each time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from qctl.client.watching import Snapshot, Want
from qctl.errors import QctlError, UsageError
from qctl.tui import plain
from qctl.tui.course import Course
from qctl.tui.look import Look
from qctl.tui.screen import Screen
from qctl.tui.spoken import rates_words
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances


class Told:
    """A server that answers these, one after the other, the last one again and again."""

    def __init__(self, *answers: Snapshot | QctlError) -> None:
        self._answers = list(answers)
        self.wants: list[Want] = []

    def look(self, want: Want) -> Snapshot:
        self.wants.append(want)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, QctlError):
            raise answer
        return answer

    def close(self) -> None:
        pass


def course(width: int = 120, height: int = 40) -> Course:
    screen = Screen(width=width, height=height)
    return Course(screen, instances.unanswered(), lambda _: Look(now_ms=NOW_MS))


def bare(text: str, style: str) -> str:
    return text


def marked(text: str, style: str) -> str:
    return f"<{style}>{text}" if style else text


def taken(lines: Callable[[], list[str]], times: int) -> list[list[str]]:
    return [lines() for _ in range(times)]


def test_one_picture_has_no_keys_and_no_blanks_at_the_ends_of_its_lines() -> None:
    lines = plain.once(course(), Told(instances.busy()), bare)
    text = "\n".join(lines)
    assert "backup-db" in text
    assert "q quit" not in text
    assert all(line == line.rstrip() for line in lines)
    assert lines[-1]


def test_it_shows_the_output_of_the_first_job() -> None:
    told = Told(instances.busy())
    plain.once(course(), told, bare)
    assert told.wants[-1].log == instances.busy_jobs()[0].id


def test_styles_are_painted_by_their_names() -> None:
    assert any("<bad>" in line for line in plain.once(course(), Told(instances.busy()), marked))


def test_a_server_that_is_away_is_an_error_of_one_picture() -> None:
    with pytest.raises(UsageError):
        plain.once(course(), Told(UsageError("away")), bare)


def test_only_lines_that_were_not_there_before_follow_the_first_picture() -> None:
    busy = instances.busy()
    fewer = replace(busy, page=replace(busy.page, jobs=busy.page.jobs[1:], total=len(busy.page.jobs) - 1))
    rounds = plain.changes(course(), Told(busy, busy, busy, fewer), bare, lambda: None)
    first, *rest = taken(lambda: next(rounds), 4)
    assert any("TASK" in line for line in first)
    assert rest[1] == []
    assert rest[2]
    assert not [line for line in rest[2] if line in first]


def test_a_row_is_told_again_when_its_job_goes_on_and_not_for_its_age() -> None:
    def later(snapshot: Snapshot, seconds: int) -> Snapshot:
        now_ms = NOW_MS + 1000 * seconds
        return replace(snapshot, now_ms=now_ms, health=replace(instances.busy_health(), now_ms=now_ms))

    busy = instances.busy()
    first, *others = busy.page.jobs
    further = replace(busy, page=replace(busy.page, jobs=(replace(first, progress=0.9), *others)))
    on = Course(Screen(width=120, height=40), instances.unanswered(), lambda now_ms: Look(now_ms=now_ms))
    told = Told(busy, later(busy, 7), later(busy, 600), later(further, 601))
    rounds = plain.changes(on, told, bare, lambda: None)
    _, *same, news = taken(lambda: next(rounds), 4)
    assert same == [[], ["14:12:11 warning: queue default: oldest job waits 10m (limit 5m)"]], "which is no age"
    (row,) = news
    assert row.startswith("14:12:12 ")
    assert " 90%" in row


def test_a_server_that_goes_away_and_comes_back_is_told_as_such() -> None:
    busy = instances.busy()
    rounds = plain.changes(course(), Told(busy, UsageError("Redis is away"), busy), bare, lambda: None)
    _, away, back = taken(lambda: next(rounds), 3)
    assert "Redis is away" in away[0]
    assert "Redis is away" not in back[0]


def test_it_is_words_and_nothing_is_drawn() -> None:
    """For a pipe and for who listens: no bars, no frames, no signs of a throughput."""
    for made in (instances.busy, instances.idle, instances.hostile, instances.unanswered):
        told = "\n".join(plain.in_words(worded(), Told(made()), bare))
        assert not re.search("[▁-█░▕▏─│┌┐└┘├┤▸]", told), made
    lines = plain.in_words(worded(), Told(instances.busy()), bare)
    assert [line for line in lines if line.startswith("throughput ")] == [
        "throughput 13/min, failures 1.6 %, wait 0.1s"
    ]


def worded() -> Course:
    look = Look(now_ms=NOW_MS, bars=False)
    return Course(Screen(width=120, height=40), instances.unanswered(), lambda _: look)


@pytest.mark.parametrize(
    ("succeeded", "failed", "said"),
    [
        ((), (), "throughput 0/min, failures 0 %"),
        ((60, 60, 60, 60, 60), (0, 0, 0, 0, 1), "throughput 60/min, failures 0.3 %"),
        ((0, 1, 1, 0, 0), (0, 0, 0, 0, 0), "throughput 0.4/min, failures 0 %"),
        ((0, 0, 0, 0, 0), (0, 0, 9, 0, 0), "throughput 0/min, failures 100 %"),
    ],
)
def test_rates_are_told_in_words(succeeded: tuple[int, ...], failed: tuple[int, ...], said: str) -> None:
    rates = replace(instances.busy_rates(), succeeded=succeeded, failed=failed, wait_p95_ms=())
    assert rates_words(rates) == said


def test_each_line_of_it_says_what_it_is_about() -> None:
    lines = plain.in_words(worded(), Told(instances.busy()), bare)
    begins = {line.partition(" ")[0].rstrip(":") for line in lines}
    assert {"throughput", "queue", "next", "failed", "warning", "1"} <= begins


def test_a_job_that_moves_up_in_its_queue_is_no_news() -> None:
    busy = instances.busy()
    assert busy.page.places
    moved = replace(busy, page=replace(busy.page, places=dict.fromkeys(busy.page.places, 9)))
    rounds = plain.changes(course(), Told(busy, moved), bare, lambda: None)
    first, news = taken(lambda: next(rounds), 2)
    assert any("1st in queue" in line for line in first)
    assert news == []
