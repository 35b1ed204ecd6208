"""Which lines of output stand below a workflow's tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from qctl.cli.newest_output import NewestOutput, newest
from qctl.model.job import Job
from qctl.model.lines import Line
from qctl.model.state import State
from tests.unit.workflows_at_hand import failed, running

JOB = next(job for job in running().jobs.values() if job.state is State.RUNNING)
ENDED = next(job for job in failed().jobs.values() if job.attempts)


class Written:
    """Lines that were written and not read."""

    def __init__(self) -> None:
        self.of: dict[str, list[Line]] = {}

    def read(self, jobs: Mapping[str, Job]) -> Iterator[tuple[str, int, Line]]:
        for name in jobs:
            yield from ((name, 1, line) for line in self.of.pop(name, ()))


def line(text: str, at_ms: int = 0) -> Line:
    return Line(at_ms, "o", text.encode() + b"\n")


def test_a_job_that_has_ended_leaves_its_place_to_one_that_runs() -> None:
    written = Written()
    output = NewestOutput(written, 2)
    written.of = {"1": [line("a", 1), line("b", 2)]}
    assert output.lines({"1": JOB}) == [("1", "b"), ("1", "a")]
    jobs = {"1": ENDED, "2": JOB}
    assert output.lines(jobs) == []
    written.of = {"2": [line("c", 3)]}
    assert output.lines(jobs) == [("2", "c")]


def test_while_nothing_runs_the_lines_of_what_ended_last_stand_there() -> None:
    written = Written()
    written.of = {"1": [line("older")], "2": [line("newer")]}
    later = replace(ENDED, attempts=(replace(ENDED.attempts[-1], ended_ms=ENDED.attempts[-1].ended_ms + 1),))
    waiting = replace(JOB, state=State.WAITING, attempt=0, attempts=())
    assert NewestOutput(written, 2).lines({"1": ENDED, "2": later, "3": waiting}) == [("2", "newer")]


def test_every_running_job_has_its_last_line_before_an_older_one_of_another() -> None:
    lines = {"1": [line("a", 5), line("b", 9)], "2": [line("c", 1)], "3": [line("d", 7)]}
    assert newest(lines, ["1", "2", "3"], 2) == [("1", "b"), ("3", "d")]
    assert newest(lines, ["1", "2", "3"], 4) == [("1", "b"), ("3", "d"), ("2", "c"), ("1", "a")]


def test_of_many_that_run_all_are_read_in_their_turn() -> None:
    written = Written()
    jobs = {str(number): JOB for number in range(11)}
    written.of = {name: [line(name, int(name))] for name in jobs}
    output = NewestOutput(written, 2)
    for _ in range(3):
        found = output.lines(jobs)
    assert found == [("10", "10"), ("9", "9")]
    assert written.of == {}


def test_what_a_line_wrote_over_and_empty_lines_are_not_shown() -> None:
    written = Written()
    written.of = {"1": [line("10%\r20%\r30%\r"), line(""), line("   ")]}
    assert NewestOutput(written, 2).lines({"1": JOB}) == [("1", "30%")]
