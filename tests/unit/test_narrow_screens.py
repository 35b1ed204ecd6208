"""Terminals of 40 cells and less: what matters most is the last to give way."""

from __future__ import annotations

from dataclasses import replace

from qctl.cli.grid import ANY, Cell, Column, foot, grid, labelled
from qctl.cli.screens import events, machines, output, tasks, waiting
from qctl.model.cells import width
from qctl.model.event import Event
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


def test_a_cell_that_folds_goes_on_below_itself_and_the_others_stand_in_the_first_line() -> None:
    columns = (Column("KEY"), Column("VALUE", least=10, folds_below=ANY), Column("ORIGIN", least=9, folds_below=ANY))
    redis: list[Cell | str] = ["redis", Cell("unix:///run/qctl/redis.sock"), "default: embedded"]
    rows: list[list[Cell | str]] = [redis, ["yes", "false", "default"]]
    assert grid(columns, rows, replace(NARROW, width=30)) == [
        "KEY    VALUE       ORIGIN",
        "redis  unix:///    default:",
        "       run/qctl/   embedded",
        "       redis.sock",
        "yes    false       default",
    ]
    assert grid(columns, rows, PIPE)[1] == "redis  unix:///run/qctl/redis.sock  default: embedded"


def test_what_people_type_is_told_in_full_on_a_narrow_terminal_and_cut_on_a_wider_one() -> None:
    name = "backup-of-the-database-in-the-main-office"
    item = {"name": name, "queue": "default", "params": [], "usable": True}
    for cells in (40, 59):
        said = "\n".join(
            tasks.tasks([item | {"summary": "Dump it, and copy it away"}], "f", replace(NARROW, width=cells))
        )
        assert name in "".join(line.removeprefix("  ").split("  ")[0] for line in said.splitlines())
        assert "…" not in said
        assert max(map(width, said.splitlines())) <= cells
    assert "…" in tasks.tasks([item | {"summary": "x" * 40}], "f", replace(NARROW, width=60))[1]


def test_the_jobs_of_an_event_go_on_below_it_as_far_as_there_is_sense_in_it() -> None:
    few, many = (Event("1000-0", "cancel", tuple(f"job{number:05}" for number in range(count))) for count in (4, 500))
    assert [width(line) <= 40 for line in events.events([few], replace(NARROW, width=40))] == [True, True]
    assert " ".join(" ".join(events.events([few], replace(NARROW, width=40))).split()).endswith(" ".join(few.jobs))
    assert len(events.events([many], replace(NARROW, width=40))) <= 4
    assert len(events.events([few], replace(NARROW, width=60))) == 1
