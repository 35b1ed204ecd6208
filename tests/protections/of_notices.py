"""Scenes of notices that are told twice, or too often."""

from __future__ import annotations

from collections.abc import Iterator

from tests.protections.stage import Stage, scene
from tests.support.notices import occasions, pending, run_one, watch
from tests.support.store_seed import a_job, submit


@scene("notice-claim")
def two_workers_tell_of_the_same(stage: Stage) -> Iterator[str]:
    worker = stage.worker()
    watch(worker)
    run_one(stage.store, worker, "one", well=False)
    (found,) = pending(stage.store)
    mine, yours = (stage.store.verbs.tell([(found, a_job(job, "notify.ops"))]) for job in ("mine", "yours"))

    stage.store.do(mine)
    if stage.store.do(yours) != ["GONE"]:
        yield "it was told twice"
    if stage.read.recent() != ["mine", "one"]:
        yield "there are two jobs that tell it"


@scene("known-trouble")
def a_task_fails_again_and_again(stage: Stage) -> Iterator[str]:
    worker = stage.worker()
    watch(worker)
    run_one(stage.store, worker, "one", well=False)
    submit(stage.store, "two", "three")
    for claim in worker.claim(2):
        worker.bury(claim)

    if occasions(stage.store) != ["fail one"]:
        yield "each failure of one trouble is told"
