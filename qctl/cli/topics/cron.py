"""`qctl help cron`: expressions as the evaluator reads them, and what users of cron type here."""

from __future__ import annotations

from typing import Final

from qctl.cli.manual.page import Section
from qctl.cli.topics.topic import Topic

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

_WORDS: Final = (
    ("crontab -l", "qctl schedule list"),
    ("crontab -e", "qctl schedule edit"),
    ("crontab -r", "qctl schedule rm NAME"),
    ("a new line", "qctl schedule add TASK '30 2 * * *'"),
    ("# before a line", "qctl schedule disable NAME"),
    ("the crontab that is there", "qctl import crontab"),
    ("when is it due?", "qctl schedule next"),
    ("did it run?", "qctl schedule missed"),
    ("grep CRON /var/log/syslog", "qctl history"),
    ("at 18:00", "qctl run TASK --at 18:00"),
    ("atq", "qctl ps --state scheduled"),
    ("nohup cmd &", "qctl run -- CMD"),
    ("crond", "qctl up -d"),
    ("MAILTO", "notify = [\"NAME\"], and a table [notify.NAME] with a command"),
    ("CRON_TZ", "timezone, of [qctl] or of a schedule"),
    ("flock -n", "overlap of the schedule, or max_running of the task"),
)  # fmt: skip

CRON: Final = Topic(
    "cron expressions, and cron's words here",
    (_EXPRESSIONS, Section("Signs", _SIGNS), _RULES, Section("What one types in the place of cron's words", _WORDS)),
)
