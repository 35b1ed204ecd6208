"""QUERY as an argument and as an option of commands."""

from __future__ import annotations

from typing import Annotated

import typer

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUERY", help="which jobs: words, task:back*, wait>5m (qctl help query)", show_default=False
    ),
]
QueryOption = Annotated[str | None, typer.Option("--query", metavar="QUERY", help="all jobs that are meant by it")]
