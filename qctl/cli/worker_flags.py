"""The options that a worker is started with, each with its help."""

from __future__ import annotations

from typing import Annotated

import typer

Queues = Annotated[
    str | None, typer.Option("--queue", "-Q", help="a,b: a before b; a=3,b=1: in turn, by weight (default: all)")
]
Slots = Annotated[
    int | None, typer.Option("--concurrency", "-c", min=1, help="jobs at once (default: the usable CPUs, at least 2)")
]
Autoscale = Annotated[
    str | None, typer.Option("--autoscale", metavar="MIN,MAX", help="so many slots as the work needs, in place of -c")
]
Label = Annotated[str | None, typer.Option("--name", help="its label (default: host and pid)")]
Level = Annotated[str, typer.Option("--log-level", "-l", help="debug, info, warning or error")]
JsonLogs = Annotated[bool, typer.Option("--json-logs", help="write the log as JSON lines")]
DrainTimeout = Annotated[str, typer.Option("--drain-timeout", help="how long SIGTERM lets jobs finish; none: for ever")]
MaxJobs = Annotated[int | None, typer.Option("--max-jobs-per-child", min=1, help="replace a slot after N jobs")]
MaxMemory = Annotated[
    str | None, typer.Option("--max-memory-per-child", help="replace a slot that has grown beyond, such as 200MB")
]
