"""Asking workers whether they are there: each is asked for a heartbeat, and its counter is watched."""

from __future__ import annotations

from qctl.clock import monotonic, pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from qctl.store import Store, WorkerInfo

_LOOK: Final = 0.01  #: seconds between two looks at the counters


def ping(
    store: Store, workers: Sequence[WorkerInfo], read: Callable[[], Sequence[WorkerInfo]], timeout: float
) -> dict[str, float]:
    """By id, after how many seconds a worker's heart has beaten once more; those that did not answer are left out."""
    start = monotonic()
    store.do_all([store.verbs.poke(worker.id) for worker in workers])
    before = {worker.id: worker.beat for worker in workers}
    answered: dict[str, float] = {}
    while len(answered) < len(before) and monotonic() - start < timeout:
        for worker in read():
            if worker.id in before and worker.beat > before[worker.id]:
                answered.setdefault(worker.id, monotonic() - start)
        if len(answered) < len(before):
            pause(_LOOK)
    return answered
