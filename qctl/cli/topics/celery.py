"""`qctl help celery`: Celery's commands, options and states, and what they are here."""

from __future__ import annotations

from typing import Final

from qctl.cli.manual.page import Section
from qctl.cli.topics.topic import Topic

_OPENING: Final = """\
Where Celery has a word that users meet, it is the word here: countdown, eta,
expires, priority, chain, group, chord, link, soft time limit, beat. From Python
`delay`, `apply_async`, `s`, `si` and `AsyncResult` do what they do there.

"""

_COMMANDS: Final = (
    ("celery -A app worker", "qctl worker; its tasks stand in tasks.toml, or in its `modules`"),
    ("worker -Q a,b -c 4", "qctl worker -Q a,b -c 4; here a goes before b, a=1,b=1 is in turn"),
    ("worker -B", "qctl worker -B"),
    ("worker --autoscale 10,3", "qctl worker --autoscale 3,10; the least first"),
    ("multi start", "qctl up -d; or qctl install systemd"),
    ("beat", "qctl beat; any number; each instant is fired once"),
    ("call app.task", "qctl run TASK name=value"),
    ("result ID", "qctl show ID"),
    ("inspect active", "qctl ps --state running"),
    ("inspect reserved", "qctl ps --state queued"),
    ("inspect scheduled", "qctl ps --state scheduled"),
    ("inspect registered", "qctl task list"),
    ("inspect active_queues", "qctl queue list"),
    ("inspect stats", "qctl worker list"),
    ("inspect ping, status", "qctl worker ping"),
    ("inspect conf", "qctl config"),
    ("control revoke, terminate", "qctl cancel ID; stops what runs, too"),
    ("control cancel_consumer", "qctl queue pause QUEUE"),
    ("control add_consumer", "qctl queue resume QUEUE"),
    ("control shutdown", "qctl worker stop NAME"),
    ("control pool_grow", "kill -TTIN PID; a slot more, and -TTOU one less"),
    ("control rate_limit", "rate_limit of the task, in tasks.toml"),
    ("purge", "qctl queue purge QUEUE; keeps a copy"),
    ("events, flower", "qctl events -f; also qctl stats, qctl errors"),
    ("report", "qctl doctor"),
)

_STATES: Final = (
    ("PENDING", "queued, scheduled or waiting; of an id that does not exist an error"),
    ("STARTED, PROGRESS", "running"),
    ("RETRY", "scheduled, with an attempt behind it"),
    ("SUCCESS", "ended: succeeded"),
    ("FAILURE", "ended: failed, timeout, lost or skipped"),
    ("REVOKED", "ended: cancelled or expired"),
)

_OPTIONS: Final = (
    ("max_retries", "retries"),
    ("default_retry_delay, retry_backoff", "backoff, backoff_max, jitter"),
    ("autoretry_for, dont_autoretry_for", "retry_on, no_retry_on"),
    ("time_limit, soft_time_limit", "timeout, soft_timeout"),
    ("acks_late, reject_on_worker_lost", "as it is here by default; redeliver = false: never run twice"),
    ("ignore_result", 'result = "discard"'),
    ("task_routes", "[routes]"),
    ("beat_schedule", "schedule of a task or workflow"),
    ("worker_prefetch_multiplier", "nothing: workers hold no more than they run at once"),
)

CELERY: Final = Topic(
    "Celery's commands, options and states here",
    (
        _OPENING,
        Section("Commands", _COMMANDS),
        Section("States", _STATES),
        Section("Options of tasks", _OPTIONS),
    ),
)
