"""Texts of `qctl help TOPIC`. The tables are the program's own, so that they cannot say otherwise than it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from qctl.cli.pipelines_topic import PIPELINES
from qctl.cli.table import GLOBAL_FLAGS
from qctl.model.cells import fold
from qctl.model.exit_codes import TABLE
from qctl.model.query_fields import FIELDS, written

_MORE_VARIABLES: Final = (
    ("NO_COLOR", "no colours, whatever the next two say"),
    ("CLICOLOR_FORCE, FORCE_COLOR", "colours also off a terminal"),
    ("QCTL_ASCII", "no sign beyond ASCII"),
    ("COLUMNS", "how wide the terminal is"),
    ("CI", "progress as lines, drawn once"),
    ("TZ", "the zone of times and dates"),
    ("XDG_STATE_HOME", "the embedded server lives in qctl below it, root's too: another path, another instance"),
    ("XDG_CONFIG_HOME", "install systemd --user and completion fish --install write below it"),
    ("XDG_DATA_HOME", "completion --install writes below it"),
    ("XDG_CACHE_HOME", "below it, in qctl, stands what completion knows of each tasks.toml"),
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

_DATES: Final = """\
Dates, for --at, --expires and --since. What they come to is always echoed in
full, with its zone.

  10m  +90s  1h30m  in 2h  in an hour  2d        a time from now; of history
                                                 --since and --until a time ago
  15:30  3pm  6:30am  noon  midnight             the next such time
  tomorrow  tomorrow 6am  today 18:00            a day, at 00:00 without a time
  mon 09:00  friday 5pm  next monday             the next such day
  24 dec 18:00  dec 24  24.12. 18:00             the next such date
  2026-12-24  2026-12-24 18:00  24.12.2026
  2026-12-24T18:00:00Z  2026-12-24T18:00+01:00   RFC 3339
  2026-12-24 18:00 Europe/Berlin  15:30 UTC      in another zone
  @1700000000                                    seconds since 1970

A day here is 24 hours and a date without a zone is in `timezone` of tasks.toml,
else in this machine's. A time that the clocks skip is the first instant after
the gap; of a time that comes twice it is the first. Both are said. What could
mean two things is refused: 12/24/2026, `90` alone, months as a distance.
"""


_QUERY: Final = """\
QUERY says which jobs are meant, for ps, history, cancel, retry and rm.

  qctl ps 'task:back* wait>5m'             waits for more than five minutes
  qctl history 'state:failed since:24h'    failed in the last day
  qctl history 'exit:22 -label:env=test'   not those of the test environment
  qctl history '"disk full" OR "no space"' by the text of a parameter
  qctl cancel --query 'queue:night state:active (by:ana OR by:bo)'

Words are looked for in the task's name, the parameters, the words after -- and
the labels; case means nothing there. A blank is AND, OR is weaker than that, -
negates what follows it; parentheses make groups, double quotes hold blanks.
In words and names * stands for any text. What begins with - stands after --,
as in: qctl history -- -state:succeeded

"""


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    """Rows of two columns, the second folded below itself."""
    table = tuple(rows)
    indent = max(len(name) for name, _ in table) + 4
    lines = []
    for name, text in table:
        first, *more = fold(text, 80 - indent)
        lines.append(f"  {name}".ljust(indent) + first)
        lines += [" " * indent + line for line in more]
    return "\n".join([*lines, ""])


_FLAGS: Final = tuple(
    (f"QCTL_{name.replace('-', '_').upper()}", f"as --{name}: {text}") for name, (_, _, text) in GLOBAL_FLAGS.items()
)

TOPICS: Final = {
    "exit-codes": "Exit codes\n\n" + _rows(TABLE.items()),
    "environment": (
        "What qctl reads\n\n" + _rows(_FLAGS + _MORE_VARIABLES) + "\nWhat a job finds set\n\n" + _rows(_OF_A_JOB)
    ),
    "dates": _DATES,
    "pipelines": PIPELINES,
    "query": _QUERY + _rows((written(name), text) for name, text in FIELDS.items()),
}
