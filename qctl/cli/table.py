"""The table of commands: all that root help, typos and completion need. Nothing is imported here, on purpose."""

from __future__ import annotations


class Command:
    """A row: a name, what it is for, and the module that is imported when it is chosen."""

    __slots__ = ("group", "help", "module", "name")

    def __init__(self, name: str, group: str, help: str, module: str = "") -> None:  # noqa: A002
        self.name = name
        self.group = group
        self.help = help
        self.module = module  #: below qctl.cli.commands; empty: comes in a later version


GROUPS = ("Run", "Watch", "Fix", "Schedule", "Operate", "Project")

COMMANDS = (
    Command("run", "Run", "run a task, or a command after --, now or later", "run"),
    Command("chain", "Run", "tasks one after the other, each with the value before it", "chain"),
    Command("group", "Run", "tasks side by side; --each for one a line", "group"),
    Command("chord", "Run", "tasks side by side, then one with their values", "chord"),
    Command("wait", "Run", "wait for jobs and exit as they did", "wait"),
    Command("progress", "Run", "inside a job: say how far it is", "progress"),
    Command("ps", "Watch", "jobs that wait or run", "ps"),
    Command("show", "Watch", "all about a job", "show"),
    Command("logs", "Watch", "a job's output, -f to follow it", "logs"),
    Command("history", "Watch", "jobs that have ended", "history"),
    Command("cancel", "Fix", "cancel jobs, queued or running", "cancel"),
    Command("retry", "Fix", "run ended jobs again", "retry"),
    Command("up", "Operate", "server and worker in one, -d in the background", "up"),
    Command("down", "Operate", "stop what `up -d` started", "down"),
    Command("status", "Operate", "is it healthy? for people and monitors", "status"),
    Command("worker", "Operate", "start a worker; list, show, ping, drain, resume, stop", "worker"),
    Command("queue", "Operate", "queues: list, show, pause, resume, purge", "queue"),
    Command("init", "Project", "write a first tasks.toml", "init"),
    Command("check", "Project", "check tasks.toml", "check"),
    Command("task", "Project", "the tasks there are", "task"),
    Command("help", "Project", "a topic, a command, or the code of an error", "help"),
    Command("top", "Watch", "all of it live, to look into and act on with keys", "top"),
    Command("web", "Watch", "the dashboard"),
    Command("stats", "Watch", "counts, rates and times", "stats"),
    Command("events", "Watch", "what happens, as a stream", "events"),
    Command("errors", "Fix", "failures grouped by error", "errors"),
    Command("rm", "Fix", "remove ended jobs", "rm"),
    Command("doctor", "Fix", "what is wrong, and the command that helps", "doctor"),
    Command("schedule", "Schedule", "schedules: list, next, add, run-now, enable, disable", "schedule"),
    Command("beat", "Schedule", "fire schedules", "beat"),
    Command("notify", "Operate", "who is told of failures; send a test", "notify"),
    Command("pause", "Operate", "start no more jobs: of some queues, or of all", "pause"),
    Command("resume", "Operate", "let paused queues go on", "resume"),
    Command("metrics", "Operate", "figures for Prometheus"),
    Command("install", "Operate", "a worker that systemd starts and looks after", "install"),
    Command("uninstall", "Operate", "take what `install` has written away again", "uninstall"),
    Command("import", "Project", "take over a crontab", "import_crontab"),
    Command("export", "Project", "write a crontab, or systemd timers", "export"),
    Command("schema", "Project", "JSON Schema of tasks.toml, or of what -o json writes", "schema"),
    Command("config", "Project", "settings and where they come from", "config"),
    Command("env", "Project", "the environment that a job of a task would have", "env"),
    Command("completion", "Project", "Tab completes commands, tasks, jobs: bash, zsh, fish", "completion"),
)

#: What users of Celery, rq, docker, systemd and cron type -> what it is here.
ALIASES = {
    "enqueue": ("run",),
    "pipe": ("run",),
    "pipeline": ("run",),
    "call": ("run",),
    "start": ("run",),
    "add": ("run",),
    "exec": ("run",),
    "list": ("ps",),
    "ls": ("ps",),
    "describe": ("show",),
    "inspect": ("show",),
    "info": ("show",),
    "follow": ("logs", "-f"),
    "tail": ("logs", "-f"),
    "revoke": ("cancel",),
    "stop": ("cancel",),
    "kill": ("cancel", "--signal", "KILL"),
    "requeue": ("retry",),
    "restart": ("retry",),
    "rerun": ("retry",),
    "result": ("show",),
    "log": ("logs",),
    "ping": ("worker", "ping"),
    "purge": ("queue", "purge"),
    "empty": ("queue", "purge"),
    "unpause": ("resume",),
    "report": ("doctor",),
    "queues": ("queue", "list"),
    "workers": ("worker", "list"),
    "tasks": ("task", "list"),
    "lint": ("check",),
    "validate": ("check",),
    "scheduler": ("beat",),
    "timers": ("schedule", "list"),
    "cron": ("schedule", "list"),
    "trigger": ("schedule", "run-now"),
    "next": ("schedule", "next"),
    "timeline": ("events",),
    "journal": ("logs",),
    "list-timers": ("schedule", "list"),
    "atq": ("ps", "--state", "scheduled"),
    "atrm": ("cancel",),
    "run-parts": ("run",),
}

#: Words below a noun that others have for one of its own; they hold where there is that one.
ALIASES_BELOW = {
    "ls": "list",
    "describe": "show",
    "inspect": "show",
    "info": "show",
    "get": "show",
    "delete": "rm",
    "remove": "rm",
    "unpause": "resume",
    "empty": "purge",
    "clear": "purge",
}

#: Words that other programs have for something else, or for which there is nothing here -> what to type instead.
OTHERWISE = {
    "control": ("Celery's `control` is a verb of what it acts on", "qctl help celery\nqctl worker --help"),
    "multi": ("one worker runs many jobs at once", "qctl worker -c 8        eight at once\nqctl up -d"),
    "shell": ("qctl has no shell of its own", "qctl run TASK --local        tries a task out, without a worker"),
    "flower": ("the dashboard comes in a later version", "qctl status\nqctl stats"),
    "crontab": ("schedules stand in tasks.toml", "qctl import crontab        takes a crontab over\nqctl schedule next"),
    "suspend": ("to suspend is `qctl pause`, of some queues or of all", "qctl pause --all"),
    "delete": ("to stop a job is `cancel`, to remove one that has ended `rm`", "qctl cancel ID\nqctl rm ID"),
    "remove": ("to stop a job is `cancel`, to remove one that has ended `rm`", "qctl cancel ID\nqctl rm ID"),
    "clean": ("ended jobs go by `retention` of tasks.toml; to remove some now is `rm`", "qctl rm --query QUERY"),
    "get": ("each thing has a command of its own", "qctl ps\nqctl queue list\nqctl worker list"),
    "create": ("tasks are declared in tasks.toml, and jobs made by `run`", "qctl init\nqctl run TASK"),
    "apply": ("workers take a changed tasks.toml by themselves", "qctl check"),
    "reload": ("workers take a changed tasks.toml by themselves; SIGHUP also reads task code anew", "qctl check"),
    "enable": (
        "schedules are enabled by `schedule enable`, a task in tasks.toml",
        "qctl schedule enable NAME\nqctl check        after `enabled = true`",
    ),
    "disable": (
        "schedules are disabled by `schedule disable`, a task in tasks.toml",
        "qctl schedule disable NAME\nqctl check        after `enabled = false`",
    ),
    "attach": ("a job's stdin is empty; its output can be followed", "qctl logs -f ID"),
    "edit": ("a job is fixed at its submit; tasks are edited in tasks.toml", "qctl cancel ID\nqctl schedule edit"),
    "workflow": (
        "a workflow is run like a task, and shown like a job",
        "qctl run 'dump | gzip'\nqctl show ID\nqctl help pipelines",
    ),
    "workflows": (
        "workflows of tasks.toml stand among the tasks, those that run among the jobs",
        "qctl task list\nqctl ps -t",
    ),
    "version": ("the version is a flag", "qctl --version"),
    "at": ("a time is an option of `run`", "qctl run TASK --at 18:00\nqctl run --at 18:00 -- COMMAND"),
    "batch": ("a job waits until a worker has a free slot", "qctl run -- COMMAND"),
    "nohup": ("a job outlives the terminal that it was asked from", "qctl run -- COMMAND"),
    "crond": ("schedules are fired by a beat, which `qctl up` has in it", "qctl up -d\nqctl install systemd"),
    "daemon-reload": ("workers take a changed tasks.toml by themselves", "qctl check"),
    "graph": ("a workflow is drawn by an option of `run`", "qctl run 'dump | gzip' --graph\nqctl ps -t"),
    "migrate": ("a job stays in the queue and on the server that it was submitted to", "qctl queue list"),
    "amqp": ("the server is a Redis, a private one if none is named", "qctl status\nqctl help config"),
    "logtool": ("each job's output is kept with it", "qctl logs ID\nqctl errors"),
    "parallel": ("lines become jobs by `--each`", "qctl group TASK --each FILE --max-parallel 4"),
}

#: Flags before the command that other programs have, and which are none here -> why, and what to type instead.
OTHER_FLAGS = {
    "-l": ("`crontab -l` is `qctl schedule list`", "qctl schedule list"),
    "-e": ("`crontab -e` is `qctl schedule edit`", "qctl schedule edit"),
    "-r": ("`crontab -r` is `qctl schedule rm`, one by one", "qctl schedule rm NAME"),
    "-u": ("another user's crontab is taken over by `import crontab`", "qctl import crontab --user NAME"),
    "-A": ("Python tasks are found by `modules` of tasks.toml", "qctl task list\nqctl help celery"),
    "-b": ("a broker is the Redis that `--redis` names", "qctl --redis redis://HOST:6379/0 status"),
    "-f": ("a file is `--file`", "qctl --file tasks.toml check"),
    "-n": ("a trial is `--dry-run`", "qctl --dry-run run TASK"),
    "-V": ("the version is `--version`", "qctl --version"),
    "--app": ("Python tasks are found by `modules` of tasks.toml", "qctl task list\nqctl help celery"),
    "--broker": ("a broker is the Redis that `--redis` names", "qctl --redis redis://HOST:6379/0 status"),
    "--config": ("the file is `--file`", "qctl --file tasks.toml check"),
    "--list": ("tasks are listed by `qctl task list`", "qctl task list"),
}

_BEATS = ("schedules stand in tasks.toml, for any number of beats", "qctl beat\nqctl schedule list")
_POOL = ("each job has a process of its own", "qctl worker -c 8        eight at once")
_APP = OTHER_FLAGS["-A"]
_NAMED = ("a worker's name is given by `--name`", "qctl worker --name NAME")

#: Options of a command that Celery's has, and which are none here -> why, and what to type instead.
OTHER_OPTIONS = {
    **{(f"qctl {each}", flag): _APP for each in ("worker", "beat") for flag in ("-A", "--app")},
    **{(f"qctl {each}", flag): OTHER_FLAGS["-b"] for each in ("worker", "beat") for flag in ("-b", "--broker")},
    **{("qctl beat", flag): _BEATS for flag in ("-S", "--scheduler", "-s", "--schedule")},
    **{("qctl worker", flag): _POOL for flag in ("-P", "--pool", "-O")},
    **{("qctl worker", flag): _NAMED for flag in ("-n", "--hostname")},
    ("qctl worker", "-E"): ("events are always there", "qctl events -f"),
    ("qctl worker", "--events"): ("events are always there", "qctl events -f"),
}

#: Celery's `control WORD`, which tells workers.
CONTROLLED = {
    "revoke": ("cancel",),
    "terminate": ("cancel",),
    "shutdown": ("worker", "stop"),
    "cancel_consumer": ("queue", "pause"),
    "add_consumer": ("queue", "resume"),
}

#: Celery's `inspect WORD`, which asks workers, where `qctl inspect ID` shows a job.
INSPECTED = {
    "active": ("ps", "--state", "running"),
    "reserved": ("ps", "--state", "queued"),
    "scheduled": ("ps", "--state", "scheduled"),
    "ping": ("worker", "ping"),
    "stats": ("worker", "list"),
    "active_queues": ("queue", "list"),
    "registered": ("task", "list"),
    "query_task": ("show",),
    "report": ("doctor",),
    "conf": ("config",),
}

BY_NAME = {command.name: command for command in COMMANDS}

#: name -> (letter or empty, kind, help). A `text` takes a value, a `flag` does not, a `count` may be repeated.
GLOBAL_FLAGS = {
    "file": ("", "text", "the tasks.toml to use"),
    "dir": ("C", "text", "work as if started in this folder"),
    "redis": ("", "text", "URL of the Redis to use; left out: the embedded one"),
    "namespace": ("", "text", "namespace in that Redis"),
    "redis-timeout": ("", "text", "how long to wait for Redis (default: 3s)"),
    "output": ("o", "text", "table (default), wide, json, jsonl, tsv or name"),
    "quiet": ("q", "flag", "ids and values only"),
    "verbose": ("v", "count", "say more; -vv shows tracebacks"),
    "color": ("", "text", "auto (default), always or never"),
    "no-input": ("", "flag", "never ask"),
    "yes": ("y", "flag", "answer yes"),
    "dry-run": ("", "flag", "say what would be done, and do nothing"),
    "utc": ("", "flag", "times in UTC"),
    "no-pager": ("", "flag", "never start a pager"),
}
