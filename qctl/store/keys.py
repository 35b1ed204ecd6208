"""The names of all keys in Redis, each with its type and its reason to end. No other file spells one.

A namespace is one hash tag, so that all its keys live in one slot of a Redis Cluster. Scripts get the door key and
build the other names from it in `lua/_prelude.lua`, under the same kinds.
"""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.damage_keys import DamageKeys
from qctl.store.namespace import Namespace
from qctl.store.notice_keys import NoticeKeys
from qctl.store.schedule_keys import ScheduleKeys
from qctl.store.workflow_keys import WorkflowKeys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

#: kind of key -> why it does not stay for ever, or why it may. A key of a kind that is not here is a defect.
KINDS: Final[Mapping[str, str]] = {
    "job": "forgotten by age and count after the job's end",
    "broken": "has a TTL",
    "aside": "has a TTL, and is trimmed to those that are there",
    "repaired": "has a TTL, and is trimmed",
    "mended": "has a TTL",
    "value": "goes with its job",
    "log": "goes with its job, or when the namespace's output is over budget",
    "key": "has a TTL",
    "secret": "goes at its job's end, and has a TTL while that waits for a worker",
    "secrets": "empties as nodes are released, and goes with its workflow",
    "ready": "empties as jobs are claimed",
    "scheduled": "empties as jobs become due",
    "waiting": "empties as the jobs end for which others wait",
    "remaining": "empties as the jobs end for which a job waits",
    "dependents": "goes when the job has ended and all that wait for it have been told",
    "unsettled": "empties as dependents are told",
    "ended": "trimmed by forget",
    "passed": "has a TTL",
    "keep": "has a TTL",
    "unsuccessful": "trimmed by forget",
    "rules": "written anew whenever a worker enters or leaves",
    "held": "empties as jobs end",
    "starts": "has a TTL",
    "parked": "empties as the limit frees",
    "missing": "empties as workers come that have the tasks",
    "parkedin": "empties as the limits of its jobs free",
    "thaw": "empties as parked jobs come back",
    "unique": "goes when its job ends",
    "paused": "permanent: one field for each paused queue",
    "outputs": "trimmed by forget and by the output budget",
    "output_bytes": "permanent: one counter",
    "tasks": "trimmed by forget",
    "queues": "trimmed of those that are idle",
    "idle": "trimmed with `queues`, and empties as queues are used",
    "recent": "trimmed to the newest 10,000",
    "seq": "permanent: one counter",
    "workers": "trimmed when a worker leaves or is reclaimed",
    "worker": "goes when the worker leaves or is reclaimed",
    "running": "goes when the worker leaves or is reclaimed",
    "orders": "goes when the worker leaves or is reclaimed",
    "inbox": "has a TTL",
    "wake": "has a TTL",
    "events": "trimmed to about 10,000",
    "stats": "has a TTL",
    "catalog": "has a TTL",
    "schedules": "permanent: one name for each schedule that is declared",
    "schedule": "has the TTL of its ledger when no beat declares it any more",
    "schedules_version": "permanent: one counter",
    "ledger": "trimmed to what its schedule keeps, and has a TTL",
    "active": "empties as jobs end",
    "beats": "trimmed when a beat leaves, or gives no pulse for half a minute",
    "beat": "has a TTL",
    "notices": "has a TTL, and empties as notices are told or dropped",
    "notify_names": "has a TTL, and empties as notices are told or dropped",
    "told": "has a TTL",
    "sent": "has a TTL",
    "more": "has a TTL",
    "skipped": "has a TTL, and goes with its job",
    "nodes": "has a TTL until its workflow is submitted, and goes with it",
    "fates": "goes with its workflow",
    "flow": "goes with its workflow",
    "live": "empties as nodes end",
    "done": "goes with its workflow",
    "failed": "goes with its workflow",
    "culprits": "goes with its workflow",
    "discarded": "has a TTL, and empties as steps are taken",
    "steps": "empties as steps are taken",
    "unstepped": "empties as steps are taken",
    "workflows": "empties as workflows end",
    "deadlines": "empties as workflows end",
    "notified": "has a TTL, and goes with its job",
}


@dataclass(frozen=True, slots=True)
class LimitKeys(Namespace):
    """Names of what holds jobs back."""

    @property
    def rules(self) -> str:
        """hash: by `task:<task>` and the like the lowest of what live workers declare, as JSON: see `model.rules`."""
        return self._key("rules")

    def held(self, limit: str) -> str:
        """set: ids of the jobs that have a limit."""
        return self._key("held", limit)

    def starts(self, limit: str) -> str:
        """zset with a TTL: attempts, as `id:fence`, by the time in ms when a rate let them start."""
        return self._key("starts", limit)

    def parked(self, limit: str) -> str:
        """zset: ids that a limit holds back, by priority level and sequence."""
        return self._key("parked", limit)

    def parked_in(self, queue: str) -> str:
        """set: ids of a queue that limits hold back."""
        return self._key("parkedin", queue)

    @property
    def missing(self) -> str:
        """set: tasks, or `form N`, of jobs parked under `nobody:…`: no worker that claimed them has, or reads, that."""
        return self._key("missing")

    @property
    def thaw(self) -> str:
        """zset: limits with parked jobs, by the time in ms when to look at them."""
        return self._key("thaw")

    def unique(self, name: str) -> str:
        """string: the id of the only active job of a task, or of its parameters."""
        return self._key("unique", name)

    @property
    def paused(self) -> str:
        """hash: by queue, `*` for all, who has paused it, why and until when, as JSON."""
        return self._key("paused")


@dataclass(frozen=True, slots=True)
class OrderKeys(Namespace):
    """Names of what says which job comes after which."""

    @property
    def waiting(self) -> str:
        """zset: jobs that wait for others, by the sequence of their submits."""
        return self._key("waiting")

    def remaining(self, job_id: str) -> str:
        """set: the jobs that have not ended, of those that a waiting job waits for."""
        return self._key("remaining", job_id)

    def dependents(self, job_id: str) -> str:
        """zset: the jobs that wait for this one, by the sequence of their submits."""
        return self._key("dependents", job_id)

    @property
    def unsettled(self) -> str:
        """set: ended jobs whose dependents have not all been told."""
        return self._key("unsettled")


@dataclass(frozen=True, slots=True)
class Keys(LimitKeys, OrderKeys, DamageKeys, ScheduleKeys, NoticeKeys, WorkflowKeys):
    """The key names of one namespace."""

    @property
    def door(self) -> str:
        """Never exists. Tells scripts the namespace; deleting it lets them write at maxmemory."""
        return self.prefix + "door"

    def job(self, job_id: str) -> str:
        """hash while live, one packed string once ended: the job."""
        return self._key("job", job_id)

    def value(self, job_id: str) -> str:
        """string: a value too large to stand in the job's record."""
        return self._key("value", job_id)

    def log(self, job_id: str, attempt: int) -> str:
        """stream while the attempt runs, then one packed string: its output."""
        return self._key("log", f"{job_id}:{attempt}")

    def secret(self, job_id: str) -> str:
        """string, with a TTL while its job waits for a worker: the secret values that the caller gave, as JSON."""
        return self._key("secret", job_id)

    def user_key(self, name: str) -> str:
        """string with a TTL: the id of the job that a caller named by this key."""
        return self._key("key", name)

    def ready(self, queue: str) -> str:
        """zset: ids by priority level and sequence."""
        return self._key("ready", queue)

    @property
    def scheduled(self) -> str:
        """zset: ids by due time in ms."""
        return self._key("scheduled")

    def ended(self, task: str) -> str:
        """zset: a task's ended jobs by end time in ms."""
        return self._key("ended", task)

    def passed(self, task: str) -> str:
        """string with a TTL: how many of the oldest ended jobs `forget` has passed, for they have to stay, or `end`."""
        return self._key("passed", task)

    def keep(self, task: str) -> str:
        """string with a TTL: the greatest age in ms and the number of ended jobs that a worker with the task keeps."""
        return self._key("keep", task)

    @property
    def unsuccessful(self) -> str:
        """zset: ended jobs that did not succeed, by end time in ms."""
        return self._key("unsuccessful")

    @property
    def tasks(self) -> str:
        """set: tasks that have ended jobs."""
        return self._key("tasks")

    @property
    def queues(self) -> str:
        """set: queues that held a job, but for those that have been idle for long."""
        return self._key("queues")

    @property
    def idle(self) -> str:
        """zset: queues that nothing is under way of, by the time in ms when that was first seen."""
        return self._key("idle")

    @property
    def outputs(self) -> str:
        """zset: attempts with output, as `id:attempt`, by when that was kept."""
        return self._key("outputs")

    @property
    def output_bytes(self) -> str:
        """string: how many bytes of output are kept."""
        return self._key("output_bytes")

    @property
    def recent(self) -> str:
        """list: the newest ids first."""
        return self._key("recent")

    @property
    def workers(self) -> str:
        """zset: workers by their last heartbeat in ms."""
        return self._key("workers")

    def worker(self, worker: str) -> str:
        """hash: a worker's description, heartbeat counter, last turn and command."""
        return self._key("worker", worker)

    def running(self, worker: str) -> str:
        """hash: the ids that a worker owns, with their fences."""
        return self._key("running", worker)

    def orders(self, worker: str) -> str:
        """hash: of jobs that a worker runs and somebody cancelled, fence and order."""
        return self._key("orders", worker)

    def inbox(self, worker: str) -> str:
        """list with a TTL: hints that a worker should look."""
        return self._key("inbox", worker)

    def wake(self, queue: str) -> str:
        """list with a TTL: wake-up tokens; a submit wakes one idle worker, not all."""
        return self._key("wake", queue)

    @property
    def events(self) -> str:
        """capped stream: the event feed."""
        return self._key("events")

    @property
    def ended_channel(self) -> str:
        """channel: ids of jobs that ended just now, separated by blanks."""
        return self._key("ended")

    def stats(self, minute: int) -> str:
        """hash with a TTL: counters of one minute since the epoch."""
        return self._key("stats", str(minute))

    def catalog(self, digest: str) -> str:
        """string with a TTL: what live workers can run."""
        return self._key("catalog", digest)


def reason_to_end(key: str) -> str | None:
    """Say why a key does not stay for ever, or None if its kind is unknown."""
    _, _, rest = key.partition("}:")
    return KINDS.get(rest.partition(":")[0])
