"""`qctl schema`: the JSON Schema of tasks.toml, or of what is written as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from qctl.cli.emit import as_json, write
from qctl.cli.grammar import new_app
from qctl.cli.session import session
from qctl.config.schema import tasks_schema
from qctl.errors import UsageError
from qctl.model.schemas import event_schema, job_schema, occurrence_schema, schedule_schema, workflow_schema
from qctl.model.suggest import did_you_mean

app = new_app()

_SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "tasks": tasks_schema,
    "job": job_schema,
    "workflow": workflow_schema,
    "event": event_schema,
    "schedule": schedule_schema,
    "occurrence": occurrence_schema,
}


@app.command()
def schema(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="[tasks|job|workflow|event|schedule|occurrence]", help="of what", show_default=False),
    ] = "tasks",
) -> None:
    """Print the JSON Schema (draft 2020-12) of tasks.toml, or of what -o json writes.

    \b
    qctl schema > tasks.schema.json     for an editor that checks while one types
    qctl schema job                     of `qctl show -o json`

    See also: check, qctl help config
    """
    here = session(context, ("table", "wide", "json", "jsonl"))
    if name not in _SCHEMAS:
        raise UsageError(
            f"there are schemas of {', '.join(_SCHEMAS)}, and none of `{name}`{did_you_mean(name, _SCHEMAS)}"
        )
    made = _SCHEMAS[name]()
    write(as_json(made) if here.settings.for_programs else json.dumps(made, indent=2))
