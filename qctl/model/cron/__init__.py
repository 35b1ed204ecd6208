"""Cron expressions: what they may say, and at which instants they are due in a time zone.

Owns the reading of five and six fields and the mapping of wall times to instants. Knows nothing of tasks or beats.
"""

from qctl.model.cron.distance import interval_ms
from qctl.model.cron.due import Due
from qctl.model.cron.errors import CronError
from qctl.model.cron.expression import NICKNAMES, Cron, parse_cron

__all__ = ["NICKNAMES", "Cron", "CronError", "Due", "interval_ms", "parse_cron"]
