"""Telling that nobody will run what was submitted: its queue is paused, unread, or read by workers without its task."""

from __future__ import annotations

import os

from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qctl.cli.session import Session
    from qctl.client import Client
    from qctl.client.catalogs import strangers
    from qctl.client.queueing import pause_words
    from qctl.client.terms import WorkerInfo
else:
    pause_words = later("qctl.client.queueing", "pause_words")
    strangers = later("qctl.client.catalogs", "strangers")


def warn_if_nobody_reads(client: Client, queues: Iterable[str], here: Session) -> Sequence[WorkerInfo]:
    """A job in a queue that no live worker reads waits for ever: that is said, terminal or not.

    Answers the live workers.
    """
    found = client.crew()
    for queue in dict.fromkeys(queues):
        if found.pauses and (stands := pause_words(found.pauses, queue)):
            here.warn(f"{stands}: the job waits as long as that stands")
        if not any(worker.reads(queue) for worker in found.workers):
            here.warn(nobody_reads(queue, found.workers))
    return found.workers


def nobody_reads(queue: str, live: Iterable[WorkerInfo]) -> str:
    """That a queue is read by nobody, and what helps: beside a worker that is up here `up` would start none."""
    if elsewhere := other_host(queue):
        return f"no live worker of host {elsewhere} reads queue {queue.partition('@')[0]}: the job waits for one"
    way_out = f"qctl worker -Q {queue}" if any(map(is_up_here, live)) else "qctl up -d"
    return f"no live worker reads queue {queue}: `{way_out}` starts one"


def is_up_here(worker: WorkerInfo) -> bool:
    """Whether it is what `up` brings up: a worker of this host that stays and takes work, of whichever queues."""
    about = worker.about
    return about.get("host") == os.uname().nodename and about.get("phase") == "working" and not about.get("only")


def other_host(queue: str) -> str:
    """The host for which a part of a queue is, if it is not this one."""
    host = queue.partition("@")[2]
    return "" if host in ("", os.uname().nodename) else host


def nobody_has(client: Client, task: str, queue: str, live: Sequence[WorkerInfo], here: Session) -> bool:
    """Warn if of the live workers some read the queue and none would run the task as the caller has it.

    True if none has a task of this name at all: until one comes, the job is held.
    """
    known, readers = client.config.known(task), [worker for worker in live if worker.reads(queue)]
    if known is None or not readers or any(worker.about.get("file") == client.config.file for worker in readers):
        return False  # one of that file reads an edit by itself
    found = strangers(client.reading, readers, known)
    if not found:
        return False
    first = found[0]
    theirs = f"the tasks of {first.file}" if first.file else "without a tasks.toml"
    if any(one.has_task for one in found):
        other = next(one for one in found if one.has_task)
        here.warn(f"worker {other.label} runs another `{task}`, that of {other.file}: not {known.file}:{known.line}")
        return False
    here.warn(f"no live worker that reads queue {queue} has task `{task}`: {first.label} runs {theirs}")
    return True
