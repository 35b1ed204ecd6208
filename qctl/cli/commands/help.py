"""`qctl help TOPIC`: exit codes, environment, dates, and the code of any error."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.emit import write_text
from qctl.cli.grammar import new_app
from qctl.cli.root import help_text
from qctl.cli.session import session
from qctl.cli.topics import TOPICS
from qctl.config import EXPLANATIONS, explain
from qctl.errors import NotFound
from qctl.model.cells import fold
from qctl.model.suggest import did_you_mean

app = new_app()


@app.command("help")
def help_(
    context: typer.Context,
    topic: Annotated[
        str | None, typer.Argument(help="exit-codes, environment, dates, query or a code such as Q014")
    ] = None,
) -> None:
    """Explain a topic, or the code of an error.

    \b
    qctl help exit-codes
    qctl help Q014
    """
    here = session(context)
    if topic is None:
        return write_text(here.out.plain(help_text()))
    if topic in TOPICS:
        return write_text(here.out.plain(TOPICS[topic]))
    text = explain(topic)
    if text is None:
        known = [*TOPICS, *EXPLANATIONS]
        raise NotFound(f"there is no topic {topic}{did_you_mean(topic, known)}", help=f"topics: {' '.join(TOPICS)}, Q…")
    lines = fold(text, min(here.out.width or 80, 80))
    return write_text(here.out.plain("\n".join([topic.upper(), *lines, ""])))
