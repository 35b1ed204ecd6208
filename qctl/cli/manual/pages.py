"""The man pages qctl(1) and tasks.toml(5): made of the same tables and texts as `--help` and `qctl help`."""

from __future__ import annotations

from pathlib import Path

from qctl import __version__
from qctl.cli.grammar import pages_of
from qctl.cli.manual import roff
from qctl.cli.root import EXAMPLES, flags
from qctl.cli.table import COMMANDS, GROUPS
from qctl.cli.topics import TOPICS
from qctl.config import EXPLANATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final

FOLDER: Final = Path(__file__).parents[2] / "man"

#: The day of each version: a page that is made again tomorrow is the same page.
_DAYS: Final = {"0.1.0": "2026-11-26"}

_ABOUT: Final = """\
qctl is what a server has instead of cron, at and nohup: tasks are declared once in tasks.toml, as shell commands or
Python callables; they run now, later, on a schedule or as a workflow, on workers that take jobs from a Redis. Without
one of yours qctl starts a private one. Every job's output, exit code and history is kept.
"""

_FILES: Final = (
    ("tasks.toml", "the nearest one from the current folder upwards: what there is to run, see tasks.toml(5)"),
    ("~/.config/qctl/tasks.toml", "where there is none"),
    ("/etc/qctl/tasks.toml", "where there is none of these"),
    ("~/.local/state/qctl, /var/lib/qctl", "the embedded server and its data, of a user and of root; XDG_STATE_HOME"),
    ("~/.cache/qctl", "what may be lost; XDG_CACHE_HOME"),
)


def files(load: Callable[[str], Any]) -> dict[Path, str]:
    """Each page by the file that holds it; `load` imports a module of the commands."""
    day = _DAYS[__version__]
    return {
        FOLDER / "qctl.1": roff.page([roff.title("QCTL", 1, day, __version__), *_qctl(load)]),
        FOLDER / "tasks.toml.5": roff.page([roff.title("TASKS.TOML", 5, day, __version__), *_tasks_toml()]),
    }


def _qctl(load: Callable[[str], Any]) -> Iterator[str]:
    yield from (roff.heading("NAME"), roff.plain("qctl - run, schedule and follow the scripts of a server"))
    yield from (roff.heading("SYNOPSIS"), r"\fBqctl\fR [\fIFLAGS\fR] \fICOMMAND\fR ...")
    yield from (roff.heading("DESCRIPTION"), roff.prose(_ABOUT))
    yield roff.heading("EXAMPLES")
    yield from roff.table((text, f"`{line}`") for line, text in EXAMPLES)
    yield roff.heading("FLAGS")
    yield "They may stand before or after the command."
    yield from roff.table(flags())
    for group in GROUPS:
        rows = [row for row in COMMANDS if row.group == group and row.module]
        yield roff.heading(f"COMMANDS: {group.upper()}")
        for row in rows:
            for page in pages_of(load(row.module).app, f"qctl {row.name}"):
                yield from roff.command(page)
    yield from _topics({name: name.upper().replace("-", " ") for name in TOPICS if name != "config"})
    yield from (roff.heading("FILES"), *roff.table(_FILES))
    yield from (roff.heading("SEE ALSO"), r"\fBtasks.toml\fR(5), \fBcrontab\fR(5)")


def _tasks_toml() -> Iterator[str]:
    yield from (roff.heading("NAME"), roff.plain("tasks.toml - tasks, workflows and schedules of qctl"))
    yield from _topics({"config": "DESCRIPTION"})
    yield from _topics({"cron": "SCHEDULES", "pipelines": "PIPELINES"})
    yield from (roff.heading("DIAGNOSTICS"), roff.prose("What `qctl check` and other commands say, by its code."))
    yield from roff.table((code, text) for code, text in EXPLANATIONS.items())
    yield from (roff.heading("FILES"), *roff.table(_FILES[:3]))
    yield from (roff.heading("SEE ALSO"), r"\fBqctl\fR(1)")


def _topics(titles: dict[str, str]) -> Iterator[str]:
    for name, title in titles.items():
        yield roff.heading(title)
        for part in TOPICS[name].parts:
            yield from roff.section(part)
