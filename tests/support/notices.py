"""Seeding notices: who watches, what is to be told, and a worker's part in telling it."""

from __future__ import annotations

from typing import Any, Final

from qctl.model.notice import Notice
from qctl.store import Command, Store
from qctl.store.notice_verbs import Pending
from tests.support.store_seed import SeedWorker, a_job, settled, submit

ALL: Final = ("fail", "recover", "missed", "late")


def watch(worker: SeedWorker, *on: str, name: str = "ops", task: str = "tidy", **more: Any) -> None:
    """Declare that a notify name is told of a task, as a worker does with its rules."""
    how = {"on": list(on or ALL)} | more
    worker.register(**{f"notify_{task}": {"tell": {name: how}}})


def run_one(store: Store, worker: SeedWorker, job: str, *, well: bool = True, log: bytes = b"") -> None:
    """Let one job of `tidy` come to its end."""
    submit(store, job)
    claim = worker.take([("default", 1)])
    if well:
        store.do(store.verbs.complete(worker.id, [settled(claim, log=log)]))
    else:
        worker.bury(claim, log=log)


def pending(store: Store, *names: str) -> list[Pending]:
    return store.do(store.verbs.notices(names or ("ops",), 100))


def occasions(store: Store, *names: str) -> list[str]:
    """What is to be told, in order."""
    return [f"{notice.occasion} {notice.job}".strip() for notice in notices(store, *names)]


def notices(store: Store, *names: str) -> list[Notice]:
    return [Notice.decode(one.text, one.more) for one in pending(store, *names)]


def tell_all(store: Store, prefix: str = "t") -> list[str]:
    """Make jobs of all that is to be told."""
    told = [(one, a_job(f"{prefix}{n}", "notify.ops", queue="mails")) for n, one in enumerate(pending(store))]
    return store.do(store.verbs.tell(told))


def said(store: Store, *words: Any) -> Any:
    return store.do(Command(words, lambda reply: reply))
