"""Every key of tasks.toml: one table, from which files are read and from which the documentation is made."""

from __future__ import annotations

from collections.abc import Mapping

from qctl.classes import dataclass
from qctl.config import readers as read
from qctl.config.on_end import on_error, on_success
from qctl.config.windows import windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.config.readers import Reader


@dataclass(frozen=True, slots=True)
class Key:
    """One key: how its value is read, and how it is explained."""

    name: str
    read: Reader | Mapping[str, Key]  #: a reader of the value, or the keys of the table that the value is
    type: str
    default: str
    meaning: str


def _table(*keys: Key) -> Mapping[str, Key]:
    return {key.name: key for key in keys}


_AGE_AND_RUNS: Final = _table(
    Key("age", read.duration(above_zero=True), "duration", "30d", "how long ended jobs are kept"),
    Key("runs", read.whole(1), "int", "1000", "how many ended jobs of a task are kept"),
)

QCTL: Final = _table(
    Key("redis", read.redis_url, "url", "embedded", "`unix:// redis:// rediss:// redis+sentinel:// redis+cluster://`"),
    Key("namespace", read.name, "name", "qctl", "the name under which all of this is kept in Redis"),
    Key("timezone", read.zone, "zone", "host's", "of schedules and dates"),
    Key("include", read.list_of(read.filled), "list", "[]", "more files, as paths or patterns"),
    Key("modules", read.list_of(read.filled), "list", "[]", "Python modules that workers import at their start"),
    Key("python_path", read.list_of(read.filled), "list", "[]", "folders from which task code is imported"),
    Key("retention", _AGE_AND_RUNS, "{age, runs}", "30d, 1000 per task", "of ended jobs, their output, the ledger"),
    Key("output_budget", read.size, "size", "256MB", "for the output of all jobs; the oldest goes first"),
    Key("adhoc", read.boolean, "bool", "true on embedded, else false", "may queued ad-hoc commands run here"),
    Key("fsync", read.one_of("always", "everysec"), "always, everysec", "always", "of the embedded server"),
)

QUEUE: Final = _table(
    Key("max_length", read.whole(1), "int", "none", "a submit to a full queue is refused"),
    Key("rate_limit", read.rate, "N/s, N/m, N/h", "none", "starts over all workers"),
    Key("max_running", read.whole(1), "int", "none", "jobs at once over all workers"),
)

PARAM_TYPES: Final = ("str", "int", "float", "bool", "path", "choice", "list", "json")
PARAM: Final = _table(
    Key("type", read.one_of(*PARAM_TYPES), "type", "str", f"one of `{' '.join(PARAM_TYPES)}`"),
    Key("default", read.anything, "a value of the type", "none", "used when the caller gives none"),
    Key("required", read.boolean, "bool", "true without default", "false: may be left out, and is then not set"),
    Key("help", read.text, "text", "", "one line for `qctl task show`"),
    Key("min", read.number, "number", "none", "least value, or least length of a text or list"),
    Key("max", read.number, "number", "none", "greatest value, or greatest length of a text or list"),
    Key("pattern", read.filled, "regular expression", "none", "the whole text, or each element, must match"),
    Key("choices", read.list_of(read.anything, least=1), "list", "none", "the values there are"),
    Key("secret", read.boolean, "bool", "false", "never shown, hidden in what the job prints"),
    Key("env", read.filled, "text", "none", "the worker's variable that gives the value"),
    Key("dash", read.boolean, "bool", "false", "may a value that begins with `-` stand in `exec`"),
)

#: Those of a parameter that Python code declares: one without a type takes anything.
DECLARED_PARAM: Final = {
    **PARAM,
    "type": Key("type", read.one_of(*PARAM_TYPES, "any"), "type", "any", "its annotation"),
    "by_name": Key("by_name", read.boolean, "bool", "false", "not by place"),
    "none": Key("none", read.boolean, "bool", "false", "null means that it is not given"),
}

LIMITS: Final = _table(
    Key("memory", read.size, "size", "none", "address space of a process, memory of all together"),
    Key("cpu", read.duration(above_zero=True), "duration", "none", "processor time of a process; SIGXCPU tells it"),
    Key("files", read.whole(1), "int", "none", "open files of a process"),
    Key("processes", read.whole(1), "int", "none", "processes of the user it runs as"),
)

OUTPUT: Final = _table(
    Key("max", read.size, "size", "256KB", "head and tail are kept"),
    Key("file", read.filled, "path", "none", "everything is also written to this file, on the worker's host"),
)

_RETRY_ON: Final = "`exit:75 signal:KILL timeout OSError`; never 126 or 127 of a command that could not be run"

TASK: Final = _table(
    Key("run", read.filled, "text", "one of them", "shell text; parameters are variables: `\"$name\"`"),
    Key("exec", read.command, "list", "one of them", "a command as words; `{name}` is replaced inside its word"),
    Key("call", read.callable_name, "mod:func", "one of them", "a Python callable; parameters by keyword"),
    Key("doc", read.text, "text", "", "what it is for; the first line stands in lists"),
    Key("tags", read.one_or_many(read.name), "list", "[]", "words to select tasks and jobs by"),
    Key("enabled", read.boolean, "bool", "true", "false: cannot be submitted"),
    Key("params", read.anything, "tables", "none", "the parameters it takes: keys of `params.P`"),
    Key("queue", read.name, "name", "default", "where its jobs wait"),
    Key("priority", read.whole(0, 9), "0-9", "5", "9 first"),
    Key("host", read.hosts, "name, list, any, each", "any", "only there; `each` before names: on every one"),
    Key("timeout", read.duration(above_zero=True, none=True), "duration", "none", "of an attempt, hard"),
    Key("soft_timeout", read.duration(above_zero=True, none=True), "duration", "none", "of an attempt: told to stop"),
    Key("total_timeout", read.duration(above_zero=True, none=True), "duration", "none", "over all attempts"),
    Key("grace", read.duration(), "duration", "10s", "between the stop signal and KILL"),
    Key("stop_signal", read.signal_number, "signal", "TERM", "what tells it to stop"),
    Key("retries", read.retries, "int", "0", "tries after the first"),
    Key("backoff", read.duration(), "duration", "30s", "before the first retry; doubles from there"),
    Key("backoff_max", read.duration(), "duration", "10m", "the longest wait between tries"),
    Key("jitter", read.boolean, "bool", "true", "waits are shortened by up to a half, by chance"),
    Key("retry_on", read.list_of(read.failure), "list", "any failure and timeout", _RETRY_ON),
    Key("no_retry_on", read.list_of(read.failure), "list", "[]", "failures that are final, in the same words"),
    Key("max_crashes", read.whole(0), "int", "3", "deaths of the process that runs it, before it fails"),
    Key("max_losses", read.whole(0), "int", "10", "deaths of the worker, before it is lost"),
    Key("redeliver", read.boolean, "bool", "true", "false: after a crash or loss never run again by itself"),
    Key("on_lost_lease", read.one_of("stop", "continue"), "stop, continue", "stop (embedded: continue)",
        "when the worker cannot reach Redis for a lease"),
    Key("ok_codes", read.list_of(read.whole(0, 255), least=1), "list", "[0]", "exit codes that mean success"),
    Key("expires", read.duration(above_zero=True, none=True), "duration", "none", "from submit, to the start"),
    Key("max_running", read.whole(1), "int", "none", "jobs at once over all workers"),
    Key("lock", read.name, "name", "none", "never beside another job of this lock"),
    Key("unique", read.one_of("params", "task"), "params, task", "none", "no second job while one waits"),
    Key("rate_limit", read.rate, "N/s, N/m, N/h", "none", "starts over all workers"),
    Key("env", read.environment, "table", "{}", "variables of its environment"),
    Key("env_file", read.filled, "path", "none", "a file of `NAME=value` lines; `env` wins"),
    Key("cwd", read.filled, "path", "home", "where it runs"),
    Key("user", read.filled, "name", "the worker's", "as whom it runs; the worker has to be root"),
    Key("umask", read.umask, "octal text", "022", "of the files that it makes"),
    Key("nice", read.whole(-20, 19), "int", "none", "added to its niceness"),
    Key("shell", read.shell, "path", "/bin/sh", "what `run` is given to, with `-c`"),
    Key("limits", LIMITS, "{memory, cpu, files, processes}", "none", "for each of its processes"),
    Key("leave_children", read.boolean, "bool", "false", "spare processes that outlive it"),
    Key("fail_on_stderr", read.boolean, "bool", "false", "output on stderr is a failure"),
    Key("output", OUTPUT, "{max, file}", "256KB", "how much of its output is kept"),
    Key("result", read.one_of("keep", "discard", "json"), "keep, discard, json", "keep", "its value: stdout, "
        "or `$QCTL_RESULT`; at most 16 MB"),
    Key("keep", _AGE_AND_RUNS, "{age, runs}", "retention", "of its ended jobs"),
    Key("notify", read.one_or_many(read.name), "list", "[]", "names of `[notify.NAME]`: who is told"),
    Key("schedule", read.anything, "text, list or table", "none", "when it runs by itself"),
)  # fmt: skip

SCHEDULE: Final = _table(
    Key("cron", read.filled, "text", "one of them",
        "five fields, six with seconds first, `@daily @reboot @start`"),
    Key("every", read.duration(above_zero=True), "duration", "one of them", "as text: `every 90m`"),
    Key("at", read.anything, "date", "one of them", "once"),
    Key("name", read.name, "name", "none", "of one of several schedules: it is then called TASK.NAME"),
    Key("timezone", read.zone, "zone", "qctl.timezone", "in which it is meant"),
    Key("overlap", read.one_of("skip", "queue", "allow", "replace"), "skip, queue, allow, replace", "skip",
        "when the last run is still active"),
    Key("catchup", read.one_of("none", "one", "all"), "none, one, all", "one",
        "what becomes of missed instants"),
    Key("deadline", read.duration(above_zero=True), "duration", "none",
        "the latest start after its instant"),
    Key("jitter", read.duration(), "duration", "0", "spread of the starts"),
    Key("blackout", windows, "list", "[]",
        "when it must not start: `22:00-06:00` `sat` `mon-fri 08:00-18:00`"),
    Key("with", read.anything, "table", "{}", "parameters"),
    Key("enabled", read.boolean, "bool", "true", "false: fires nothing"),
)  # fmt: skip

WORKFLOW: Final = _table(
    Key("pipeline", read.filled, "text", "required", "its steps: `a | [b, c] | d`; `{name}` is a parameter"),
    Key("params", read.anything, "tables", "none", "the parameters it takes, as those of a task"),
    Key("policy", read.one_of("all", "any", "settled"), "all, any, settled", "all",
        "when its groups are done: every member succeeded, the first did, every one has ended"),
    Key("fail_fast", read.boolean, "bool", "false", "cancel the rest of a group at its first failure"),
    Key("timeout", read.duration(above_zero=True), "duration", "none", "of the whole, from its start"),
    Key("on_error", on_error, "task, {task, each}", "none",
        "runs once when it has failed; `each`: for each step that did"),
    Key("on_success", on_success, "task", "none", "runs once when it has succeeded"),
    Key("schedule", read.anything, "text, list or table", "none", "when it runs by itself"),
    Key("doc", read.text, "text", "", "what it is for; the first line stands in lists"),
    Key("notify", read.one_or_many(read.name), "list", "[]", "names of `[notify.NAME]`: who is told"),
)  # fmt: skip

NOTICES: Final = ("fail", "recover", "missed", "late", "output")
TOLD: Final = NOTICES[:4]  #: where `on` is not written
NOTIFY: Final = _table(
    Key("command", read.command, "list", "required", "run as a job, with the report on stdin"),
    Key("on", read.one_or_many(read.one_of(*NOTICES)), "list", " ".join(TOLD),
        "what is told; `output`: any output, as cron does"),
    Key("repeat", read.duration(above_zero=True), "duration", "none", "told again while it lasts"),
)  # fmt: skip

#: Tables whose keys are names that the user chooses, and `defaults`, which takes those of a task.
_FREE: Final[Mapping[str, Key]] = {
    "routes": Key('"pattern"', read.name, "queue name", "", "of tasks; the first match; a call's or task's queue wins"),
    "defaults": Key(
        "any key of a task", read.anything, "", "", "inherited by every task of this file and its includes"
    ),
}
#: The tables, in the order of the reference.
TABLES: Final[Mapping[str, Mapping[str, Key]]] = {
    "qctl": QCTL,
    "routes": _table(_FREE["routes"]),
    "queues.NAME": QUEUE,
    "defaults": _table(_FREE["defaults"]),
    "tasks.NAME": TASK,
    "tasks.NAME.params.P": PARAM,
    "tasks.NAME.schedule": SCHEDULE,
    "workflows.NAME": WORKFLOW,
    "notify.NAME": NOTIFY,
}
ROOTS: Final = ("qctl", "routes", "queues", "defaults", "tasks", "workflows", "notify")


def every_key() -> Iterator[tuple[str, Key]]:
    """All keys with the table they stand in; those of a table in a key follow it as `retention.age`."""
    for table, keys in TABLES.items():
        for key in keys.values():
            yield table, key
            if isinstance(key.read, Mapping):
                for inner in key.read.values():
                    yield f"{table}.{key.name}", inner


def markdown() -> str:
    """The table of keys for the README."""
    lines = ["| table | key | type | default | meaning |", "|---|---|---|---|---|"]
    for table, key in every_key():
        name = key.name if table == "defaults" else f"`{key.name}`"
        cells = (table, name, key.type, key.default, key.meaning)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
