"""Seeding the past and the present: many jobs of twenty tasks in three queues, through the verbs, in bulk."""

from __future__ import annotations

import random
from typing import Any

from qctl.model.attempt import Attempt, Value, ValueKind
from qctl.model.call import Call
from qctl.model.state import Outcome, Reason
from qctl.model.submission import Submission
from qctl.store import Store
from qctl.store.values import CHARGE_FAILURE, Claim, Settlement
from tests.support.store_seed import SeedWorker

TASKS = tuple(f"task-{number:02d}" for number in range(20))
QUEUES = ("default", "batch", "night")
MESSAGES = (
    "curl: (22) The requested URL returned error: 503",
    "no space left on device, {n} bytes wanted",
    "connection to db{n} refused",
    "KeyError: 'item{n}'",
)
_BATCH = 500


def fill(store: Store, count: int, begin: int = 0, prefix: str = "j", bad_share: float = 0.1) -> None:
    """End so many jobs, numbered from `begin` on: nine of ten well, the others in one of four ways."""
    dice = random.Random(7)
    worker = SeedWorker(store, f"w{begin}").register()
    for first in range(begin, begin + count, _BATCH):
        names = range(first, min(first + _BATCH, begin + count))
        store.do(store.verbs.submit([_submission(number, dice, prefix) for number in names]))
        claims = worker.claim(len(names))
        bad = [claim for claim in claims if dice.random() < bad_share]
        good = [claim for claim in claims if claim not in bad]
        store.do(store.verbs.complete(worker.id, [_success(claim, dice) for claim in good]))
        store.do(store.verbs.bury(worker.id, [_failure(claim, dice) for claim in bad]))


def queue_up(store: Store, count: int, begin: int = 0, **more: Any) -> None:
    """Submit so many jobs and leave them where they stand; `delay_ms` for one schedules them."""
    dice = random.Random(8)
    for first in range(begin, begin + count, _BATCH):
        names = range(first, min(first + _BATCH, begin + count))
        store.do(store.verbs.submit([_submission(number, dice, **more) for number in names]))


def _submission(number: int, dice: random.Random, prefix: str = "j", **more: Any) -> Submission:
    task = dice.choice(TASKS)
    call = Call(
        task=task,
        params={"path": f"/srv/data/{number}", "keep": number % 30},
        by="ana@db1",
        tries=3,
        file="/etc/qctl/tasks.toml",
        line=12,
        hash="3fa1c9e02b44",
        labels={"env": dice.choice(("prod", "test"))},
    )
    return Submission(id=f"{prefix}{number:07d}", task=task, body=call.encode(), queue=dice.choice(QUEUES), **more)


def _record(claim: Claim, dice: random.Random, **more: object) -> bytes:
    started = claim.enqueued_ms + dice.randrange(1, 5000)
    facts = {"exit_code": 0, "outcome": "succeeded"} | more
    return Attempt(
        number=1,
        worker=f"db{dice.randrange(4)}",
        started_ms=started,
        ended_ms=started + dice.randrange(5, 60_000),
        cpu_s=0.4,
        max_rss_bytes=34_816_000,
        log_bytes=812,
        log_lines=4,
        hash="3fa1c9e02b44",
        max_attempts=3,
        **facts,  # type: ignore[arg-type]
    ).encode()


def _success(claim: Claim, dice: random.Random) -> Settlement:
    return Settlement(
        id=claim.id, fence=claim.fence, record=_record(claim, dice), value=Value(ValueKind.BYTES, b"done\n")
    )


def _failure(claim: Claim, dice: random.Random) -> Settlement:
    message = dice.choice(MESSAGES).format(n=dice.randrange(1000))
    record = _record(
        claim, dice, outcome="failed", reason="exit", exit_code=22, error_type="exit", error_message=message
    )
    outcome = Outcome.TIMEOUT if dice.random() < 0.1 else Outcome.FAILED
    return Settlement(
        id=claim.id, fence=claim.fence, record=record, outcome=outcome, reason=Reason.EXIT, charge=CHARGE_FAILURE
    )
