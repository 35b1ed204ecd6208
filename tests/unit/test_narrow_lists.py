"""Lists on a terminal of few cells: ids are never cut, and long names and errors go on below themselves."""

from __future__ import annotations

import pytest

from qctl.classes import replace
from qctl.cli.screens import figures, jobs
from qctl.cli.terminal import Look
from qctl.model.ending import Ending
from qctl.model.error_groups import group_errors
from qctl.model.folding import unfolded
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


@pytest.mark.parametrize("cells", [40, 50])
def test_what_an_error_says_is_whole_in_the_list_of_errors(cells: int) -> None:
    said = "curl: (22) The requested URL returned error: 503"
    ending = Ending("7kq2f8wz", NAME, "default", "failed", "exit", NOW_MS, "db1", 0, 4, 22, None, "", said)
    lines = figures.errors(group_errors([ending]), "since 24h", "server", Look(now_ms=NOW_MS, width=cells))
    begin, end = lines[0].index("MESSAGE"), lines[0].index("EXAMPLE")
    column = [line[begin:end].strip() for line in lines[1:-2]]
    assert "".join(column).replace(" ", "").startswith("curl:(22)TherequestedURLreturnederror:503"), lines
    assert "7kq2f8wz" in lines[1]


def test_a_command_of_many_words_is_cut_after_some_lines() -> None:
    job = replace(failed(), call=replace(failed().call, task="x" * 400))
    lines = jobs.ps([job], "server", Look(now_ms=NOW_MS, width=40))
    assert len([line for line in lines if "x" in line]) == 8
    assert any("…" in line for line in lines)
