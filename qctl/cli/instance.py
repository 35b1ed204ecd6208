"""Workers, queues and health as JSON objects, of which the screens are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from qctl.cli.session import server_name
from qctl.client import Health, Instance
from qctl.client.presence import is_live
from qctl.client.terms import Queue, WorkerInfo

_STATES: Final = {"working": "working", "draining": "draining", "finishing": "stopping"}


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
        "running": sorted(worker.running),
        "version": about.get("version"),
        "file": about.get("file"),
        "problem": about.get("problem"),
        "up_s": max(0, now_ms - worker.since_ms) / 1000,
        "seen_s": max(0, now_ms - worker.seen_ms) / 1000,
    }


def _state(worker: WorkerInfo, now_ms: int) -> str:
    if not is_live(worker, now_ms):
        return "dead"
    return _STATES.get(str(worker.about.get("phase", "working")), "stopping")


def queue_item(queue: Queue, workers: Sequence[WorkerInfo], now_ms: int) -> dict[str, Any]:
    """A queue as `qctl.queue/1`; `workers` are the live ones."""
    return {
        "schema": "qctl.queue/1",
        "name": queue.name,
        "ready": queue.ready,
        "running": queue.running,
        "scheduled": queue.scheduled,
        "oldest_s": None if queue.oldest_ms is None else max(0, now_ms - queue.oldest_ms) / 1000,
        "workers": sum(worker.reads(queue.name) for worker in workers),
    }


def health_item(health: Health, instance: Instance) -> dict[str, Any]:
    """The health of an instance as `qctl.status/1`: healthy, degraded, or idle when nothing runs."""
    problems = [f"no live worker reads queue {name}" for name in health.unread]
    problems += [f"worker {worker.label} is gone" for worker in health.gone]
    problems += [f"worker {w.label}: {w.about['problem']}" for w in health.workers if w.about.get("problem")]
    standing = [worker for worker in health.workers if not worker.about.get("only")]
    return {
        "schema": "qctl.status/1",
        "health": "degraded" if problems else "healthy" if standing else "idle",
        "problems": problems,
        "workers": len(health.workers),
        "running": health.running,
        "queued": health.ready,
        "scheduled": sum(queue.scheduled for queue in health.queues),
        "failed_last_day": health.failed_last_day,
        "server": server_name(instance),
        "redis_version": health.redis_version,
        "redis_bytes": health.redis_bytes,
    }
