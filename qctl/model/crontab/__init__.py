"""Crontabs as cron itself reads them: lines, variables, `%`, and what a line's five fields meant to that daemon.

Pure: it opens no file and knows no user. `read_table` reads a crontab, `read_anacrontab` that of anacron, and
`recognised` finds the wrappers that people write round a command.
"""

from qctl.model.crontab.anacron import Period, read_anacrontab
from qctl.model.crontab.command import as_crontab_command, as_shell_text, split_command
from qctl.model.crontab.daemon import CRONIE, DEBIAN, Daemon
from qctl.model.crontab.table import Bad, Line, Table, read_table
from qctl.model.crontab.timing import NEVER, Timing, read_timing
from qctl.model.crontab.wrappers import Wrapper, recognised

__all__ = [
    "CRONIE",
    "DEBIAN",
    "NEVER",
    "Bad",
    "Daemon",
    "Line",
    "Period",
    "Table",
    "Timing",
    "Wrapper",
    "as_crontab_command",
    "as_shell_text",
    "read_anacrontab",
    "read_table",
    "read_timing",
    "recognised",
    "split_command",
]
