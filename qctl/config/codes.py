"""What each code of an error or warning means, for `qctl help Q014`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

EXPLANATIONS: Final[Mapping[str, str]] = {
    "Q001": "The operation failed, or found trouble. The message says what.",
    "Q002": "The command line cannot be understood. `qctl COMMAND --help` shows how it is written.",
    "Q003": (
        "A parameter does not fit what its task declares in `params`: it is unknown, missing, of another "
        "type, outside of `min` and `max`, not among `choices`, does not match `pattern`, or holds a "
        "character that no command can take. Nothing was enqueued. `qctl task show TASK` lists a task's "
        "parameters. On the command line `name=value` is converted to the declared type, `name:=json` is "
        "JSON, and `name=@file` is the text of a file."
    ),
    "Q004": (
        "There is no such job, task, queue, schedule or workflow. `qctl task list`, `qctl ps -a` and `qctl schedule "
        "list` show what there is."
    ),
    "Q005": "It was refused, because a condition that you set did not hold, or because something stands already.",
    "Q010": (
        "A file cannot be read: it is not there, not a regular file, or you may not read it. qctl looks at "
        "`--file`, QCTL_FILE, the nearest tasks.toml from the current folder upwards, "
        "`~/.config/qctl/tasks.toml` and `/etc/qctl/tasks.toml`, and the first one found is the only one. "
        "`qctl init` writes one to begin with."
    ),
    "Q011": (
        "The file is not TOML. The position is where reading stopped; the slip is there or just before. "
        "Common ones: a text without quotes, a quote that is not closed, a key or table that stands twice, a "
        "comma missing in a list."
    ),
    "Q012": (
        "A file is larger than 4 MB, nested too deeply, or more than 1000 files are included. Split it, or "
        "include less."
    ),
    "Q013": (
        "Root would run what this file says, so nobody else may be able to write it: the file and its folder "
        "must belong to root and must not be writable by others. Change owner or mode as the help says, or "
        "run as the file's owner. Other users are refused a tasks.toml that was found by looking upwards and "
        "belongs to neither them nor root: anybody can put one into /tmp. `--file` or QCTL_FILE names it on purpose."
    ),
    "Q014": (
        "A key that nobody knows is never passed over, because what you meant it to do would silently not "
        "happen. `qctl help config` lists the keys of every table. A task has exactly "
        "one of `run`, `exec`, `call`."
    ),
    "Q015": (
        'The value is not what its key takes. Durations are `"90s"`, `"5m"`, `"1h30m"`, `"2d"` or a number of '
        'seconds; sizes are `"256KB"`, `"10MB"` or a number of bytes.'
    ),
    "Q016": (
        "A key that must be there is missing, or several exclude each other. A task has exactly one of `run` "
        '(shell text), `exec` (a list of words) and `call` (`"module:function"`); a workflow has a '
        "`pipeline`, a notification a `command`."
    ),
    "Q017": (
        "Names of tasks, queues, schedules, workflows and notifications are 1 to 128 letters, digits, dots, underlines "
        "and hyphens, no hyphen first: a command would take that for an option. Names of parameters are identifiers: "
        "letters, digits and underlines, no digit first. A "
        'name with a dot is quoted in a table\'s header: [tasks."mail.send"].'
    ),
    "Q018": (
        "Parameters are never put into shell text, since a value such as `; rm -rf /` would be run. In `run` "
        'each parameter is an environment variable of its own name: write "$name", with the quotes. To put '
        "values inside of words without any shell, use `exec`."
    ),
    "Q019": (
        "A word of `exec` names a parameter that the task does not declare, or one that may be missing inside "
        "of a longer word. `{name}` is replaced by the value of the parameter `name`; `{{name}}` stands for "
        "the text `{name}`."
    ),
    "Q020": "Files include each other in a circle. Each file is read once; take one of the `include` lines away.",
    "Q021": (
        "The schedule cannot be read, or would never fire. It is a cron expression of five fields (minute, hour, day "
        "of month, month, day of week; a field of seconds before them if there are six), one of `@hourly @daily "
        "@weekly @monthly @yearly @reboot @start`, `every 90m`, or a table with one of `cron`, `every` and `at`. "
        "`qctl schedule next 'EXPRESSION'` shows when one is due."
    ),
    "Q022": (
        "A parameter reaches a command as an environment variable of its own name. With the names that a "
        "loader, a shell or an interpreter obeys (PATH, IFS, LD_PRELOAD, PYTHONPATH, BASH_ENV and their like) "
        "a caller could change which code runs. Choose another name; where such a variable is needed, the "
        "task's own `env` sets it."
    ),
    "Q023": (
        "The declaration of a parameter contradicts itself: its default or a choice is not of its type, `min` "
        "is above `max`, `pattern` is no regular expression, a `choice` has no `choices`, or the default of a secret, "
        "or each of its choices, has less than 4 characters, which could not be hidden. Of some of its choices that "
        "is a warning: they cannot be given."
    ),
    "Q024": (
        "A schedule must be able to start its task: every required parameter needs a value, from `with` of "
        "the schedule or as a default, and the values in `with` must fit."
    ),
    "Q025": (
        "Which server, namespace and zone are used is said once, in the first file. An included file's [qctl] "
        "may set `include`, `modules` and `python_path`; its [defaults] hold for its own tasks and those of "
        "files that it includes."
    ),
    "Q026": (
        "A name was given to two tasks or workflows, in one file or in two. Neither is used until one is renamed."
    ),
    "Q027": (
        "Every user of a machine can read the words of every command that runs on it. A secret parameter "
        "reaches a job as a variable of its environment, which only its user can read, or as an argument of a Python "
        "function; never as a word."
    ),
    "Q028": (
        "A start that is put off must not come after the next one, nor after the `deadline`, past which nothing "
        "starts. So `jitter` is shorter than that, and than the least distance between two instants of its schedule."
    ),
    "Q029": (
        "Two schedules go by one name, and beats would take them for one. A schedule is called as its task; one of "
        "several as TASK.NAME, by its `name`, or where it has none by what makes it due and `with` (without secrets). "
        "Give each of several a `name`: `schedule = [{ cron = '@daily', name = 'night' }, ...]`. Until then none of "
        "their tasks is used."
    ),
    "Q031": "A path of the configuration is not there on this machine. That is right if workers run elsewhere.",
    "Q032": "A time limit that can never take effect, because another one strikes first.",
    "Q033": (
        "A run may still go on when the next one is due. Where `overlap` of the schedule lets that one wait, or run "
        "beside it, they may pile up; where nothing is said it is skipped. A `timeout` shorter than the interval keeps "
        'them apart, and `overlap = "skip"` says that skipping is meant.'
    ),
    "Q034": (
        "A secret that stands in the file is none. Take `default` away and give it by `env`, from the "
        "worker's environment."
    ),
    "Q035": "The configuration names a task or notification that it does not declare.",
    "Q036": (
        "`user` names somebody as whom a worker that you start here could not run the task: only root may start "
        "processes of other users. That is right if workers run elsewhere, or as root. An attempt that cannot "
        "become its user has not started, and never runs as somebody else."
    ),
    "Q037": (
        "A parameter that is called as secrets are, and is not declared as one: its values stand in listings and in "
        "the job's record. `secret = true` hides them, also in what the job prints."
    ),
    "Q038": (
        "Somebody else may write what a worker of root's would run: code in a folder of `python_path`, or variables "
        "of an `env_file` that a loader obeys. It imports no such code and starts no job with such a file. Let both "
        "belong to root, the file perhaps to the job's `user`, and nobody else write to them: chown root, chmod go-w."
    ),
    "Q039": (
        "A pattern of `include`, or the way to it, matches a link that leads nowhere: what should be there is not "
        "read, and its tasks are not there. "
        "Remove the link, or put back what it leads to."
    ),
    "Q040": (
        "A step counts from the begin of its field, and begins anew with each hour, day or month: `*/7` is minute "
        "56 and then minute 0. `every 7m` is every seven minutes."
    ),
    "Q041": (
        "Both day fields of a cron expression say something. cron takes a day that satisfies either, so `0 0 13 * "
        "5` is every 13th and every Friday; only if one of the fields begins with `*` must a day satisfy both."
    ),
    "Q042": (
        "Where clocks are set forward and back for daylight saving time, an expression whose minute or hour "
        "begins with `*` follows the clock: it does not run at times that are skipped, and runs twice at those "
        "that come twice. Any other runs once for each of its times: as soon as the clocks have jumped, or at the "
        "first of two."
    ),
    "Q043": (
        "Other programs that read cron expressions refuse this one or read it otherwise. Here it is as the "
        "message says."
    ),
    "Q044": (
        "A job's PATH is /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin, or what `env` of its task "
        "says; that of your shell is another one. That is right if workers run elsewhere, where the program is."
    ),
    "Q045": (
        "The date of `at` is over. A schedule does not run for times before it was declared, so this one never will."
    ),
    "Q046": (
        "`@reboot` is once for each boot of a machine. On a Redis that several share `host` of the task says of "
        "which machine; without it that is the one whose beat is the first to notice."
    ),
    "Q047": (
        "None of the instants that were looked at lies outside of the windows of `blackout`: the schedule starts "
        "nothing. `enabled = false` says that plainly. A window's first minute is in it, its last one is not."
    ),
    "Q048": (
        "A pipeline is steps with `|` between them, and groups of steps side by side in brackets: `dump(db=main) | "
        "[gzip, checksum] | upload(bucket=s3://dr)`. A value that holds `,` or `)` stands in quotes. `qctl help "
        "pipelines` has more examples."
    ),
    "Q049": (
        "A step of a workflow could not be started: its task is disabled or broken, a parameter is missing, unknown or "
        "does not fit, or a Python task has no parameter left for the value that it receives. The workflow cannot be "
        "used until then; everything else can."
    ),
    "Q050": "A workflow may be a step of another, whose steps then stand in its place. It cannot be a part of itself.",
    "Q051": (
        "A table `[tasks.NAME]` that calls a function which its code declares by @task as a task of that name holds in "
        "place of the declaration: what the function takes is there only if the table has it under `params`. Without "
        'the table the task is as the code declares it; `[workflows.OTHER]` with `pipeline = "NAME"` gives it a '
        "schedule."
    ),
    "Q069": "Redis does not answer. Without `redis` in [qctl] a private server is used: `qctl up -d` starts it.",
    "Q070": "A bug in qctl. The message names the report; please send it.",
    "Q075": "It may work later: the wait's time is over, the queue is full, or Redis is busy. Nothing was lost.",
    "Q076": (
        "The connection broke between asking and the answer. The job may or may not be there: ask with the id "
        "that is named. Submitting the same id again does no harm."
    ),
    "Q077": "You may not: the instance belongs to another user, or the server does not take ad-hoc commands.",
    "Q078": (
        "tasks.toml or another part of the configuration is bad. `qctl check` shows every problem with its place."
    ),
    "Q125": "What ran the job, or Redis, went away while you waited. The job is not lost: `qctl show` tells its state.",
}


#: numbers -> what such codes are about.
CODE_RANGES: Final[tuple[tuple[str, str], ...]] = (
    ("Q001-Q005", "of any command: failed, not understood, not found, refused"),
    ("Q010-Q029", "errors in tasks.toml: files, keys, values, names, schedules"),
    ("Q031-Q039", "warnings about tasks.toml: what can hardly be meant"),
    ("Q040-Q047", "warnings about schedules"),
    ("Q048-Q051", "errors in workflows; Q051 a warning about a task of Python code"),
    ("Q069-Q078, Q125", "as the exit code of that number (qctl help exit-codes)"),
)


def explain(code: str) -> str | None:
    """The explanation of a code in any case, or None if there is no such code."""
    return EXPLANATIONS.get(code.upper())
