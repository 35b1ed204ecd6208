"""Pausing and resuming queues: what `queue pause`, `pause` and their opposites share."""

from __future__ import annotations

from datetime import datetime

from qctl.cli.accepted import read_after
from qctl.cli.emit import emit_list
from qctl.cli.requesting import plain, seconds
from qctl.client.queueing import EVERY, all_of, title
from qctl.client.scheduling import Scheduling
from qctl.clock import rfc3339
from qctl.config.requests import caller
from qctl.errors import NotFound, Refused, UsageError
from qctl.model.show import count, duration
from qctl.model.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from qctl.cli.session import Session
    from qctl.client import Client
    from qctl.client.terms import Pause
    from qctl.config import Config

_SCHEDULES = "schedules fire nothing meanwhile: what falls due is skipped, and told by `qctl schedule missed`"
_COLUMNS = ("queue", "answer", "until", "by", "reason")


def pause(here: Session, names: Sequence[str], *, every: bool, length: str | None, reason: str, strict: bool) -> int:
    """Pause queues, or all of them, and say so. Raises UsageError, NotFound, and Refused with `strict`."""
    config = here.instance_config()
    plain("--reason", reason)
    for_s = None if length is None else seconds("--for", length)
    if for_s == 0:
        raise UsageError("--for 0 pauses nothing", help="leave --for out to pause until `qctl resume`")
    with here.client(config) as client:
        chosen = _chosen(client, config, names, every=every, word="pause")
        if here.settings.dry_run:
            paused = client.reading.pauses()
            answers = ["ALREADY" if name in paused else "OK" for name in chosen]
            items = [_item(name, answer) for name, answer in zip(chosen, answers, strict=True)]
        else:
            answers = client.queueing.pause(chosen, reason, caller(), for_s)
            stands = read_after(here, f"{all_of(chosen)} paused", client.reading.pauses) or {}
            items = [_item(name, answer, stands.get(name)) for name, answer in zip(chosen, answers, strict=True)]
    would = "would be paused" if here.settings.dry_run else "paused"
    lines = [_paused(item, would, for_s, here) for item in items]
    emit_list(here.settings, items, lambda: lines, columns=_COLUMNS, name="queue")
    return _end(items, "paused", strict=strict)


def resume(here: Session, names: Sequence[str], *, every: bool, strict: bool) -> int:
    """Let paused queues go on, and say so. Raises as `pause`."""
    config = here.instance_config()
    with here.client(config) as client:
        chosen = _chosen(client, config, names, every=every, word="resume")
        if here.settings.dry_run:
            paused = client.reading.pauses()
            answers, skipped = ["OK" if name in paused else "ALREADY" for name in chosen], 0
        else:
            stands, done = client.reading.pauses().get(EVERY) if every else None, f"{all_of(chosen)} resumed"
            answers = client.queueing.resume(chosen)
            skipped = read_after(here, done, lambda: _skipped(client, stands)) or 0
            paused = {} if every else read_after(here, done, client.reading.pauses) or {}
        items = [_item(name, answer) for name, answer in zip(chosen, answers, strict=True)]
    would = "would go on" if here.settings.dry_run else "goes on"
    emit_list(here.settings, items, lambda: [_resumed(item, would) for item in items], columns=_COLUMNS, name="queue")
    if skipped:
        here.say(
            f"{count(skipped, 'instant')} of schedules fell due meanwhile and {'was' if skipped == 1 else 'were'} "
            "skipped: qctl schedule missed"
        )
    if EVERY in paused and not every:
        here.warn("all queues are paused beside it: qctl resume --all")
    return _end(items, "running", strict=strict)


def known_queues(client: Client, config: Config) -> list[str]:
    """Queues that have held a job, or that the configuration names."""
    named = {*config.queues, *(config.queue_of(task) for task in config.tasks.values()), "default"}
    return sorted({*client.reading.queue_names(), *named})


def check_queue(name: str, known: Sequence[str]) -> None:
    """Refuse the name of a queue that nobody has heard of. Raises NotFound."""
    if name not in known:
        raise NotFound(f"no queue `{name}`{did_you_mean(name, known)}", help="qctl queue list")


def _skipped(client: Client, stands: Pause | None) -> int:
    """How many instants of schedules a pause of everything has skipped."""
    return Scheduling(client).skipped_by_a_pause(stands.at_ms) if stands else 0


def _chosen(client: Client, config: Config, names: Sequence[str], *, every: bool, word: str) -> list[str]:
    if every == bool(names):
        raise UsageError(f"name the queues to {word}, or say --all", help="qctl queue list")
    if every:
        return [EVERY]
    known = known_queues(client, config)
    for name in names:
        check_queue(name, known)
    return list(dict.fromkeys(names))


def _item(queue: str, answer: str, stands: Any = None) -> dict[str, Any]:
    """The answer as `qctl.paused/1`."""
    return {
        "schema": "qctl.paused/1",
        "queue": queue,
        "answer": answer,
        "until": rfc3339(stands.until_ms) if stands and stands.until_ms else None,
        "by": stands.by or None if stands else None,
        "reason": stands.reason or None if stands else None,
    }


def _paused(item: dict[str, Any], word: str, for_s: float | None, here: Session) -> str:
    already = " (it was already)" if item["answer"] == "ALREADY" else ""
    until = "" if for_s is None else f" for {duration(for_s)}"
    if item["until"] is not None:
        until += f", until {datetime.fromisoformat(item['until']).astimezone(here.out.zone):%Y-%m-%d %H:%M:%S %z}"
    schedules = f"; {_SCHEDULES}" if item["queue"] == EVERY else ""
    return f"{title(item['queue'])}: {word}{already}{until}; what runs goes on, jobs may be submitted{schedules}"


def _resumed(item: dict[str, Any], word: str) -> str:
    if item["answer"] == "ALREADY":
        return f"{title(item['queue'])}: was not paused"
    return f"{title(item['queue'])}: {word}"


def _end(items: Sequence[dict[str, Any]], word: str, *, strict: bool) -> int:
    if strict and any(item["answer"] == "ALREADY" for item in items):
        raise Refused(f"already {word}", help="qctl queue list")
    return 0
