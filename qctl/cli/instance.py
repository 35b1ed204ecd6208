"""Workers, queues and health as JSON objects, of which the screens are drawn."""

from __future__ import annotations

from qctl.cli.session import server_name
from qctl.client.presence import is_live
from qctl.client.troubles import beat_name
from qctl.clock import rfc3339
from qctl.later import later
from qctl.model.show import age
from qctl.model.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.client import Health, Instance
    from qctl.client.fleet import Fleet
    from qctl.client.flow import Flow
    from qctl.client.terms import Pause, Queue, WorkerInfo
    from qctl.client.troubles import Trouble, troubles
    from qctl.model.rules import rate_words
else:
    rate_words = later("qctl.model.rules", "rate_words")
    troubles = later("qctl.client.troubles", "troubles")

_TOLD_MS: Final = 3_600_000  #: for how long it is told that Redis was emptied


def worker_item(worker: WorkerInfo, now_ms: int) -> dict[str, Any]:
    """A worker as `qctl.worker/1`."""
    about = worker.about
    return {
        "schema": "qctl.worker/1",
        "id": worker.id,
        "label": worker.label,
        "state": _state(worker, now_ms),
        "host": about.get("host"),
        "pid": about.get("pid"),
        "queues": list(about.get("queues") or ()),
        "only": list(about.get("only") or ()),
        "slots": about.get("slots"),
        "autoscale": _scale(about.get("autoscale")),
        "running": sorted(worker.running),
        "version": about.get("version"),
        "file": about.get("file"),
        "problem": about.get("problem"),
        "up_s": max(0, now_ms - worker.since_ms) / 1000,
        "seen_s": max(0, now_ms - worker.seen_ms) / 1000,
    }


def _scale(bounds: Any) -> dict[str, int] | None:
    """Between which numbers the slots of a worker follow the work; None: they are fixed."""
    return {"min": bounds[0], "max": bounds[1]} if bounds else None


def _state(worker: WorkerInfo, now_ms: int) -> str:
    if not is_live(worker, now_ms):
        return "dead"
    return worker.doing


def queue_item(
    queue: Queue, workers: Sequence[WorkerInfo], now_ms: int, every: Pause | None = None, flow: Flow | None = None
) -> dict[str, Any]:
    """A queue as `qctl.queue/1`; `workers` are the live ones, `every` is the pause of all queues.

    Jobs per minute are those that were asked for and those that ended, none of them where `flow` was not read.
    """
    stands = queue.pause or every
    return {
        "schema": "qctl.queue/1",
        "name": queue.name,
        "ready": queue.ready,
        "held": queue.parked,
        "running": queue.running,
        "scheduled": queue.scheduled,
        "retrying": queue.retrying,
        "estimated": queue.estimated,
        "oldest_s": None if queue.oldest_ms is None else max(0, now_ms - queue.oldest_ms) / 1000,
        "in_per_min": None if flow is None else round(flow.into.get(queue.name, 0.0), 3),
        "out_per_min": None if flow is None else round(flow.out.get(queue.name, 0.0), 3),
        "workers": sum(worker.reads(queue.name) for worker in workers),
        "max_running": queue.rule.get("running"),
        "rate_limit": rate_words(queue.rule),
        "max_length": queue.rule.get("length"),
        "paused": pause_item(stands) if stands else None,
    }


def pause_item(stands: Pause) -> dict[str, Any]:
    """Who has paused a queue, why, since when and until when."""
    until = rfc3339(stands.until_ms) if stands.until_ms is not None else None
    return {"by": stands.by or None, "reason": stands.reason or None, "at": rfc3339(stands.at_ms), "until": until}


def health_item(
    health: Health,
    instance: Instance,
    fleet: Fleet,
    declared: int = 0,
    mute: Sequence[Trouble] = (),
    workflows: int = 0,
    of_file: Sequence[Trouble] = (),
) -> dict[str, Any]:
    """The health of an instance as `qctl.status/1`: healthy, degraded, or idle when nothing runs.

    `declared` are the schedules of the file at hand that no beat has taken up, `mute` what is wrong with notices and
    with the workflows that run, so many, and `of_file` with the file: where nothing runs it makes nothing worse.
    """
    problems = _problems(health)
    standing = [worker for worker in health.workers if not worker.about.get("only")]
    of_file = [trouble for trouble in of_file if not any(trouble[0] in problem for problem in problems)]
    found = [*troubles(fleet, declared if standing or fleet.beats else 0), *mute, *of_file]
    problems += [said for said, _ in found]
    serious = len(problems) > (0 if standing or fleet.beats else len(of_file))
    return {
        "schema": "qctl.status/1",
        "health": "degraded" if serious else "healthy" if standing or fleet.beats else "idle",
        "problems": problems,
        "workers": len(health.workers),
        "running": health.running,
        "queued": health.ready,
        "scheduled": sum(queue.scheduled for queue in health.queues),
        "workflows": workflows,
        "held": sum(queue.parked for queue in health.queues),
        "paused": sorted(health.paused),
        "failed_last_day": health.failed_last_day,
        **fleet_facts(fleet),
        "next": found[0][1].partition("        ")[0] if found else None,
        "server": server_name(instance),
        "redis_version": health.redis_version,
        "redis_bytes": health.redis_bytes,
    }


def _problems(health: Health) -> list[str]:
    """What is wrong with the server, with workers and with queues, in words."""
    problems = [f"{health.refuses} (qctl doctor)"] if health.refuses else []
    problems += [f"no live worker reads queue {name}" for name in health.unread]
    problems += [f"worker {worker.label} is gone" for worker in health.gone]
    problems += [f"worker {w.label}: {w.about['problem']}" for w in health.workers if w.about.get("problem")]
    problems += _forgotten(health)
    if health.evicts:
        problems.append(f"Redis may drop jobs when its memory is full: maxmemory-policy is {health.evicts}")
    return problems


def _forgotten(health: Health) -> list[str]:
    """That Redis has lost what it held: workers go on, and what was submitted to it is gone."""
    said = [worker.about.get("forgotten_ms") for worker in health.workers]
    ago_ms = health.now_ms - max((since for since in said if isinstance(since, int)), default=0)
    return [f"Redis was emptied {age(ago_ms / 1000)} ago: the jobs that it held are gone"] if ago_ms < _TOLD_MS else []


def fleet_facts(fleet: Fleet | None) -> dict[str, Any]:
    """How many hosts, beats and schedules there are, and how many of these stand badly."""
    return {
        "hosts": len(fleet.hosts) if fleet else 0,
        "beats": [beat_name(beat) for beat in fleet.beats] if fleet else [],
        "schedules": len(fleet.schedules) if fleet else 0,
        **{word: len(fleet.of(verdict)) if fleet else 0 for word, verdict in _VERDICTS.items()},
    }


_VERDICTS: Final = {
    "schedules_missed": Verdict.MISSED,
    "schedules_broken": Verdict.BROKEN,
    "schedules_late": Verdict.LATE,
    "schedules_failing": Verdict.FAILING,
    "schedules_off": Verdict.OFF,
}
