"""`qctl errors`: failures grouped by error."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.querying import tell_read
from qctl.cli.screens import figures as screens
from qctl.cli.session import server_name, session
from qctl.cli.stretch import DAY, begin_ms
from qctl.client.figures import read_endings
from qctl.client.searching import MOST
from qctl.model.error_groups import error_group_view, group_errors

app = new_app()

_COLUMNS: Final = (
    *("fingerprint", "count", "last_at", "outcome", "reason", "exit_code", "signal", "type", "message"),
    *("tasks", "example", "next"),
)


@app.command()
def errors(
    context: typer.Context,
    since: Annotated[str | None, typer.Option("--since", help="7d, yesterday, mon 09:00 (default: 24h)")] = None,
    read: Annotated[int, typer.Option("--read", min=1, help="look at the newest N jobs at most")] = MOST,
) -> None:
    """Group what failed, timed out or was lost by its error, the most frequent first.

    \b
    qctl errors                    of the last 24 hours
    qctl errors --since 7d
    qctl errors -o tsv | cut -f 2,9

    See also: history, show @failed, retry --failed
    """
    here = session(context)
    config = here.instance_config()
    begin = begin_ms(since, here, here.zone_of_dates(config))
    with here.client(config) as client:
        endings, extent = read_endings(client.reading, begin, read, unsuccessful=True)
        name = server_name(client.instance)
    tell_read(here, extent)
    groups = group_errors(endings)
    items = [error_group_view(group) for group in groups]
    emit_list(
        here.settings,
        items,
        lambda: screens.errors(groups, f"since {since or DAY}", name, here.out),
        columns=_COLUMNS,
        name="example",
    )
