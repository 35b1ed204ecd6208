"""What each option and argument of the commands takes: one of some words, a file, or what `qctl __complete` tells.

An option or argument that takes a value and is not here fails a test: whoever adds one says what may stand there.
"""

from __future__ import annotations

from qctl.classes import dataclass, fields
from qctl.cli.settings import CHECK_FORMATS, FORMATS, Settings
from qctl.config.keys import QCTL
from qctl.config.options import PRIORITIES
from qctl.model.event import TYPES
from qctl.model.query_fields import STANDINGS
from qctl.model.schedule import Catchup, Overlap
from qctl.model.state import Outcome
from qctl.model.submission import IfExists
from qctl.model.tally import BY
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ONE_OF: Final = "one-of"
FILE, FOLDER, USER, PARAMETERS, ANYTHING = "file", "folder", "user", "params", ""
#: What is asked of `qctl __complete` by its name.
ASKED: Final = frozenset(
    (
        *("tasks", "step", PARAMETERS, "schedules", "what", "notify", "tags", "queues", "workers", "hosts", "zones"),
        *("query", "jobs", "active-jobs", "ended-jobs"),
    )
)


@dataclass(frozen=True, slots=True)
class Value:
    """What may be a value: a kind, with its words if it is one of some."""

    kind: str
    words: tuple[str, ...] = ()


def _one_of(*words: str) -> Value:
    return Value(ONE_OF, tuple(map(str, words)))


_SIGNALS: Final = _one_of("TERM", "INT", "HUP", "QUIT", "KILL", "USR1", "USR2")
_LEVELS: Final = _one_of("debug", "info", "warning", "error")

#: By option, and where one name means several things by `COMMAND OPTION`, which wins.
_OPTIONS: Final = {
    "--file": Value(FILE),
    "--dir": Value(FOLDER),
    "--output": _one_of(*FORMATS),
    "check --output": _one_of(*FORMATS, *CHECK_FORMATS),
    "--color": _one_of("auto", "always", "never"),
    "--queue": Value("queues"),
    "--priority": _one_of(*PRIORITIES, *map(str, range(10))),
    "--interval": _one_of("500ms", "1s", "2s", "5s", "10s"),
    "--after": Value("jobs"),
    "--if-exists": _one_of(*IfExists),
    "--host": Value("hosts"),
    "--input": Value(FILE),
    "--policy": _one_of(*Policy),
    "--each": Value(FILE),
    "--schedule": Value("schedules"),
    "--then": Value("step"),
    "wait --for": _one_of("started", "ended"),
    "ps --state": _one_of(*STANDINGS),
    "history --state": _one_of(*Outcome),
    "--task": Value("tasks"),
    "--before": Value("ended-jobs"),
    "--query": Value("query"),
    "--signal": _SIGNALS,
    "--log-level": _LEVELS,
    "--backup": Value(FILE),
    "--tag": Value("tags"),
    "--by": _one_of(*BY),
    "--type": _one_of(*TYPES),
    "--timezone": Value("zones"),
    "--overlap": _one_of(*Overlap),
    "--catchup": _one_of(*Catchup),
    "--with": Value(PARAMETERS),
    "--root": Value(FOLDER),
    "--user": Value(USER),
    "--to": Value(FOLDER),
}

#: Options whose value nobody can know beforehand: amounts, dates, texts.
_FREE: Final = frozenset(
    (
        *("--redis", "--namespace", "--redis-timeout", "--in", "--at", "--expires", "--retries", "--key"),
        *("--env", "--label", "--timeout", "--sh", "--limit", "--max-parallel", "--max-fail", "--lines"),
        *("--attempt", "--since", "--until", "--grace", "--reason", "--concurrency", "--name", "--autoscale"),
        *("--drain-timeout", "--max-jobs-per-child", "--max-memory-per-child", "--for", "--older-than"),
        *("--read", "--from", "--deadline", "--jitter", "--blackout", "--set", "--catchup-spread"),
    )
)

_JOBS, _QUEUES, _WORKERS, _SCHEDULES = Value("jobs"), Value("queues"), Value("workers"), Value("schedules")

#: What `qctl config` lists.
_SETTINGS: Final = {field.name for field in fields(Settings)}.union(
    QCTL.keys() - {"retention"}, ("retention.age", "retention.runs", "state_dir", "redis_server")
)

#: By command and argument.
_ARGUMENTS: Final = {
    "run task": Value("step"),
    "run params": Value(PARAMETERS),
    **{f"{each} steps": Value("step") for each in ("chain", "group", "chord")},
    **{f"{each} jobs": _JOBS for each in ("wait", "show", "logs")},
    "cancel jobs": Value("active-jobs"),
    **{f"{each} jobs": Value("ended-jobs") for each in ("retry", "rm")},
    **{f"{each} query": Value("query") for each in ("ps", "history")},
    "worker show name": _WORKERS,
    **{f"worker {each} names": _WORKERS for each in ("ping", "drain", "resume", "stop")},
    **{f"queue {each}": _QUEUES for each in ("show name", "pause names", "resume names", "purge name")},
    **{f"{each} names": _QUEUES for each in ("pause", "resume")},
    "init folder": Value(FOLDER),
    "task show name": Value("tasks"),
    "help words": Value(ANYTHING),  # they are verbs of it
    "schedule next what": Value("what"),
    **{f"schedule {each} name": _SCHEDULES for each in ("history", "missed", "run-now", "rm", "edit")},
    **{f"schedule {each} names": _SCHEDULES for each in ("enable", "disable")},
    "schedule add task": Value("tasks"),
    "notify test name": Value("notify"),
    "import crontab source": Value(FILE),
    **{f"export {each} tasks": Value("tasks") for each in ("crontab", "systemd")},
    "config get key": _one_of(*sorted(_SETTINGS)),
    "env name": Value("tasks"),
    "env words": Value(PARAMETERS),
    "completion shell": _one_of("bash", "zsh", "fish"),
    **{each: Value(ANYTHING) for each in ("progress done", "progress text", "schedule add expression")},
}

#: Commands that take another program's command after `--`.
TAKES_COMMAND: Final = frozenset(("run", "group", "chord"))


def of_option(command: str, names: tuple[str, ...]) -> Value:
    """What an option of a command takes. Raises LookupError for one that nobody has told of."""
    for name in names:
        for known in (f"{command} {name}", name):
            if known in _OPTIONS:
                return _OPTIONS[known]
    if _FREE.intersection(names):
        return Value(ANYTHING)
    raise LookupError(f"{command} {names[0]}: say in {__name__} what it takes")


def of_argument(command: str, name: str, metavar: str | None) -> Value:
    """What an argument of a command takes, else the words that its metavar lists. Raises LookupError."""
    if f"{command} {name}" in _ARGUMENTS:
        return _ARGUMENTS[f"{command} {name}"]
    if metavar and "|" in metavar:
        return _one_of(*metavar.strip("[].").split("|"))
    raise LookupError(f"{command} {name}: say in {__name__} what it takes")
