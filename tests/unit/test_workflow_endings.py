"""What people see of steps that did not run, and of what starts when a workflow has ended."""

from __future__ import annotations

from dataclasses import replace

from qctl.cli.screens import workflows as screens
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.plan import GroupTerms
from qctl.model.workflow.standing import tally
from tests.unit import workflows_at_hand as at_hand
from tests.unit.jobs_at_hand import PIPE
from tests.unit.workflows_at_hand import step, tree


def overtaken() -> at_hand.Workflow:
    """Its time limit was over while the first step ran."""
    before = at_hand.failed()
    never = replace(before.jobs["4"], outcome=Outcome.TIMEOUT, reason=Reason.TIMEOUT, upstream=None)
    job = replace(before.job, outcome=Outcome.TIMEOUT, reason=Reason.TIMEOUT, upstream=None)
    return replace(
        before, job=job, fates={**before.fates, "2": "succeeded", "4": "timeout"}, jobs={**before.jobs, "4": never}
    )


def test_a_step_that_a_time_limit_kept_from_starting_did_not_fail() -> None:
    assert tally(overtaken()).said == "4/4 done, 1 not run"
    assert "⊘ .4 upload bucket=s3://dr  not run                  its workflow ran into its time limit" in "\n".join(
        tree(overtaken())
    )
    lines = screens.ended(overtaken(), PIPE)
    assert ": 1 of 4 jobs never ran" in lines[0]
    assert "⊘ .4 upload (not run: its workflow ran into its time limit)" in lines[1]


def after_the_end(workflow: at_hand.Workflow, *, each_error: bool = False) -> at_hand.Workflow:
    ends = {name: step(name, "page") for name in ("on_error", "on_success")}
    whole = replace(workflow.plan, on_error=("on_error",), on_success=("on_success",), each_error=each_error)
    return replace(workflow, plan=whole, nodes={**workflow.nodes, **ends})


def test_what_would_come_after_another_end_says_why_it_did_not_run() -> None:
    failed, succeeded = tree(after_the_end(at_hand.failed())), tree(after_the_end(at_hand.succeeded()))
    words = "└ – on_success: .on_success page not needed the workflow failed"
    assert " ".join(failed[-1].split()) == words
    assert " ".join(succeeded[-2].split()) == "└ – on_error: .on_error page not needed the workflow succeeded"


def test_what_starts_for_each_failed_node_is_shown_for_each() -> None:
    workflow = after_the_end(at_hand.failed(), each_error=True)
    job = workflow.jobs["1"]
    copies = {f"on_error-{number}": step(f"on_error-{number}", "page") for number in (1, 2)}
    workflow = replace(
        workflow,
        nodes={**workflow.nodes, **copies},
        fates={**workflow.fates, **dict.fromkeys(copies, "succeeded")},
        jobs={**workflow.jobs, **dict.fromkeys(copies, job)},
    )
    lines = [line for line in tree(workflow) if "on_error" in line]
    assert [" ".join(line.split()[1:5]) for line in lines] == [f"✔ on_error: .{name} page" for name in copies]


def test_a_handler_from_before_a_workflow_ran_again_counts_no_more() -> None:
    workflow = after_the_end(at_hand.succeeded())
    workflow = replace(workflow, jobs={**workflow.jobs, "on_error": workflow.jobs["1"]})
    assert tally(workflow).said == "4/4 done"
    assert " ".join(tree(workflow)[-2].split()) == ("└ – on_error: .on_error page not needed the workflow succeeded")


def test_a_group_in_which_too_many_failed_says_how_many_were_allowed() -> None:
    before = at_hand.wide_group()
    terms = GroupTerms(heads=tuple(name for name in before.nodes if name != "g1"), max_fail=1)
    nodes = {**before.nodes, "g1": replace(before.nodes["g1"], group=terms)}
    lines = tree(replace(before, nodes=nodes, fates={**before.fates, "g1": "failed"}))
    assert "2 failed, 1 allowed" in lines[0]
