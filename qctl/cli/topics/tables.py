"""`qctl help exit-codes` and `environment`: the tables by which the program itself goes."""

from __future__ import annotations

from qctl.cli.manual.page import Section
from qctl.cli.table import GLOBAL_FLAGS
from qctl.cli.topics.topic import Topic
from qctl.model.exit_codes import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_MORE_VARIABLES: Final = (
    ("NO_COLOR", "no colours, whatever the next two say"),
    ("CLICOLOR_FORCE, FORCE_COLOR", "colours also off a terminal"),
    ("QCTL_ASCII", "no sign beyond ASCII"),
    ("COLUMNS", "how wide the terminal is"),
    ("PAGER", "what shows a long `qctl help`; left out: less"),
    ("CI", "progress as lines, drawn once"),
    ("TZ", "the zone of times and dates"),
    ("XDG_STATE_HOME", "the embedded server lives in qctl below it, root's too: another path, another instance"),
    ("XDG_CACHE_HOME", "in qctl below it: what completion knows of each tasks.toml, words you have been told of"),
    ("XDG_CONFIG_HOME", "install systemd --user and completion fish --install write below it"),
    ("XDG_DATA_HOME", "completion --install writes below it"),
    ("BASH_COMPLETION_USER_DIR", "completion bash --install writes below its first folder, if it is set"),
    ("FPATH", "where zsh looks: completion zsh --install writes into the first folder of it that is yours"),
    ("GITHUB_ACTIONS", "true: a workflow's jobs are marked as groups, and what failed as errors"),
    ("VISUAL, EDITOR", "what `schedule edit` opens; left out: vi"),
    ("NOTIFY_SOCKET, WATCHDOG_USEC", "set by systemd: where a worker says that it is ready, and lives"),
    ("QCTL_REDIS_SERVER", "the redis-server program of the embedded server"),
)

_OF_A_JOB: Final = (
    ("QCTL_JOB_ID", "its id"),
    ("QCTL_TASK", "its task"),
    ("QCTL_ATTEMPT", "which attempt this is, from 1"),
    ("QCTL_QUEUE", "its queue"),
    ("QCTL_FENCE", "a number that only grows from owner to owner of a job"),
    ("QCTL_SCHEDULED_FOR", "the instant that it was fired for"),
    ("QCTL_PARENT_ID", "the job that submitted it"),
    ("QCTL_INPUT", "a file with what a workflow's step receives, which a command reads on stdin too"),
    ("QCTL_RESULT", "a file to write its value to, in place of stdout"),
    ("QCTL_RUN_DIR", "a folder of its own; qctl progress and qctl run go through it"),
    ("HOME LOGNAME USER SHELL", "of the user as whom it runs"),
    ("PATH", "/usr/local/sbin:/usr/local/bin: /usr/sbin:/usr/bin:/sbin:/bin"),
    ("LANG", "C.UTF-8"),
    ("TZ", "if the host sets it"),
    ("…", "the task's parameters under their own names, and the task's env; nothing else"),
)

_FLAGS: Final = tuple(
    (f"QCTL_{name.replace('-', '_').upper()}", f"as --{name}: {text}") for name, (_, _, text) in GLOBAL_FLAGS.items()
)

EXIT_CODES: Final = Topic("what each exit code means", (Section("Exit codes", tuple(TABLE.items())),))
ENVIRONMENT: Final = Topic(
    "variables that qctl reads, and those of a job",
    (Section("What qctl reads", _FLAGS + _MORE_VARIABLES), Section("What a job finds set", _OF_A_JOB)),
)
