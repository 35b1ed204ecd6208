"""Terminals of 40 cells and less: what matters most is the last to give way."""

from __future__ import annotations

from dataclasses import replace

from qctl.cli.grid import foot, labelled
from qctl.cli.screens import machines, output, waiting
from qctl.model.cells import width
from qctl.model.lines import Line
from qctl.model.report import report
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import NARROW, NOW_MS, PIPE
from tests.unit.test_screens import QUEUE


def test_a_narrow_report_gives_up_who_ran_an_attempt_and_when_before_how_it_ended() -> None:
    lines = report(at_hand.failed(), [], replace(NARROW, width=40))
    assert [line for line in lines if "#1" in line] == ["    #1  13:52:11     21s  exit 22  curl:"]
    lines = report(at_hand.failed(), [], replace(NARROW, width=24))
    assert [line for line in lines if "#1" in line] == ["    #1     21s  exit 22"]


def test_a_narrow_report_folds_what_a_wide_one_would_cut() -> None:
    spoken = ["what the job has said last, which takes more than forty cells"]
    lines = report(at_hand.failed(), spoken, replace(NARROW, width=40))
    said = " ".join(" ".join(lines).split())
    assert "…" not in said
    assert at_hand.failed().id in said.partition("Output")[2].partition(")")[0]
    assert spoken[0] in said
    assert lines[:2] == ["import-feed", "7knzz04a       ✗ failed after 3 attempts"]
    assert all(width(line) <= 40 for line in lines)


def test_a_narrow_task_and_the_line_below_a_table_are_folded() -> None:
    path = "/srv/qctl/tasks/of/the/night/tasks.toml"
    assert labelled("Defined", f"{path}:4", 9, replace(NARROW, width=40)) == [
        "Defined  /srv/qctl/tasks/of/the/night/",
        "         tasks.toml:4",
    ]
    counts = "3 running, 1 queued, 1 scheduled, 6 ended"
    assert foot([counts, "older: qctl history"], replace(NARROW, width=40)) == [
        "3 running, 1 queued, 1 scheduled, 6",
        "  ended",
        "older: qctl history",
    ]


def test_the_keys_keep_their_meaning_on_a_narrow_terminal() -> None:
    for cells in (80, 40, 30):
        keys = waiting.live(at_hand.running(), [], replace(NARROW, width=cells))[-1]
        assert "detaches" in keys
        assert keys.endswith(("cancels the job", "cancels"))


def test_a_line_of_output_is_cut_where_it_has_no_room() -> None:
    line = Line(at_ms=NOW_MS, stream="o", data=b"x" * 2000 + b"\n")
    assert width(output.line_for_people(line, replace(NARROW, width=40), room=38)) == 38
    assert len(output.line_for_people(line, PIPE)) == 2000


def test_a_narrow_listing_of_queues_rather_says_which_are_paused_than_who_works_on_them() -> None:
    title, row, *_ = machines.queues([QUEUE], "server", replace(NARROW, width=40))
    assert title.split() == ["QUEUE", "READY", "RUN", "OLDEST", "PAUSED"]
    assert "by ana" in row
    title, row, *_ = machines.queues([QUEUE | {"paused": None}], "server", replace(NARROW, width=40))
    assert title.split() == ["QUEUE", "READY", "RUN", "OLDEST", "WORKERS"]
    assert row.endswith("none!")
