"""Ways of a submit that are not those to a server: a plan alone, and from inside a job."""

from __future__ import annotations

from shlex import join, quote

from qctl.cli.accepted import receipt_view
from qctl.cli.emit import as_json, emit_list, write, write_text
from qctl.cli.requesting import awaiting
from qctl.client.sending import SomeRefused
from qctl.config.requests import prepare
from qctl.errors import NotPermitted
from qctl.model.call import SHOWN, Call
from qctl.model.show import count
from qctl.model.words import text_of
from qctl.model.workflow.outline import drafted, outline
from qctl.model.workflow.picture import drawing
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.view import workflow_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, Final

    from qctl.cli.each import Each
    from qctl.cli.session import Session
    from qctl.client import Client, InnerClient, Receipt
    from qctl.config import Config
    from qctl.config.requests import Request
    from qctl.model.submission import Submission

_COLUMNS: Final = ("task", "queue", "priority", "params", "args")


def with_whole_ids(client: Client, wanted: Request) -> Request:
    """The request with whole ids of the jobs that it is to wait for. Raises NoSuchJob and NotFound."""
    return awaiting(wanted, tuple(map(client.resolve, wanted.options.after)))


def show_plan(wanted: Request, config: Config, here: Session, *, local: bool, graph: bool = False) -> int:
    """Say what would be submitted, or with `local` run here: one job, or one workflow, and one document.

    With `graph` a workflow is drawn.
    """
    (one,) = _prepared([wanted], wanted.options.after, config, here)
    if isinstance(one, WorkflowSubmission):
        return show_workflow(one, here, graph=graph)
    plans = [_plan(one)]
    if here.settings.output in ("json", "jsonl"):
        write(as_json(plans[0]))
    else:
        _show(plans, here, local=local)
    return 0


def show_plans(wanted: Each, config: Config, here: Session) -> None:
    """Say what would be submitted for each line, all of which are checked. Raises BadLine."""
    with wanted.naming_lines():
        _show([_plan(one) for one in _prepared(wanted, wanted.after, config, here)], here)


def _prepared(wanted: Iterable[Request], after: Sequence[str], config: Config, here: Session) -> Iterator[Submission]:
    """What would be submitted, each checked as it comes; `after` is what all of it waits for."""
    jobs: tuple[str, ...] = ()
    if after:
        with here.client(config) as client:
            jobs = tuple(map(client.resolve, after))
    for one in wanted:
        yield prepare(awaiting(one, jobs), config)


def _show(plans: list[dict[str, Any]], here: Session, *, local: bool = False) -> None:
    def lines() -> list[str]:
        return [here.out.safe(_line(plan, local=local)) for plan in plans]

    emit_list(here.settings, plans, lines, columns=_COLUMNS, name="task")


def _plan(plan: Submission) -> dict[str, Any]:
    call = Call.decode(plan.body)
    return {
        "schema": "qctl.plan/1",
        "task": plan.task,
        "params": call.shown_params,
        "args": [*call.positional, *call.args],
        "queue": plan.queue,
        "priority": plan.priority,
        "after": list(call.after),
        "key": call.key,
        "env": dict(call.env),
        "labels": dict(call.labels),
    }


def _line(plan: dict[str, Any], *, local: bool) -> str:
    """A plan in one line: the task or command, its parameters as one types them, and which options were given."""
    where = "here" if local else f"to queue {plan['queue']}, priority {plan['priority']}"
    said = f"would {'run' if local else 'submit'} {plan['task']} {where}"
    words = [f"{name}={value if value == SHOWN else quote(text_of(value))}" for name, value in plan["params"].items()]
    words += map(quote, map(text_of, plan["args"]))
    said += f": {' '.join(words)}" if words else ""
    given = [("after", plan["after"]), ("key", [plan["key"]] if plan["key"] else [])]
    given += [(name, [f"{key}={value}" for key, value in plan[name].items()]) for name in ("env", "labels")]
    return " · ".join([said, *(f"{name} {join(values)}" for name, values in given if values)])


def show_workflow(one: WorkflowSubmission, here: Session, *, graph: bool) -> int:
    """Say which jobs a workflow would make, drawn as they follow each other; with `graph` the drawing alone."""
    draft = drafted(one, here.out.now_ms)
    if here.settings.for_programs:
        view = workflow_view(draft)
        write(as_json(view if graph else _plan(one) | {"workflow": view}))
        return 0
    jobs = [node for node in one.plan.nodes if node.job is not None]
    drawn = drawing(outline(draft.nodes, one.plan), draft, here.out)
    if graph:
        write_text("".join(f"{line}\n" for line in drawn))
        return 0
    head = here.out.safe(f"would submit {one.task}: {count(len(jobs), 'job')}, {one.plan.text}")
    emit_list(here.settings, [_plan(one)], lambda: [head, *drawn], columns=_COLUMNS, name="task")
    return 0


def submit_inside(client: InnerClient, wanted: Sequence[Request] | Each, wait: bool, here: Session) -> int:
    """Submit through the worker of the job in which this runs."""
    if wait:
        raise NotPermitted("a job cannot wait for another: it would hold the slot that the other may need")
    # The worker knows its tasks; a job's folder holds no tasks.toml.
    receipts: Sequence[Receipt] = ()
    try:
        receipts = client.submit(wanted, strict=False)
    except SomeRefused as error:
        receipts = error.receipts
        raise
    finally:
        for receipt in receipts:
            write(as_json(receipt_view(receipt)) if here.settings.for_programs else receipt.id)
    return 0
