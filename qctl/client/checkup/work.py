"""What goes on: workers and their tasks, queues that nobody reads, pauses, what is stuck, and how much there is."""

from __future__ import annotations

import shlex
from collections import defaultdict

from qctl.client.deliveries import undelivered
from qctl.client.running_workflows import workflow_troubles
from qctl.config import catalog_digest
from qctl.model.finding import fail, ok, warn
from qctl.model.show import age, count, size
from qctl.model.starvation import starving
from qctl.model.view import needs_newer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.health import Health
    from qctl.model.finding import Finding
    from qctl.model.starvation import Standing
    from qctl.store import Pause, WorkerInfo
    from qctl.store.workflow_health import RunningWorkflows

_MOST: Final = 20  #: tasks, queues or workers that are looked at, or named, one by one


def look_at_work(client: Client) -> Iterator[Finding]:
    """All of it. Raises QctlError as soon as the server does not answer."""
    yield judge_keys(client.inspection.written_over())
    health = client.health()
    yield look_at_workers(health)
    yield look_at_definitions(client, health)
    yield look_at_queues(health)
    yield judge_pauses(health.paused, health.now_ms)
    yield judge_missing(client.inspection.missing(_MOST))
    yield judge_set_aside(*client.inspection.set_aside(_MOST), health.now_ms)
    yield judge_repaired(*client.inspection.repaired(_MOST), health.now_ms)
    yield judge_workflows(client.inspection.workflows(), health.now_ms)
    yield look_for_starvation(client, health)
    yield look_at_notices(client, health)
    yield look_at_sizes(client, health)


def judge_keys(written_over: Sequence[str]) -> Finding:
    """Whether each key is what qctl takes it for: what reads another one fails, and all that this does for others."""
    if not written_over:
        return ok("keys", "each is of its type")
    said = f"somebody else has written something of another type over {', '.join(written_over[:_MOST])}"
    first = written_over[0]
    return fail("keys", said, f"redis-cli RENAME '{first}' '{first}.damaged'        on that server sets it aside")


def look_at_workers(health: Health) -> Finding:
    """Those that are there, and those that are gone and not yet given up."""
    if health.gone:
        names = ", ".join(_gone(worker, health.now_ms) for worker in health.gone[:_MOST])
        return warn("workers", f"{len(health.workers)} live; gone: {names}", "qctl worker list")
    if not health.workers:
        return warn("workers", "none is live", "qctl up -d")
    for worker in health.workers:
        if (problem := worker.about.get("problem")) and not worker.about.get("stale_since_ms"):
            where = worker.about.get("host", "its host")
            return warn("workers", f"{worker.label}: {problem}", f"ulimit -a        as its user, on {where}")
    labels = ", ".join(worker.label for worker in health.workers[:_MOST])
    return ok("workers", f"{len(health.workers)} live: {labels}")


def _gone(worker: WorkerInfo, now_ms: int) -> str:
    condemned = ", its jobs are being given to others" if worker.condemned else ""
    host, seen = worker.about.get("host", "?"), age((now_ms - worker.seen_ms) / 1000)
    return f"{worker.label} (of {host}, silent for {seen}{condemned})"


def look_at_definitions(client: Client, health: Health) -> Finding:
    """Whether all run the same tasks, those of the caller's file, and their file as it is now."""
    standing = [worker for worker in health.workers if not worker.about.get("only")]
    return _trouble_with_definitions(standing) or _compared_definitions(client, standing)


def _trouble_with_definitions(standing: Sequence[WorkerInfo]) -> Finding | None:
    """What keeps workers from their file as it is now, or from code that it names."""
    name = "definitions"
    for worker in standing:
        if (problem := worker.about.get("problem")) and worker.about.get("stale_since_ms"):
            file = worker.about.get("file") or ""
            return warn(
                name,
                f"worker {worker.label} goes on with the last good {file}: {problem}",
                f"qctl --file {shlex.quote(str(file))} check",
            )
    if importing := [worker.label for worker in standing if worker.about.get("importing")]:
        said = f"{', '.join(importing[:_MOST])} still imports code, and jobs that need it wait"
        return warn(name, said, "qctl worker list")
    if broken := [worker for worker in standing if worker.about.get("broken")]:
        said = "; ".join(_not_imported(broken)[:_MOST])
        pids = " ".join(dict.fromkeys(str(worker.about.get("pid")) for worker in broken[:_MOST]))
        return warn(name, said, f"kill -HUP {pids}        once it is mended: imports it again")
    return None


def _compared_definitions(client: Client, standing: Sequence[WorkerInfo]) -> Finding:
    """Whether workers run the same tasks as one another, and as the caller's file declares."""
    name = "definitions"
    digests = defaultdict(list)
    for worker in standing:
        digests[str(worker.about.get("catalog"))].append(f"{worker.label} of {worker.about.get('file') or 'no file'}")
    if len(digests) > 1:
        said = "; ".join(f"{digest}: {', '.join(names)}" for digest, names in sorted(digests.items()))
        return warn(name, f"workers run different tasks: {said}", f"qctl worker show {standing[0].label}")
    if not digests:
        return ok(name, "no worker has any")
    digest, names = next(iter(digests.items()))
    theirs_of_file = {str(worker.about.get("of_file", digest)) for worker in standing}
    if client.config.tasks and theirs_of_file != {catalog_digest(client.config)}:
        theirs = ", ".join(names[:_MOST])
        return warn(
            name,
            f"workers run other tasks than those of {client.config.file}: {theirs}",
            f"qctl worker show {standing[0].label}",
        )
    return ok(name, f"all workers run the same tasks ({digest})")


def _not_imported(workers: Sequence[WorkerInfo]) -> list[str]:
    """What these workers cannot import and why; of several with the same trouble all are named once."""
    labels: dict[str, list[str]] = defaultdict(list)
    for worker in workers:
        for broken, why in worker.about["broken"].items():
            labels[f"{broken}: {why.partition(chr(10))[0]}"].append(worker.label)
    return [
        f"{'worker' if len(who) == 1 else 'workers'} {', '.join(who)} cannot import {what}"
        for what, who in labels.items()
    ]


def look_at_queues(health: Health) -> Finding:
    """Whether each queue with jobs has a worker."""
    ready = {queue.name: queue.ready for queue in health.queues}
    if health.unread:
        said = ", ".join(f"{name} ({count(ready[name], 'job')})" for name in health.unread[:_MOST])
        name, _, host = health.unread[0].partition("@")
        there = f"        on host {host}" if host else ""
        advice = f"qctl worker -Q {name}{there}" if health.workers or host else "qctl up -d"
        return fail("queues", f"no live worker reads {said}", advice)
    waiting = sum(ready.values())
    if not waiting:
        return ok("queues", f"{count(len(ready), 'queue')}, no job waits")
    return ok("queues", f"{count(len(ready), 'queue')}, {count(waiting, 'job')} in those that a worker reads")


def judge_pauses(paused: Mapping[str, Pause], now_ms: int) -> Finding:
    """Which queues are paused, by whom, and since when."""
    if not paused:
        return ok("paused", "no queue is")
    said = "; ".join(_pause(name, stands, now_ms) for name, stands in sorted(paused.items())[:_MOST])
    first = min(paused)
    return warn("paused", said, "qctl resume --all" if first == "*" else f"qctl queue resume {first}")


def _pause(queue: str, stands: Pause, now_ms: int) -> str:
    by = f" by {stands.by}" if stands.by else ""
    reason = f" ({stands.reason})" if stands.reason else ""
    name = "every queue" if queue == "*" else queue
    return f"{name}{by} since {age((now_ms - stands.at_ms) / 1000)}{reason}"


def judge_missing(missing: Mapping[str, int]) -> Finding:
    """Jobs that wait for a worker which has their task: after an hour they fail."""
    if not missing:
        return ok("unknown tasks", "no job waits for one")
    newer = sum(number for what, number in missing.items() if needs_newer(what))
    if newer:
        said = f"{count(newer, 'job')} written by a newer qctl, of which no worker is there"
        return warn("unknown tasks", said, "pip install -U qctl        and start the workers anew")
    said = ", ".join(f"{task} ({count(number, 'job')})" for task, number in missing.items())
    first = next(iter(missing))
    return warn("unknown tasks", f"no live worker has {said}", f"qctl up -d        where tasks.toml has {first}")


def judge_set_aside(number: int, newest: Mapping[str, int], now_ms: int) -> Finding:
    """Records of jobs that nobody could read: each is kept for a week, and is of no job any more."""
    name = "broken records"
    if not number:
        return ok(name, "none was set aside")
    said = _with_ages(number, newest, now_ms)
    first = next(iter(newest))
    command = f"qctl show {first}        what stands in it; then: qctl rm {' '.join(newest)}"
    return warn(name, f"of {count(number, 'job')} the record could not be read: {said}", command)


def judge_repaired(number: int, newest: Mapping[str, int], now_ms: int) -> Finding:
    """Jobs that stood in no list of the store and were put back, within a week: nothing of qctl's leaves one so."""
    name = "repaired"
    if not number:
        return ok(name, "no job was found to stand nowhere")
    said = f"{count(number, 'job')} stood nowhere, were put back: {_with_ages(number, newest, now_ms)}"
    return warn(name, said, "qctl events --type repaired        who else writes to this Redis, or makes it drop keys?")


def _with_ages(number: int, newest: Mapping[str, int], now_ms: int) -> str:
    said = ", ".join(f"{job} ({age((now_ms - at_ms) / 1000)} ago)" for job, at_ms in newest.items())
    return said + (f" and {number - len(newest):,} more" if number > len(newest) else "")


def judge_workflows(found: RunningWorkflows, now_ms: int) -> Finding:
    """Whether those that run will come to an end."""
    bad = workflow_troubles(found, now_ms)
    if bad:
        said, command = "; ".join(said for said, _ in bad), bad[0][1]
        return fail("workflows", said, command) if found.lost or found.stuck else warn("workflows", said, command)
    return ok("workflows", f"{count(found.running, 'workflow')} running" if found.running else "none runs")


def look_at_notices(client: Client, health: Health) -> Finding:
    """Whether those who are to be told of failures are."""
    found = undelivered(client, health)
    if found:
        return warn("notices", "; ".join(said for said, _ in found), found[0][1])
    return ok("notices", "the last of each notify name got through, or there was none")


def look_for_starvation(client: Client, health: Health) -> Finding:
    """Levels are exact: a low one waits for as long as higher ones have jobs (fault 73 as reference.md has it)."""
    busy = sorted((queue for queue in health.queues if queue.ready), key=lambda queue: -queue.ready)[:_MOST]
    held = set(health.paused) | set(health.unread)
    running: dict[str, list[Standing]] = defaultdict(list)
    owned = [job for worker in health.workers for job in worker.running]
    for name, standing in client.inspection.running(owned) if busy else ():
        running[name].append(standing)
    for queue in busy:
        if "*" in held or queue.name in held:
            continue
        found = starving(client.inspection.heads(queue.name), running[queue.name], health.now_ms)
        if found is not None:
            waits = age(found.waits_ms / 1000)
            said = f"a job of priority {found.priority} in {queue.name} waits since {waits}, and urgent ones pass it"
            return warn("starvation", said, f"qctl worker -Q {queue.name}        one more; or fewer at high priority")
    return ok("starvation", "no job is passed by others for long")


def look_at_sizes(client: Client, health: Health) -> Finding:
    """How much is kept, so that one sees what grows."""
    found = client.inspection.sizes()
    parts = [
        f"{health.ready:,} queued, {found.scheduled:,} scheduled, {health.running:,} running",
        f"{found.ended:,} ended of {count(found.tasks, 'task')}",
        f"{size(found.output_bytes)} of output",
        f"{found.events:,} events",
    ]
    if health.redis_bytes is not None:
        parts.append(f"{size(health.redis_bytes)} in all")
    return ok("sizes", "; ".join(parts))
