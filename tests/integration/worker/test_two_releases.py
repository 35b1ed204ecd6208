"""An older and a newer release work on the same queue (fault 79). The newer one writes records of a form of its own."""

from __future__ import annotations

from qctl.model.names import new_id
from qctl.model.state import Outcome
from qctl.model.submission import Submission
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually

#: Makes this qctl the newer one: it reads a form that the other does not.
NEWER = "import qctl.model.call\nqctl.model.call.FORM = 2\n"
TASKS = f"""
[tasks.marked]
run = '''{MARK}; [ "$QCTL_ATTEMPT" -gt 1 ] || exit 1; printf '%s\\n' "$QCTL_JOB_ID" >> "$RECORD.$release"'''
params.release = {{ env = "RELEASE" }}
retries = 1
backoff = "10ms"
"""


def submit_of_the_newer(shop: Workshop, count: int) -> list[str]:
    """Submit as the newer release would: with a record of form 2, and a field that nobody knows yet."""
    body = b'{"form":2,"task":"marked","hereafter":{"deep":[1]}}'
    ids = [new_id() for _ in range(count)]
    shop.store.do(shop.store.verbs.submit([Submission(id=id_, task="marked", body=body) for id_ in ids]))
    return ids


def test_each_job_runs_on_a_release_that_reads_it_and_ends_once(shop: Workshop) -> None:
    """Fault 79: half of the jobs are of either release, and each fails once."""
    shop.declare(TASKS)
    known, later = shop.submit_many("marked", 30), submit_of_the_newer(shop, 30)
    old = shop.worker(environment={"RELEASE": "old"})

    eventually(lambda: all(job.ended for job in shop.read.jobs(known)), within=30.0)
    assert [job.attempt for job in shop.read.jobs(later)] == [0] * 30
    assert {job.parked_by for job in shop.read.jobs(later)} == {"nobody:form 2"}
    known += shop.submit_many("marked", 30)
    shop.worker(environment={"RELEASE": "new"}, first=NEWER)
    later += submit_of_the_newer(shop, 30)

    eventually(lambda: all(job.ended for job in shop.read.jobs(known + later)), within=30.0)
    jobs = shop.read.jobs(known + later)
    assert {(job.outcome, job.failures, job.crashes, job.losses) for job in jobs} == {(Outcome.SUCCEEDED, 1, 0, 0)}
    assert set(shop.runs().values()) == {2}
    by_old = set((shop.folder / "record.old").read_text().split())
    assert by_old.isdisjoint(later)
    assert not old.records("bury")
