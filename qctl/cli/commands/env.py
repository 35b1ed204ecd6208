"""`qctl env TASK`: the environment that a job of a task would have."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from qctl.cli.emit import as_json, emit_list, write
from qctl.cli.grammar import new_app
from qctl.cli.requesting import read_file
from qctl.cli.session import session
from qctl.config.environment import Unprepared
from qctl.config.foretelling import Foretold, Variable, foretell
from qctl.errors import ConfigError
from qctl.model.cells import visible
from qctl.model.params import from_words

app = new_app()

_COLUMNS: Final = ("name", "value", "origin")
_HIDDEN: Final = "***"


@app.command()
def env(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="TASK", help="a task of tasks.toml")],
    words: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE", help="parameters, as after `run`")] = None,
) -> None:
    """Print the environment that a job of a task would have, without running one. Secrets are hidden.

    \b
    qctl env backup-db                as variables
    qctl env backup-db keep=14        with a parameter
    qctl env backup-db -o json        and where each comes from

    See also: qctl help environment, task show
    """
    here = session(context)
    config = here.config()
    task = config.task(name)
    given = from_words(words or (), task, read_file, here.folder)
    try:
        foretold = foretell(config, task, given, here.environ.get("TZ"))
    except Unprepared as error:
        raise ConfigError(f"a job of {name} could not be started: {error}", help=f"qctl task show {name}") from None
    here.say(f"as for a worker of {foretold.user} on {os.uname().nodename}, in {foretold.cwd}")
    items = [_item(variable) for variable in foretold.variables]
    if here.settings.output == "json":
        return write(as_json(_document(name, foretold, items)))
    return emit_list(
        here.settings, items, lambda: [_line(each) for each in foretold.variables], columns=_COLUMNS, name="name"
    )


def _document(task: str, foretold: Foretold, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All of it as `qctl.env/1`."""
    return {
        "schema": "qctl.env/1",
        "task": task,
        "user": foretold.user,
        "cwd": foretold.cwd,
        "variables": list(items),
    }


def _item(variable: Variable) -> dict[str, Any]:
    """A variable as `qctl.variable/1`: its value is null where nobody knows it before the start."""
    return {
        "schema": "qctl.variable/1",
        "name": variable.name,
        "value": _HIDDEN if variable.secret else variable.value,
        "secret": variable.secret,
        "origin": variable.origin,
    }


def _line(variable: Variable) -> str:
    if variable.secret:
        return f"{variable.name}={_HIDDEN}"
    return f"{variable.name}={f'<{variable.origin}>' if variable.value is None else visible(variable.value)}"
