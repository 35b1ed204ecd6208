"""Keys in the place of what people write round a command of cron's (I19), and of a file that several lines lock."""

from __future__ import annotations

import os.path
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qctl.config.crontab.draft import Imported
from qctl.config.crontab.naming import unique
from qctl.model.crontab import recognised


def modernise(keys: dict[str, Any], notes: list[str]) -> str:
    """Put keys in the place of wrappers. What has no key stays. Answers which file the command locked, if one."""
    locked = ""
    for wrapper in recognised(keys["run"]):
        if not wrapper.keys:
            notes.append(f"{wrapper.shown} stays: {wrapper.advice}")
            continue
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


def with_shared_locks(tasks: Sequence[Imported], host: str | None) -> list[Imported]:
    """The tasks, with a `lock` for those that locked one file together; of this `host` alone, if it is one of many."""
    files = [task.locked for task in tasks]
    names: dict[str, str] = {}
    for file in files:
        if file and files.count(file) > 1 and file not in names:
            stem = os.path.basename(file).removesuffix(".lock").removesuffix(".lck")
            words = re.sub(r"[^A-Za-z0-9_-]+", "-", f"flock-{stem}{f'-{host}' if host else ''}")
            names[file] = unique(words[:100].strip("-"), set(names.values()))
    shared = [_sharing(task, names[task.locked]) if task.locked in names else task for task in tasks]
    return [_beside(task, [each.name for each in tasks if task.locked in each.keys["run"]]) for task in shared]


def _sharing(task: Imported, name: str) -> Imported:
    said = f'other lines take {task.locked} too: they share `lock = "{name}"`'
    if task.keys.get("schedule", {}).get("overlap") == "skip":
        said += ", and one that finds it taken waits where cron's was skipped"
    return replace(task, keys={**task.keys, "lock": name}, notes=(*task.notes, said))


def _beside(task: Imported, others: Sequence[str]) -> Imported:
    if not task.locked or not others:
        return task
    said = f"{', '.join(others)} still lock{'s' * (len(others) == 1)} {task.locked}, and may now run beside it"
    return replace(task, notes=(*task.notes, said))
