"""The way in and the way out: crontabs become tables of tasks.toml, and schedules crontab lines or systemd timers.

Owns what an imported line looks like in TOML, where it is written, and what of a task other programs can say. Reads no
crontab itself: whoever calls brings the text.
"""

from qctl.config.crontab.draft import Draft, Imported
from qctl.config.crontab.drafting import Circumstances, Origin, draft_anacrontab, draft_table, share_locks
from qctl.config.crontab.export import Exported, Machine, as_crontab
from qctl.config.crontab.naming import task_name
from qctl.config.crontab.placing import Place, must_be_safe, place_of, standing, write_place
from qctl.config.crontab.remarks import users_named
from qctl.config.crontab.render import heading, render, stands_in
from qctl.config.crontab.timers import Unit, as_units

__all__ = [
    "Circumstances",
    "Draft",
    "Exported",
    "Imported",
    "Machine",
    "Origin",
    "Place",
    "Unit",
    "as_crontab",
    "as_units",
    "draft_anacrontab",
    "draft_table",
    "heading",
    "must_be_safe",
    "place_of",
    "render",
    "share_locks",
    "standing",
    "stands_in",
    "task_name",
    "users_named",
    "write_place",
]
