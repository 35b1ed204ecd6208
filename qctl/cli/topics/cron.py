"""`qctl help cron`: expressions as the evaluator reads them, and what users of cron type here."""

from __future__ import annotations

from qctl.cli.manual.page import Section
from qctl.cli.topics.topic import Topic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_EXPRESSIONS: Final = """\
When a schedule is due: five fields, or six with seconds first.

  minute hour day-of-month month day-of-week
  0-59   0-23 1-31         1-12  0-7 (0 and 7 are Sunday); jan-dec, sun-sat

  qctl schedule next '30 2 * * *'                  every day at 02:30
  qctl schedule next '*/15 8-18 * * mon-fri'       each quarter of an hour
  qctl schedule next '0 9 1,15 * *' -n 3           on the 1st and the 15th
  qctl schedule next '0 4 L * *'                   on a month's last day
  qctl schedule next '0 8 * * fri#2'               on its second Friday
  qctl schedule next 'every 90m'                   an interval
  qctl schedule next @daily --timezone Asia/Tokyo  at midnight there

"""

_SIGNS: Final = (
    ("*", "every value"),
    ("1,15  1-5  */10  8-18/2", "a list, a range, steps: each hour or day they begin anew"),
    ("L  LW  L-3  15W", "of days of the month: the last, the last weekday, three before the last, the weekday "
        "nearest to the 15th"),
    ("fri#2  5L", "of days of the week: the second Friday, the last one"),
    ("H  H(0-29)  H/15  ~  0~30", "a value drawn once for each schedule, which stays: spreads the load"),
    ("@hourly @daily @weekly", "as 0 * * * *, 0 0 * * *, 0 0 * * 0; also @monthly @yearly"),
    ("@reboot  @start", "once for each boot of the machine; for each start of a beat"),
    ("every 90m", "an interval; also @every 90m"),
)  # fmt: skip

_RULES: Final = """\
If both day fields are restricted a day need satisfy only one of them, as in
cron; both if one begins with *. Where clocks change: a time that is skipped is
made up for at once, one that comes twice runs once; only where minute or hour
begins with * does a schedule follow the clock. What would never fire, as in
0 0 31 2 *, is an error.

"""

#: Drawn in the README, too, as the next.
WORDS: Final = (
    ("crontab -l", "qctl schedule list"),
    ("crontab -e", "qctl schedule edit"),
    ("crontab -r", "qctl schedule rm NAME"),
    ("crontab FILE", "qctl import crontab FILE --write"),
    ("a new line", "qctl schedule add TASK '30 2 * * *'"),
    ("# before a line", "qctl schedule disable NAME"),
    ("the crontab that is there", "qctl import crontab"),
    ("that of another user", "the same with --user USER, as root"),
    ("those of the machine", "qctl import crontab --system"),
    ("is it written right?", "qctl check"),
    ("when is it due?", "qctl schedule next"),
    ("did it run?", "qctl schedule missed"),
    ("grep CRON /var/log/syslog", "qctl history"),
    ("what did it say?", "qctl logs ID"),
    ("does it work from cron?", "qctl run TASK --as-scheduled --wait"),
    ("what environment has it?", "qctl env TASK"),
    ("at 18:00", "qctl run TASK --at 18:00"),
    ("at now + 2 hours", "qctl run TASK --in 2h"),
    ("atq", "qctl ps --state scheduled"),
    ("atrm ID", "qctl cancel ID"),
    ("batch", "qctl run -p low -- CMD; when a slot is free, whatever the load"),
    ("nohup cmd &", "qctl run -- CMD"),
    ("run-parts DIR", "qctl run --sh 'run-parts DIR' --wait; or a task, with a schedule"),
    ("crond", "qctl up -d; from each boot on: qctl install systemd"),
    ("cronnext", "qctl schedule next"),
    ("systemctl list-timers", "qctl schedule next"),
)  # fmt: skip

LINES: Final = (
    ("* * * * * cmd", 'run = "cmd" and schedule = "* * * * *" of a task'),
    ("cmd %line%line", "a here-document in run; % means nothing here"),
    ("\\%", "%"),
    ("@reboot", 'schedule = "@reboot", once for each boot; what goes on for ever belongs into a unit of systemd\'s'),
    ("@daily @hourly …", "the same"),
    ("the field of the user", 'user = "NAME"; the worker has to be root'),
    ("SHELL", 'shell = "/bin/bash"'),
    ("PATH, NAME=value", "env = { PATH = \"…\" }, or env_file; in [defaults] for all"),
    ("HOME", "cwd; HOME is that of the user"),
    ("MAILTO", "notify = [\"NAME\"], and a table [notify.NAME] with a command"),
    ('MAILTO=""', "nothing: nobody is told who is not named; output is kept"),
    ("CRON_TZ", "timezone, of [qctl] or of a schedule"),
    ("RANDOM_DELAY, sleep $RANDOM", "jitter of the schedule, or H in an expression"),
    ("anacron", 'catchup = "one", which is the default: it is made up for as soon as something can start it'),
    ("START_HOURS_RANGE", "blackout of the schedule: the hours in which it must not start"),
    ("flock -n", 'overlap = "skip" of the schedule, which is the default'),
    ("flock FILE", "lock of the task: one at a time, of whichever tasks"),
    ("timeout 5m", 'timeout = "5m"; TERM, then KILL, to all of its processes'),
    ("chronic", 'nothing: only [notify.NAME] with on = ["output"] tells of output'),
    (">> FILE 2>&1", "nothing: output is kept; output.file has a copy in a file"),
    ("nice, ulimit, cd, umask", "nice, limits, cwd, umask"),
    ("run-one", 'unique = "params" of the task: a second one is refused (5)'),
    ("cmd || mail …", "notify; also told: it works again, it did not run"),
    ("/etc/cron.d", 'include = ["tasks.d/*.toml"]'),
    ("/etc/cron.daily", "run = \"run-parts /etc/cron.daily\""),
)  # fmt: skip

CRON: Final = Topic(
    "cron expressions, and cron's words here",
    (
        _EXPRESSIONS,
        Section("Signs", _SIGNS),
        _RULES,
        Section("What one types in the place of cron's words", WORDS),
        Section("What stands in tasks.toml in the place of a crontab's lines", LINES),
    ),
)
