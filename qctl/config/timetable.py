"""The schedules of a configuration, each with its name, its timing read and everything given its default.

A definition, as beats tell it to the store, is a JSON object: task, timing (a `cron` text, `every_ms`, `at_ms` or `on`,
and `shown`), timezone, hosts, overlap, catchup, deadline, jitter, blackout, params (of a secret nothing), enabled,
notify, seed, keep_age, keep_runs, file, line.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from qctl.classes import replace
from qctl.config.schedule_names import names_on_hosts, schedule_name
from qctl.hashes import sha256
from qctl.model.cron import parse_cron
from qctl.model.local_time import on_the_clock
from qctl.model.schedule import Catchup, Overlap, Schedule, canonical, definition_digest
from qctl.model.secrets import secret_names
from qctl.model.timing import REBOOT, START, ByCron, Every, Once, OnEvent
from qctl.model.units import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo
    from typing import Any, Final

    from qctl.config.values import Config
    from qctl.model.task import Task
    from qctl.model.timing import Timing

#: What is told of a schedule and does not change what it does.
_ABOUT_PEOPLE: Final = ("file", "line", "notify", "keep_age", "keep_runs")


def schedules(config: Config, namespace: str, host_zone: str) -> tuple[Schedule, ...]:
    """All schedules of usable tasks and workflows, in the order of the file, those of tasks first.

    `host_zone` is the zone where none is written.
    """
    scheduled = (*config.tasks.values(), *config.workflows.values())
    return tuple(found for task in scheduled for found in schedules_of(task, config, namespace, host_zone))


def schedules_of(task: Task, config: Config, namespace: str, host_zone: str) -> Iterator[Schedule]:
    """The schedules of one task or workflow; of a task for each of several hosts one for each."""
    for said in task.schedules:
        zone = str(said.get("timezone") or config.timezone or host_zone)
        each = [(host,) for host in task.hosts] if task.each_host else [task.hosts]
        for name, hosts in zip(names_on_hosts(task, schedule_name(task, said)), each, strict=True):
            yield _schedule(task, said, name, zone, hosts, namespace)


def read_definition(name: str, said: Mapping[str, Any], hash_: str = "") -> Schedule:
    """A schedule from the definition that the store keeps. Raises ValueError if it cannot be read."""
    try:
        return Schedule(
            name=name,
            task=str(said["task"]),
            timing=_timing_of(said["timing"], str(said["seed"])),
            timezone=str(said["timezone"]),
            hosts=tuple(said["hosts"]),
            overlap=Overlap(said["overlap"]),
            catchup=Catchup(said["catchup"]),
            deadline=said["deadline"],
            jitter=float(said["jitter"]),
            blackout=tuple(said["blackout"]),
            params=dict(said["params"]),
            enabled=bool(said["enabled"]),
            notify=tuple(said["notify"]),
            keep_age=float(said["keep_age"]),
            keep_runs=int(said["keep_runs"]),
            file=str(said["file"]),
            line=int(said["line"]),
            definition=canonical(said),
            hash=hash_,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a schedule: {error}") from error


def same_instants(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two definitions are due at the same instants, so that none has to be passed over between them."""
    return all(one.get(key) == other.get(key) for key in ("timing", "timezone", "seed"))


def same_words(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two definitions say the same, but for where they stand and what concerns people alone."""
    return all(one.get(key) == other.get(key) for key in {*one, *other}.difference(_ABOUT_PEOPLE))


def zone_of(name: str) -> tzinfo:
    """The zone of a schedule. Raises ZoneInfoNotFoundError, a KeyError, if it is not there (D19)."""
    return UTC if name == "UTC" else ZoneInfo(name)


@lru_cache(maxsize=64)
def zone_rules(name: str) -> str:
    """A digest of what a zone's clocks do from 2020 to 2040, by which other tzdata is noticed."""
    zone = zone_of(name)
    said = sha256()
    day = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
    for at in range(day, day + 20 * 366 * 86400, 86400):
        offset = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
        said.update(str(offset).encode())
    return said.hexdigest()[:12]


def _schedule(
    task: Task, said: Mapping[str, Any], name: str, zone: str, hosts: tuple[str, ...], namespace: str
) -> Schedule:
    seed = f"{namespace}/{name}"
    definition = {
        "task": task.name,
        "timing": _timing_as_written(said, zone),
        "timezone": zone,
        "seed": seed,
        "hosts": list(hosts),
        "overlap": said.get("overlap", Overlap.SKIP.value),
        "catchup": said.get("catchup", Catchup.ONE.value),
        "deadline": parse_duration(said["deadline"]) if "deadline" in said else None,
        "jitter": parse_duration(said.get("jitter", 0)),
        "blackout": list(said.get("blackout", ())),
        "params": {key: value for key, value in said.get("with", {}).items() if key not in secret_names(task)},
        "enabled": task.enabled and bool(said.get("enabled", True)),
        "notify": list(task.notify),
        "keep_age": task.keep_age,
        "keep_runs": task.keep_runs,
        "file": os.path.abspath(task.file) if task.file else "",
        "line": task.line,
    }
    hashed = {key: value for key, value in definition.items() if key not in _ABOUT_PEOPLE}
    rules = zone_rules(zone) if "cron" in definition["timing"] else ""
    found = read_definition(name, definition, definition_digest(canonical(hashed), rules))
    return replace(found, params=dict(said.get("with", {})))


def _timing_as_written(said: Mapping[str, Any], zone: str) -> dict[str, Any]:
    if "every" in said:
        return {"every_ms": round(parse_duration(said["every"]) * 1000), "shown": str(said["every"])}
    if "at" in said:
        at = datetime.fromisoformat(str(said["at"]))
        if at.tzinfo is not None:
            return {"at_ms": round(at.timestamp() * 1000), "shown": str(said["at"])}
        moment = on_the_clock(at, zone_of(zone))
        return {"at_ms": moment.ms, "shown": str(said["at"]), "note": moment.note}
    text = " ".join(str(said["cron"]).split())
    return {"on": text} if text in (REBOOT, START) else {"cron": text}


def _timing_of(said: Mapping[str, Any], seed: str) -> Timing:
    if "cron" in said:
        return ByCron(parse_cron(said["cron"], seed))
    if "every_ms" in said:
        return Every(int(said["every_ms"]), str(said["shown"]))
    if "at_ms" in said:
        return Once(int(said["at_ms"]), str(said["shown"]), str(said.get("note", "")))
    return OnEvent(str(said["on"]))
