"""The words of `qctl schedule` that list, switch, run, look back and change; `next` is in `commands.schedule`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from qctl.cli.commands.pause import Reason, Strict
from qctl.cli.scheduling import editing, editor, listing, past, running, switching
from qctl.cli.session import session
from qctl.cli.watching import Watch
from qctl.errors import UsageError

Name = Annotated[str, typer.Argument(help="name of a schedule", metavar="NAME")]
Names = Annotated[list[str] | None, typer.Argument(help="names of schedules", metavar="NAME")]
Every = Annotated[bool, typer.Option("--all", help="every schedule that there is")]
Since = Annotated[str | None, typer.Option("--since", help="from then on: 24h, mon, a date")]


def list_(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="those too that the file disables")] = False,
    watched: Watch = False,
) -> int:
    """List schedules: when they run next, how the last run ended, and what is wrong with one.

    \b
    qctl schedule list
    qctl schedule list -w         and go on, drawn anew
    qctl schedule list --all      and those that the file disables
    qctl schedule list -o json | jq '.items[] | select(.standing == "failing")'
    """
    here = session(context)
    if watched:
        listing.watch_schedules(here, every=every)
    return listing.list_schedules(here, every=every)


def enable(context: typer.Context, names: Names = None, every: Every = False, strict: Strict = False) -> int:
    """Let schedules start their tasks again. What passed meanwhile is not made up for.

    \b
    qctl schedule enable backup-db
    qctl schedule enable --all
    """
    return switching.enable(session(context), names or (), every=every, strict=strict)


def disable(
    context: typer.Context,
    names: Names = None,
    every: Every = False,
    length: Annotated[str | None, typer.Option("--for", help="enable by itself after this time, such as 2h")] = None,
    reason: Reason = "",
    strict: Strict = False,
) -> int:
    """Let schedules start nothing, until they are enabled. Restarts and changes of the file do not end that.

    \b
    qctl schedule disable backup-db --for 2h --reason 'moving the disk'
    qctl schedule disable --all

    See also: schedule enable, pause --all
    """
    here = session(context)
    return switching.disable(here, names or (), every=every, length=length, reason=reason, strict=strict)


def run_now(
    context: typer.Context,
    name: Name,
    wait: Annotated[
        bool, typer.Option("--wait", "-w", help="wait for its end; write its value, exit as it does")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="wait, and pass its output on as it comes")] = False,
    timeout: Annotated[str | None, typer.Option("--timeout", help="wait at most so long; then exit 75")] = None,
) -> int:
    """Run a schedule's task now, as an ordinary job with the schedule's parameters. Its next time stays as it is.

    \b
    qctl schedule run-now backup-db         prints the job's id
    qctl schedule run-now backup-db --wait  and exits as the job does

    See also: run --as-scheduled
    """
    return running.run_now(session(context), name, wait=wait, follow=follow, timeout=timeout)


def missed(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="name of a schedule", metavar="NAME")] = None,
    since: Since = None,
    run: Annotated[bool, typer.Option("--run", help="run the newest that was missed of each now")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="what was skipped on purpose too; with --run: each missed")
    ] = False,
) -> int:
    """Show what should have run in the last day and did not, and what no beat or worker has taken yet.

    What was skipped on purpose, in a blackout, during a run or while disabled, is shown with --all.

    \b
    qctl schedule missed                  of the last day
    qctl schedule missed --since 7d --all
    qctl schedule missed backup-db --run  and run it now

    See also: schedule history, status
    """
    return past.missed(session(context), name, since=since, run=run, every=every)


def history(
    context: typer.Context,
    name: Name,
    since: Since = None,
    number: Annotated[int, typer.Option("-n", "--limit", min=1, max=10_000, help="at most so many rows")] = 30,
) -> int:
    """Show what has become of each instant of a schedule, newest first: its job, or why there is none.

    \b
    qctl schedule history backup-db -n 10
    qctl schedule history backup-db --since mon -o json
    """
    return past.history(session(context), name, since=since, number=number)


def add(
    context: typer.Context,
    task: Annotated[str, typer.Argument(metavar="TASK", help="a task of tasks.toml")],
    expression: Annotated[
        list[str] | None, typer.Argument(metavar="WHEN", help="'30 2 * * *', @daily, 'every 90m'")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="once, at this date (qctl help dates)")] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="in which it is meant, such as Europe/Berlin")
    ] = None,
    overlap: Annotated[
        str | None, typer.Option("--overlap", help="while a run goes on: skip (default), queue, allow, replace")
    ] = None,
    catchup: Annotated[
        str | None, typer.Option("--catchup", help="of missed instants run one (default), all, none")
    ] = None,
    deadline: Annotated[str | None, typer.Option("--deadline", help="the latest start after its instant")] = None,
    jitter: Annotated[
        str | None, typer.Option("--jitter", help="put each start off by up to so long, at random")
    ] = None,
    blackout: Annotated[
        list[str] | None, typer.Option("--blackout", help="when it must not start: 22:00-06:00, sat")
    ] = None,
    params: Annotated[list[str] | None, typer.Option("--with", help="a parameter: name=value, name:=json")] = None,
    name: Annotated[str | None, typer.Option("--name", help="one of several: it is then called TASK.NAME")] = None,
) -> int:
    """Give a task one more schedule, in the file that declares it. Comments and layout stay.

    \b
    qctl schedule add backup-db '30 2 * * *' --timezone Europe/Berlin
    qctl schedule add sync-cdn 'every 90m' --jitter 5m --dry-run
    qctl schedule add report --at 'tomorrow 6am' --with month=11

    See also: qctl help cron, schedule next, schedule edit
    """
    texts = {
        "timezone": timezone,
        "overlap": overlap,
        "catchup": catchup,
        "deadline": deadline,
        "jitter": jitter,
        "name": name,
    }
    wish = editing.Wish(expression=expression or (), at=at, params=params, options=texts, blackout=blackout)
    return editing.add_schedule(session(context), task, wish)


def rm(context: typer.Context, name: Name) -> int:
    """Take a schedule out of the file that declares it. Its past stays; jobs that it has started go on.

    \b
    qctl schedule rm backup-db --dry-run
    qctl schedule rm backup-db

    See also: schedule disable
    """
    return editing.remove_schedule(session(context), name)


def edit(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="name of a schedule", metavar="NAME")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", help="change one key; KEY= takes it away")] = None,
) -> int:
    """Open tasks.toml in $VISUAL or $EDITOR; it takes the file's place once it is right. --set needs no editor.

    \b
    qctl schedule edit                                   the whole file
    qctl schedule edit backup-db                         at the line of its task
    qctl schedule edit backup-db --set cron='0 4 * * *'  unasked
    qctl schedule edit backup-db --set with.keep=30
    """
    here = session(context)
    if not values:
        return editor.edit(here, name)
    if name is None:
        raise UsageError("--set changes one schedule: name it", help="qctl schedule list")
    return editing.set_schedule(here, name, values)


def add_to(app: typer.Typer) -> None:
    """Let an app have these words."""
    words: dict[str, Callable[..., int]] = {
        "list": list_,
        "history": history,
        "missed": missed,
        "run-now": run_now,
        "enable": enable,
        "disable": disable,
        "add": add,
        "rm": rm,
        "edit": edit,
    }
    for name, word in words.items():
        app.command(name)(word)
    app.command("trigger", hidden=True)(run_now)
