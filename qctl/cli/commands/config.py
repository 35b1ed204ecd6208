"""`qctl config`: the settings in force, and where they come from."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from qctl.cli.emit import as_json, emit_list, emit_one, write
from qctl.cli.grammar import new_app
from qctl.cli.grid import ANY, Column, grid
from qctl.cli.inforce import InForce, in_force
from qctl.cli.session import Session, session
from qctl.config import find
from qctl.config.places import above, elsewhere
from qctl.errors import NotFound
from qctl.model.suggest import did_you_mean

app = new_app(invoke_without_command=True)

_COLUMNS: Final = ("key", "value", "origin")
_TABLE: Final = (
    Column("KEY"),
    Column("VALUE", least=12, folds_below=ANY),
    Column("ORIGIN", least=9, folds_below=ANY),
)


@app.callback()
def config(
    context: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help="and where each comes from")] = False,
) -> None:
    """Show the settings in force: of flags, QCTL_ variables, [qctl] of tasks.toml, or by default. It changes nothing.

    \b
    qctl config                   the settings
    qctl config --origin          each with its flag, variable or file:line
    qctl config get namespace     one value, for scripts
    qctl config path              the tasks.toml that is used

    See also: qctl help config has every key of tasks.toml; qctl help environment
    """
    if context.invoked_subcommand is not None:
        return
    here = session(context)
    rows = _rows(context, here)
    columns = _TABLE if origin or here.settings.output == "wide" else _TABLE[:2]

    def lines() -> list[str]:
        return grid(columns, [[row.key, row.words, row.origin][: len(columns)] for row in rows], here.out)

    emit_list(here.settings, [row.view() for row in rows], lines, columns=_COLUMNS, name="key")


@app.command()
def get(
    context: typer.Context, key: Annotated[str, typer.Argument(metavar="KEY", help="as `qctl config` lists it")]
) -> None:
    """Print the value of one setting. Passwords of URLs are masked.

    \b
    qctl config get redis
    qctl config get retention.age -o json
    """
    here = session(context)
    rows = {row.key: row for row in _rows(context, here)}
    row = rows.get(key.replace("-", "_"))
    if row is None:
        raise NotFound(f"no setting `{key}`{did_you_mean(key, rows)}", help="qctl config")
    emit_one(here.settings, row.view(), lambda: [here.out.safe(row.words)], columns=_COLUMNS, name="key")


@app.command()
def path(context: typer.Context) -> None:
    """Print the path of the tasks.toml that is used. Exit 4 if there is none.

    \b
    qctl config path
    vi "$(qctl config path)"
    """
    here = session(context)
    found = find(here.settings.file, here.environ, here.folder)
    if found is None:
        raise NotFound("there is no tasks.toml", help="qctl init        writes one here")
    if here.settings.output == "json":
        looked = [*above(here.folder), *elsewhere(here.environ)]
        return write(as_json({"schema": "qctl.path/1", "file": found, "looked_at": looked}))
    return write(found)


def _rows(context: typer.Context, here: Session) -> list[InForce]:
    return in_force(here, here.instance_config(), context.obj.flags)
