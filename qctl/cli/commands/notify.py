"""`qctl notify list|test`: who is told of what, and whether what is sent arrives."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.planned import show_plan
from qctl.cli.requesting import seconds
from qctl.cli.screens import notify as screens
from qctl.cli.session import Session, session
from qctl.cli.submitted import accompany, hand_over_id
from qctl.config import Config
from qctl.config.deliveries import described
from qctl.config.requests import Options, Request
from qctl.errors import NotFound, UsageError
from qctl.model.notice import TASK_PREFIX, sample, text_of
from qctl.model.page import PlainPage
from qctl.model.suggest import did_you_mean

app = new_app()

_COLUMNS = ("name", "on", "repeat_s", "tasks", "command")


@app.callback()
def notify() -> None:
    """Who is told of failures: the [notify.NAME] tables of tasks.toml.

    \b
    qctl notify list                   who, of what, and by which command
    qctl notify test ops --wait        send an example, and see whether it arrives

    See also: qctl help config
    """


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the notify names: what each is told, of which tasks, by which command.

    \b
    qctl notify list
    qctl notify list -o json
    """
    here = session(context)
    config = here.config()
    items = [described(config, name) for name in config.notify]
    emit_list(here.settings, items, lambda: screens.names(items, config.file, here.out), columns=_COLUMNS, name="name")


@app.command("test")
def send_test(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="a notify name of tasks.toml", metavar="NAME")],
    wait: Annotated[bool, typer.Option("--wait", "-w", help="wait for its end; exit as its command does")] = False,
    timeout: Annotated[str | None, typer.Option("--timeout", help="wait at most so long: exit 75")] = None,
) -> int:
    """Send an example of a report, by the job that a failure would be told by.

    \b
    qctl notify test ops --wait        and see what its command says
    qctl history --task notify.ops     what was told before
    """
    here = session(context)
    config = here.config()
    wanted = _wanted(name, config, here)
    if timeout is not None and not wait:
        raise UsageError("--timeout says how long to wait: it goes with --wait")
    limit = None if timeout is None else seconds("--timeout", timeout)
    if here.settings.dry_run:
        return show_plan(wanted, config, here, local=False)
    with here.client(config) as client:
        (receipt,) = client.submit([wanted])
        if wait:
            return accompany(client, receipt, wanted.task, here, follow=False, timeout=limit)
        hand_over_id(client, receipt, here)
    return 0


def _wanted(name: str, config: Config, here: Session) -> Request:
    """A job that delivers an example. Raises NotFound."""
    if name not in config.notify:
        raise NotFound(f"no notification `{name}`{did_you_mean(name, config.notify)}", help="qctl notify list")
    notice, job, output = sample(name, here.out.now_ms)
    text = text_of(notice, job, output, PlainPage(now_ms=here.out.now_ms, zone=here.out.zone))
    labels = {"notice": notice.occasion.value}
    once = Options(labels=labels, stdin=text.encode(), retries=0)  # who tests wants to see what is wrong, at once
    return Request(task=f"{TASK_PREFIX}{name}", options=once)
