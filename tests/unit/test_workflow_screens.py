"""What people see of workflows: trees that fit, the right words, and nothing that drives a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from qctl.cli.screens import workflows as screens
from qctl.cli.terminal import Look
from qctl.model.cells import width
from qctl.model.exit_codes import exit_code_of
from qctl.model.job_words import ending
from qctl.model.lines import Line, of_sane_length
from qctl.model.report import Steps, report
from qctl.model.schemas import WORKFLOW, job_schema, workflow_schema
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.outline import Workflow, outline
from qctl.model.workflow.picture import picture
from qctl.model.workflow.plan import GroupTerms, Node, Plan
from qctl.model.workflow.standing import tally
from qctl.model.workflow.tree import Policy
from qctl.model.workflow.view import workflow_job_view, workflow_view
from tests.unit import workflows_at_hand as at_hand
from tests.unit.jobs_at_hand import ASCII, NARROW, NOW_MS, PIPE, WIDE, failed
from tests.unit.workflows_at_hand import ID, nodes_by_name, own_job, step, tree

Make = Callable[[], Workflow]
WIDTHS = [NARROW, WIDE, ASCII, *(Look(now_ms=NOW_MS, width=cells) for cells in (40, 60, 200))]


def all_lines(workflow: Workflow, look: Look) -> list[str]:
    rows = outline(workflow.nodes, workflow.plan)
    lines = tree(workflow, look) + screens.live(workflow, rows, ["\x1b]0;owned\x07 out", "y" * 300], look)
    lines += report(workflow.job, ["\x1b[2J"], look, steps=Steps("all", tree(workflow, look), f"{ID}.1"))
    lines += screens.next_commands(workflow, f"{ID}.2", look)
    if workflow.job.ended:
        lines += [*screens.folded(screens.ended(workflow, look)[0], look), *screens.ended(workflow, look)[1:]]
    return lines


@pytest.mark.parametrize("make", at_hand.EVERY)
@pytest.mark.parametrize("look", WIDTHS, ids=lambda look: f"{look.width}{'' if look.unicode else ' ascii'}")
def test_no_line_of_a_workflow_is_wider_than_the_terminal(make: Make, look: Look) -> None:
    assert [line for line in all_lines(make(), look) if width(line) > (look.width or 0)] == []


@pytest.mark.parametrize("make", at_hand.EVERY)
@pytest.mark.parametrize("look", WIDTHS, ids=lambda look: f"{look.width}{'' if look.unicode else ' ascii'}")
def test_no_line_of_a_tree_that_stands_further_in_is_wider_than_the_terminal(make: Make, look: Look) -> None:
    """As reports and `ps -t` have it."""
    flow = make()
    lines = picture(outline(flow.nodes, flow.plan), flow, look, indent=" " * 6)
    assert [line for line in lines if width(line) > (look.width or 0)] == []


@pytest.mark.parametrize("look", WIDTHS, ids=lambda look: f"{look.width}{'' if look.unicode else ' ascii'}")
def test_a_report_gives_the_whole_id_however_long_the_pipeline_is(look: Look) -> None:
    job = own_job()
    job = replace(job, call=replace(job.call, pipeline=" | ".join(["dump(db=main)"] * 20)))
    assert ID in " ".join(report(job, [], look)[:2]).split(), "in the first line, or right below the title"


@pytest.mark.parametrize("make", at_hand.EVERY)
def test_nothing_of_a_workflow_drives_a_terminal(make: Make) -> None:
    text = "".join(all_lines(make(), NARROW))
    assert {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf")} == set()


@pytest.mark.parametrize("make", at_hand.EVERY)
def test_a_terminal_without_utf_8_gets_ascii_alone(make: Make) -> None:
    assert "".join(all_lines(make(), ASCII)).isascii()


@pytest.mark.parametrize("make", at_hand.EVERY)
@pytest.mark.parametrize("look", [NARROW, WIDE], ids=["80", "120"])
def test_the_live_region_has_eight_lines_at_most(make: Make, look: Look) -> None:
    workflow = make()
    rows = outline(workflow.nodes, workflow.plan)
    assert 3 <= len(screens.live(workflow, rows, ["a", "b", "c"], look)) <= 8


def test_a_step_that_tells_no_progress_may_be_done_when_its_task_usually_is() -> None:
    flow = at_hand.running()
    jobs = {name: replace(job, progress=None, progress_text=None) for name, job in flow.jobs.items()}
    flow = replace(flow, jobs=jobs)
    rows = outline(flow.nodes, flow.plan)
    (row,) = (line for line in picture(rows, flow, WIDE, typical={"gzip": 190.0}) if ".2 gzip" in line)
    assert row.rstrip().endswith("ETA ~1m10s")
    assert not any("ETA" in line for line in picture(rows, flow, WIDE, typical={"gzip": 30.0, "checksum": 900.0}))


def test_a_tall_terminal_shows_more_of_the_tree_and_never_more_than_a_third_of_it() -> None:
    workflow = at_hand.wide_group()
    rows = outline(workflow.nodes, workflow.plan)
    assert [len(screens.live(workflow, rows, ["a"], NARROW, height=height)) for height in (10, 24, 40)] == [8, 8, 13]


def test_output_has_its_lines_below_a_tree_that_is_shortened_anyway() -> None:
    lines = [line.rstrip() for line in live_lines(at_hand.wide_group(), ["newest", "older", "oldest"])]
    assert lines[-3:-1] == ["  older", "  newest"]
    assert len(lines) == 8


def test_a_tree_that_fits_goes_before_output_of_which_the_newest_line_stays() -> None:
    lines = live_lines(at_hand.running(), ["newest", "older"])
    assert ".4 upload" in lines[-3]
    assert lines[-2].rstrip() == "  newest"


def test_a_long_name_leaves_room_for_what_its_job_wrote() -> None:
    assert screens.written("n" * 100, "written", NARROW).endswith("… │ written")
    assert width(screens.written("n" * 100, "written", NARROW)) < 40


def live_lines(workflow: Workflow, tail: list[str]) -> list[str]:
    return screens.live(workflow, outline(workflow.nodes, workflow.plan), tail, NARROW)


def test_a_tree_shows_the_group_between_the_steps_and_what_each_waits_for() -> None:
    assert [line.rstrip() for line in tree(at_hand.running())] == [
        "  ✔ .1 dump db=main             ok       db1.1  17m50s  exit 0",
        "  ├─┬ ● group of 2              running                 1/2 done",
        "  │ ├ ● .2 gzip                 running  db1.1      2m  63%  ETA ~1m10s",
        "  │ └ ✔ .3 checksum             ok       db1.1  17m50s  exit 0",
        "  └ ○ .4 upload bucket=s3://dr  waiting                 for the group",
    ]


def test_a_failure_says_why_and_what_was_skipped_for_it() -> None:
    text = "\n".join(tree(at_hand.failed()))
    assert "✗ .2 gzip                 failed   web1.3     21s  exit 22, attempt 3/3: curl: (22)" in text
    assert "⊘ .4 upload bucket=s3://dr  skipped                  .2 failed" in text


def test_a_line_beyond_all_measure_floods_neither_terminal_nor_log() -> None:
    assert len(screens.fitted("x" * 262_000, PIPE)) == 2000
    assert len(screens.fitted("x" * 262_000, NARROW)) == 80
    line = of_sane_length(Line(NOW_MS, "o", b"x" * 262_000))
    assert len(line.data) == 2000
    assert line.data.decode().endswith("x…")
    assert of_sane_length(Line(NOW_MS, "o", b"short\n")).data == b"short\n"


def test_a_value_that_was_not_taken_is_no_exit_0() -> None:
    attempt = replace(failed().attempts[-1], outcome=Outcome.FAILED, reason=Reason.RESULT_REJECTED, exit_code=0)
    assert ending(attempt) == "result rejected"


def test_of_many_members_those_are_shown_that_failed_or_run_and_the_rest_is_counted() -> None:
    lines = tree(at_hand.wide_group(), NARROW, 8)
    assert [line.split()[1] for line in lines[1:-1]] == ["✗", "✗", "●", "●", "●", "●"]
    assert lines[-1] == "  … 194 more: 100 waiting, 94 ok"


def test_members_that_are_chains_and_groups_within_groups_hang_below_each_other() -> None:
    nodes = nodes_by_name(
        Node(
            name="g1", group=GroupTerms(heads=("1", "g2"), policy=Policy.ANY, max_parallel=2, fail_fast=True), next="6"
        ),
        step("1", "b", within="g1", next="2"),
        step("2", "c", within="g1", previous="1"),
        Node(name="g2", group=GroupTerms(heads=("3", "4"), max_fail=1), within="g1", position=1, next="5"),
        step("3", "d", within="g2"),
        step("4", "e", within="g2", position=1),
        step("5", "f", within="g1", position=1, previous="g2", takes_input=False, tolerant=True),
        step("6", "h", previous="g1", handler=True),
    )
    plan = Plan(first="g1", last="6", nodes=tuple(nodes.values()), main=8)
    assert [f"{row.stem}{row.title}" for row in outline(nodes, plan)] == [
        "├─┬ group of 2, any, 2 at a time, fail fast",
        "│ ├ b",
        "│ │ └ c",
        "│ └─┬ chain of 2",
        "│   ├─┬ group of 2, 1 failure allowed",
        "│   │ ├ d",
        "│   │ └ e",
        "│   └ .f?",
        "└ h!",
    ]


def test_side_branches_say_when_they_start_and_are_drawn_once() -> None:
    nodes = nodes_by_name(
        step("1", "a", next="2", error_links=("3",), links=("4",)),
        step("2", "b", previous="1", error_links=("3",)),
        step("3", "tell"),
        step("4", "log"),
        step("on_error", "page"),
    )
    plan = Plan(first="1", last="2", nodes=tuple(nodes.values()), main=2, on_error=("on_error",))
    found = [(row.role, row.name) for row in outline(nodes, plan)]
    assert found == [("", "1"), ("then", "4"), ("if it fails", "3"), ("", "2"), ("on_error", "on_error")]


def test_members_that_were_added_to_a_group_are_counted_and_drawn() -> None:
    """C75"""
    before = at_hand.running()
    added = step("5", "gzip", within="g1", position=2)
    workflow = replace(before, nodes={**before.nodes, "5": added})
    assert tally(workflow).total == 5
    assert any(".5 gzip" in line for line in tree(workflow))
    assert "group of 3" in "\n".join(tree(workflow))


def test_what_was_cancelled_is_not_counted_among_what_failed() -> None:
    before = at_hand.failed()
    workflow = replace(before, fates={**before.fates, "3": "cancelled"})
    assert tally(workflow).said == "4/4 done, 1 failed, 1 cancelled, 1 skipped"


def test_handlers_and_side_branches_that_were_not_called_for_are_no_steps() -> None:
    nodes = nodes_by_name(step("1", "a", next="2"), step("2", "h", handler=True, previous="1"), step("3", "link"))
    plan = Plan(first="1", last="2", nodes=tuple(nodes.values()), main=2)
    workflow = at_hand.Workflow(job=own_job(), plan=plan, nodes=nodes, fates={"1": "succeeded", "2": "unneeded"})
    assert (tally(workflow).total, tally(workflow).done) == (1, 1)
    assert "– .2 h!  not needed" in "\n".join(tree(workflow))


def test_the_end_of_a_workflow_that_failed_names_each_step_and_the_next_commands() -> None:
    lines = screens.ended(at_hand.failed(), PIPE)
    assert lines[0] == f"✗ pipeline {ID} failed after 6m40s: 1 of 4 jobs failed, 1 never ran  exit 1"
    assert "✔ .1 dump   ✗ .2 gzip (exit 22, attempt 3/3" in lines[1]
    assert "⊘ .4 upload (skipped: .2 failed)" in lines[1]
    said = screens.next_commands(at_hand.failed(), f"{ID}.2", PIPE)
    assert f"qctl show {ID}.2" in said[0]
    assert f"qctl retry {ID} --failed" in said[1]


def test_the_end_of_a_workflow_that_succeeded_is_one_line() -> None:
    assert screens.ended(at_hand.succeeded(), PIPE) == [f"✔ pipeline {ID} succeeded in 6m40s: 4 jobs  exit 0"]


def test_changes_in_a_log_are_a_line_for_each_node() -> None:
    failed = at_hand.failed()
    assert screens.change("2", failed, PIPE) == f"14:02:11 {ID}.2 gzip failed exit=22 run=21s"
    assert screens.change("4", failed, PIPE) == f"14:02:11 {ID}.4 upload skipped: .2 failed"
    running = screens.change("2", at_hand.running(), PIPE)
    assert running == f"14:02:11 {ID}.2 gzip running worker=db1.1 attempt=1/3"


def test_a_report_of_a_workflow_says_what_failed_first_and_how_to_run_the_rest() -> None:
    failed = at_hand.failed()
    text = "\n".join(report(failed.job, ["no space left"], NARROW, steps=Steps("2/4", tree(failed), f"{ID}.2")))
    assert f"failed: job {ID}.2 did not succeed (qctl show {ID}.2)" in text
    assert f"Output of {ID}.2 (last 1; all: qctl logs {ID}.2)" in text
    assert f"qctl retry {ID} --failed" in text
    assert "Tries" not in text
    assert "it never started" not in text


@pytest.mark.parametrize(
    ("outcome", "begun", "code"),
    [
        (Outcome.FAILED, True, 1),
        (Outcome.CANCELLED, True, 143),
        (Outcome.CANCELLED, False, 6),
        (Outcome.EXPIRED, True, 1),
        (Outcome.EXPIRED, False, 6),
        (Outcome.SKIPPED, False, 6),
        (Outcome.TIMEOUT, True, 124),
        (Outcome.LOST, True, 125),
        (Outcome.SUCCEEDED, True, 0),
    ],
)
def test_a_workflow_has_the_exit_code_of_its_end(outcome: Outcome, begun: bool, code: int) -> None:
    job = replace(at_hand.failed().job, outcome=outcome)
    assert exit_code_of(job if begun else replace(job, started_ms=None)) == code


@pytest.mark.parametrize("make", at_hand.EVERY)
def test_a_workflow_as_json_is_what_its_schema_says(make: Make) -> None:
    workflow = make()
    shown = workflow_view(workflow)
    assert list(shown) == list(WORKFLOW)
    Draft202012Validator(workflow_schema()).validate(shown)
    whole = workflow_job_view(workflow)
    Draft202012Validator(job_schema()).validate(whole)
    assert len(whole["children"]) == sum(node.job is not None for node in workflow.nodes.values())
