"""`qctl status`: is it healthy? A few lines for people, an exit code for monitors."""

from __future__ import annotations

import typer

from qctl.cli.grammar import new_app
from qctl.cli.hot.status import of_words

app = new_app()


@app.command()
def status(context: typer.Context) -> int:
    """Tell whether the instance is healthy: the server, workers, beats, schedules. It starts nothing.

    \b
    qctl status                    three lines for people
    qctl status -q || alert        for a monitor
    qctl status -o json

    Exit codes:
      0   healthy
      1   degraded: it says what is wrong
      3   nothing is running
      69  Redis does not answer

    See also: doctor, ps, worker list
    """
    return of_words(context.obj)
