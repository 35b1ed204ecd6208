"""Reading `[tasks.NAME]`: its own keys over those of [defaults] become a Task."""

from __future__ import annotations

import json
import os

from qctl.config.checks import check_task
from qctl.config.keys import TASK
from qctl.config.parameters import read_params
from qctl.config.schedules import read_schedules
from qctl.hashes import sha256
from qctl.model.call import Kind
from qctl.model.names import NAME_RULE, is_name
from qctl.model.retry import RetryPolicy
from qctl.model.task import Param, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as Folder
    from typing import Any, Final

    from qctl.config.reading import Path, Reading

_KINDS: Final = ("run", "exec", "call")
#: Tables in which a task's entries are added to those of [defaults]; every other key replaces.
_MERGED: Final = ("env", "params", "limits", "output", "keep")
#: Keys that a Task bears under their own names.
_SAME_NAME: Final = tuple(name for name in TASK if name in Task.__slots__ and name != "params")
_PATHS: Final = ("env_file", "cwd")
_ABOUT_PEOPLE: Final = ("doc", "tags")  #: keys that do not change what runs, and not the hash
_NOT_HASHED: Final = ("help", "none", "by_name")  #: fields of a parameter that do not either


def read_keys(reading: Reading, raw: Any, path: Path, what: str, folder: Folder) -> dict[str, Any]:
    """The typed values of a task's keys, or of [defaults]. Paths become absolute, from the file that holds them."""
    values = reading.table(raw, TASK, path, what)
    if "params" in values:
        values["params"] = read_params(reading, values["params"], (*path, "params"), what, folder)
    if "schedule" in values:
        values["schedule"] = read_schedules(reading, values["schedule"], (*path, "schedule"), what)
    values["written"] = {key: value for key, value in values.items() if key not in _ABOUT_PEOPLE}
    for key in _PATHS:
        if key in values:
            values[key] = _absolute(reading, values[key], (*path, key), folder)
    if "file" in values.get("output", {}):
        file = _absolute(reading, values["output"]["file"], (*path, "output", "file"), folder)
        values["output"] = values["output"] | {"file": file}
    return values


def merge(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A task's keys over inherited ones."""
    if any(kind in own for kind in _KINDS):
        defaults = {key: value for key, value in defaults.items() if key not in _KINDS}
    merged = {**defaults, **own}
    for key in _MERGED:
        if key in defaults and key in own:
            merged[key] = {**defaults[key], **own[key]}
    if "written" in defaults and "written" in own:
        merged["written"] = merge(defaults["written"], own["written"])
    return merged


def read_task(
    reading: Reading, name: str, raw: Any, defaults: Mapping[str, Any], folder: Folder, line: int
) -> Task | None:
    """One task, or None with its problems noted."""
    before = len(reading.problems)
    values = read_keys(reading, raw, ("tasks", name), f"task `{name}`", folder)
    return finish_task(reading, name, merge(defaults, values), line, before)


def finish_task(reading: Reading, name: str, values: Mapping[str, Any], line: int, before: int = 0) -> Task | None:
    """The task of its merged values, or None if there are more problems than the `before` that were noted earlier."""
    path, what = ("tasks", name), f"task `{name}`"
    if not is_name(name):
        reading.add("Q017", f"`{name}` is no name for a task", path, note=NAME_RULE)
        return None
    kinds = [kind for kind in _KINDS if kind in values]
    if len(kinds) != 1:
        if len(reading.problems) == before:
            said = f"has {' and '.join(f'`{kind}`' for kind in kinds)}" if kinds else "says nothing to run"
            reading.add("Q016", f"{what} {said}", path, note="a task has one of `run`, `exec` and `call`")
        return None
    task = build_task(name, Kind(kinds[0]), values, file=reading.file, line=line)
    check_task(reading, task, path)
    return task if len(reading.problems) == before else None


def build_task(name: str, kind: Kind, values: Mapping[str, Any], *, file: str, line: int) -> Task:
    """The task of typed, merged values; what they leave out is as it is by default."""
    said = {key: values[key] for key in _SAME_NAME if key in values}
    output, keep = values.get("output", {}), values.get("keep", {})
    renamed = {
        "output_max": output.get("max"),
        "output_file": output.get("file"),
        "keep_age": keep.get("age"),
        "keep_runs": keep.get("runs"),
    }
    return Task(
        name=name,
        kind=kind,
        params=tuple(values.get("params", {}).values()),
        retry=_retry(values),
        schedules=values.get("schedule", ()),
        file=file,
        line=line,
        hash=definition_hash(name, kind, values.get("written", {})),
        **said,
        **{key: value for key, value in renamed.items() if value is not None},
    )


def _retry(values: Mapping[str, Any]) -> RetryPolicy:
    usual = RetryPolicy()
    return RetryPolicy(
        limit=values.get("retries", usual.limit),
        backoff=values.get("backoff", usual.backoff),
        ceiling=values.get("backoff_max", usual.ceiling),
        jitter=values.get("jitter", usual.jitter),
        only=values.get("retry_on", ()),
        never=values.get("no_retry_on", ()),
    )


def definition_hash(name: str, kind: Kind, written: Mapping[str, Any]) -> str:
    """12 hex digits, equal however the same definition is written: order, units, comments and `doc` do not count."""
    canonical = json.dumps([name, kind, written], sort_keys=True, default=_canonical, separators=(",", ":"))
    return sha256(canonical.encode(errors="surrogatepass")).hexdigest()[:12]


def _canonical(value: Any) -> Any:
    if isinstance(value, Param):
        return {key: getattr(value, key) for key in Param.__slots__ if key not in _NOT_HASHED}
    return dict(value)


def _absolute(reading: Reading, said: str, path: Path, folder: Folder) -> str:
    """A path from the folder of its file; a problem if it begins with the home of nobody: `~` is no folder's name."""
    expanded = os.path.expanduser(said)
    if expanded.startswith("~"):
        reading.add("Q015", f"`{said}` begins with a home that nobody has here", path, value=True)
    return os.path.normpath(folder / expanded)
