"""Lists on a terminal of few cells: ids are never cut, and long names and errors go on below themselves."""

from __future__ import annotations

import pytest

from qctl.classes import replace
from qctl.cli.screens import figures, jobs
from qctl.cli.terminal import Look
from qctl.model.cells import width
from qctl.model.ending import Ending
from qctl.model.error_groups import group_errors
from qctl.model.folding import Fold, unfolded
from tests.unit.jobs_at_hand import NOW_MS, failed

NAME = "fetch-prices-from-suppliers"


@pytest.mark.parametrize("cells", [40, 50])
def test_the_name_of_a_task_is_whole_in_lists_of_jobs(cells: int) -> None:
    look = Look(now_ms=NOW_MS, width=cells)
    job = replace(failed(), call=replace(failed().call, task=NAME))
    for lines in (jobs.ps([job], "server", look), jobs.history(unfolded([job], 9).rows, "server", look)):
        begin = lines[0].index("TASK")
        end = lines[0].index("STATE")
        assert (
            "".join(line[begin:end].strip() for line in lines[1:] if line is lines[1] or line.startswith(" ")) == NAME
        ), lines
        assert lines[1].startswith(f"{job.id}  ")
        assert "✗ failed" in lines[1]


def failure(said: str) -> Ending:
    return Ending("7kq2f8wz", NAME, "default", "failed", "exit", NOW_MS, "db1", 0, 4, 22, None, "", said)


def errors(said: str, cells: int) -> list[str]:
    return figures.errors(group_errors([failure(said)]), "since 24h", "server", Look(now_ms=NOW_MS, width=cells))


@pytest.mark.parametrize("cells", [30, 40, 50, 79])
def test_on_a_small_terminal_what_an_error_says_stands_whole_below_it(cells: int) -> None:
    said = "curl: (22) The requested URL returned error: 503 " + "upstream was reset " * 13
    lines = errors(said, cells)
    assert "MESSAGE" not in lines[0]
    assert "7kq2f8wz" in lines[1]
    below = [line for line in lines if line.startswith("  ") and not line.strip().startswith(tuple("0123456789"))]
    assert said.rstrip().replace(" ", "") in "".join(below).replace(" ", ""), lines
    assert max(map(width, lines)) <= cells


@pytest.mark.parametrize("cells", [80, 120])
def test_what_an_error_says_goes_on_below_itself_where_it_has_a_column(cells: int) -> None:
    said = "tar: /srv/a: Cannot write: " + "while writing " * 4 + "No space left on device"
    begin = errors(said, cells)[0].index("MESSAGE")
    assert "No space left on device" in " ".join(line[begin:].strip() for line in errors(said, cells)[1:])


def test_an_error_that_says_nothing_leaves_no_line_below_it() -> None:
    assert errors("", 79)[2:] == ["1 error, 1 failure since 24h · server · why: qctl show 7kq2f8wz"]


@pytest.mark.parametrize("cells", [30, 35, 40])
def test_no_state_is_cut_for_how_long_it_took(cells: int) -> None:
    look = Look(now_ms=NOW_MS, width=cells)
    row = Fold(failed(), [failed()] * 1203)
    for lines, state in (
        (jobs.ps([failed()], "server", look), "✗ failed"),
        (jobs.history([row], "server", look), "✗ failed ×1,204" if cells > 34 else ""),
    ):
        assert state in lines[1], lines
        assert "…" not in lines[1] or not state, lines


def test_a_command_of_many_words_is_cut_after_some_lines() -> None:
    job = replace(failed(), call=replace(failed().call, task="x" * 400))
    lines = jobs.ps([job], "server", Look(now_ms=NOW_MS, width=40))
    assert len([line for line in lines if "x" in line]) == 8
    assert any("…" in line for line in lines)
