"""`qctl help celery`: Celery's commands, options and states, and what they are here."""

from __future__ import annotations

from qctl.cli.manual.page import Section
from qctl.cli.topics.topic import Topic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_OPENING: Final = """\
Where Celery has a word that users meet, it is the word here: countdown, eta,
expires, priority, chain, group, chord, link, soft time limit, beat. From Python
`delay`, `apply_async`, `s`, `si` and `AsyncResult` do what they do there.

"""

#: Drawn in the README, too, as the next.
COMMANDS: Final = (
    ("celery -A app worker", "qctl worker; its tasks stand in tasks.toml, or in its `modules`"),
    ("worker -Q a,b -c 4", "qctl worker -Q a,b -c 4; here a goes before b, a=1,b=1 is in turn"),
    ("worker -B", "qctl worker -B"),
    ("worker --autoscale 10,3", "qctl worker --autoscale 3,10; the least first"),
    ("multi start", "qctl up -d; or qctl install systemd"),
    ("multi stopwait", "qctl down; or one SIGTERM to a worker"),
    ("beat", "qctl beat; any number; each instant is fired once"),
    ("call app.task", "qctl run TASK name=value"),
    ("call --countdown 60", "qctl run TASK --in 60s"),
    ("call --eta, --expires", "qctl run TASK --at 'tomorrow 6am' --expires 2d"),
    ("result ID", "qctl show ID"),
    ("result --traceback ID", "qctl logs ID"),
    ("inspect active", "qctl ps --state running"),
    ("inspect reserved", "qctl ps --state queued"),
    ("inspect scheduled", "qctl ps --state scheduled"),
    ("inspect revoked", "qctl history state:cancelled"),
    ("inspect query_task ID", "qctl show ID"),
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
    ("purge -f -Q a,b", "qctl queue purge QUEUE --yes"),
    ("list bindings, amqp", "nothing: there are only queues, and qctl queue list"),
    ("events", "qctl top; its keys are known there"),
    ("events --dump", "qctl events -f"),
    ("flower", "qctl top; also qctl stats, qctl errors; a page in the browser there is not"),
    ("logtool", "qctl errors"),
    ("report", "qctl doctor"),
)

CANVAS: Final = (
    ("chain(a.s(), b.s())", "qctl run 'a | b'; or qctl chain a b"),
    ("group(a.s(), b.s())", "qctl run '[a, b]'; or qctl group a b"),
    ("chord([a.s(), b.s()], c.s())", "qctl run '[a, b] | c'; or qctl chord a b --then c"),
    ("group(a.s(x) for x in xs)", "qctl group a --each FILE"),
    ("a.si()", "qctl run 'b | .a'; it is given nothing"),
    ("a.set(queue=…)", "qctl run 'a@mails | b'"),
    ("link", "qctl run TASK --after ID; in Python link"),
    ("link_error", "qctl run 'a | b!'; for the whole on_error of a workflow"),
    ("a chord whose header fails", "qctl run '[a, b] | c' --policy settled; else c is skipped"),
    ("the same each night", "pipeline and schedule of a table [workflows.NAME]"),
    ("GroupResult.revoke()", "qctl cancel ID"),
    ("map, starmap, chunks", "a group: each member is a job, with its own output and retries"),
)

STATES: Final = (
    ("PENDING", "queued, scheduled or waiting; of an id that does not exist an error"),
    ("STARTED, PROGRESS", "running"),
    ("RETRY", "scheduled, with an attempt behind it"),
    ("SUCCESS", "ended: succeeded"),
    ("FAILURE", "ended: failed, timeout, lost or skipped"),
    ("REVOKED", "ended: cancelled or expired"),
)

OPTIONS: Final = (
    ("max_retries", "retries"),
    ("default_retry_delay, retry_backoff", "backoff, backoff_max, jitter"),
    ("autoretry_for, dont_autoretry_for", "retry_on, no_retry_on"),
    ("time_limit, soft_time_limit", "timeout, soft_timeout"),
    ("acks_late, reject_on_worker_lost", "as it is here by default; redeliver = false: never run twice"),
    ("ignore_result", 'result = "discard"'),
    ("task_routes", "[routes]"),
    ("beat_schedule", "schedule of a task or workflow"),
    ("rate_limit", "rate_limit; over all workers, not for each"),
    ("bind, name, priority, queue", "the same"),
    ("task_id", "--key of `qctl run`: a name that one job has at a time; ids are drawn"),
    ("serializer", "nothing: JSON, no pickle"),
    ("worker_max_tasks_per_child", "--max-jobs-per-child of `qctl worker`"),
    ("worker_max_memory_per_child", "--max-memory-per-child of `qctl worker`"),
    ("visibility_timeout", "nothing: a lease that the worker renews, however long a job takes"),
    ("result_expires", "retention of [qctl], keep of a task"),
    ("worker_prefetch_multiplier", "nothing: workers hold no more than they run at once"),
)

CELERY: Final = Topic(
    "Celery's commands, options and states here",
    (
        _OPENING,
        Section("Commands", COMMANDS),
        Section("Canvas", CANVAS),
        Section("States", STATES),
        Section("Options of tasks", OPTIONS),
    ),
)
