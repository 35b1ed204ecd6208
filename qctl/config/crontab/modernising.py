"""Keys in the place of what people write round a command of cron's (I19), and of a file that several lines lock."""

from __future__ import annotations

import os.path
import re
from collections import Counter

from qctl.classes import replace
from qctl.config.crontab.naming import unique
from qctl.model.cron import interval_ms, parse_cron
from qctl.model.crontab import recognised
from qctl.model.units import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from typing import Any

    from qctl.config.crontab.draft import Imported
    from qctl.model.crontab import Wrapper


def modernise(keys: dict[str, Any], notes: list[str]) -> str:
    """Put keys in the place of wrappers. What has no key stays, with all that it is wrapped round.

    Answers which file the command locked, if one. A task without a schedule, which is not enabled, stays as it is.
    """
    locked, taken = "", set[str]()
    for wrapper in recognised(keys["run"]) if "schedule" in keys else ():
        if why := _why_it_stays(wrapper, keys["schedule"], taken):
            notes.append(f"{wrapper.shown} stays: {why}")
            break
        taken.add(wrapper.name)
        for name, value in wrapper.keys.items():
            table, _, key = name.rpartition(".")
            if table:
                keys[table] = {**keys.get(table, {}), key: value}
            else:
                keys[key] = value
        keys["run"] = wrapper.without
        locked = wrapper.file or locked
        notes.append(f"{wrapper.shown} is now {wrapper.advice}")
    return locked


def _why_it_stays(wrapper: Wrapper, schedule: Mapping[str, Any], taken: Container[str]) -> str:
    if not wrapper.keys:
        return wrapper.advice
    if wrapper.name in taken:
        return "there is one key for two of them"
    if wrapper.name != "sleep":
        return ""
    if schedule["cron"].startswith("@reboot"):
        return "`jitter` says nothing of a start of the machine"
    if "jitter" in schedule:
        return "RANDOM_DELAY is the `jitter` already"
    reaches = parse_duration(wrapper.keys["schedule.jitter"]) * 1000 >= interval_ms(parse_cron(schedule["cron"]))
    return "as `jitter` it would reach the next run" if reaches else ""


def with_shared_locks(tasks: Sequence[Imported], host: str | None) -> list[Imported]:
    """The tasks, with a `lock` for those that locked one file together; of this `host` alone, if it is one of many."""
    files = [task.locked for task in tasks]
    names: dict[str, str] = {}
    for file, lines in Counter(files).items():
        if file and lines > 1:
            stem = os.path.basename(file).removesuffix(".lock").removesuffix(".lck")
            words = re.sub(r"[^A-Za-z0-9_-]+", "-", f"flock-{stem}{f'-{host}' if host else ''}")
            names[file] = unique(words[:100].strip("-"), set(names.values()))
    shared = [_sharing(task, names[task.locked]) if task.locked in names else task for task in tasks]
    return [
        _beside(task, [each.name for each in tasks if _locks(each, task.locked)]) if task.locked else task
        for task in shared
    ]


def _sharing(task: Imported, name: str) -> Imported:
    said = f'other lines take {task.locked} too: they share `lock = "{name}"`'
    if task.keys.get("schedule", {}).get("overlap") == "skip":
        said += ", and one that finds it taken waits where cron's was skipped"
    return replace(task, keys={**task.keys, "lock": name}, notes=(*task.notes, said))


def _locks(task: Imported, file: str) -> bool:
    """Whether its command goes on locking a file."""
    named = re.search(rf"(?<![\w./~-]){re.escape(file)}(?![\w./~-])", task.keys["run"])
    return named is not None and "flock" in task.keys["run"]


def _beside(task: Imported, others: Sequence[str]) -> Imported:
    if not others:
        return task
    said = f"{', '.join(others)} still lock{'s' * (len(others) == 1)} {task.locked}, and may now run beside it"
    return replace(task, notes=(*task.notes, said))
