"""From a path to a Config: gather the files, read their tables, put them together."""

from __future__ import annotations

import os
import re

from qctl.classes import dataclass, field
from qctl.config import keys, readers
from qctl.config.deliveries import delivery
from qctl.config.finding import find
from qctl.config.include import gather
from qctl.config.locating import Lines, locate
from qctl.config.problems import BadFile, by_task
from qctl.config.readable_part import readable_part
from qctl.config.reading import Reading
from qctl.config.schedule_names import same_names
from qctl.config.source import read, read_text
from qctl.config.tasks import merge, read_keys, read_task
from qctl.config.values import Config
from qctl.config.workflow_checks import without_broken_workflows
from qctl.config.workflows import read_workflow
from qctl.config.wrong import Wrong
from qctl.later import later
from qctl.model.names import NAME_RULE, is_name
from qctl.model.notice import TASK_PREFIX
from qctl.model.suggest import closest
from qctl.model.task import Queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.config.belonging import where_it_belongs
    from qctl.config.include import Gathered
    from qctl.config.problems import Problem
    from qctl.config.source import Source
    from qctl.model.task import Task
else:
    where_it_belongs = later("qctl.config.belonging", "where_it_belongs")

#: What is wrong here is told, and spares the rest; anywhere else it refuses all: jobs would go astray, or be unguarded.
_SPARING: Final = ("tasks", "workflows", "notify")
_ALSO_IN_INCLUDED: Final = ("include", "modules", "python_path")
_HEADER = re.compile(r"""^[ \t]*\[[ \t]*tasks[ \t]*\.[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([\w-]+))[ \t]*[].]""", re.M)


@dataclass(slots=True)
class _Draft:
    """What has been read so far."""

    settings: dict[str, Any] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    python_path: list[str] = field(default_factory=list)
    routes: dict[str, str] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)  #: task or workflow -> where
    workflows: dict[str, Task] = field(default_factory=dict)
    notify: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    deliveries: dict[str, Task] = field(default_factory=dict)
    defaults: dict[str, dict[str, Any]] = field(default_factory=dict)  #: file -> its [defaults]
    problems: list[Problem] = field(default_factory=list)


def load_settings(given: str | None, environ: Mapping[str, str], folder: str) -> Config:
    """Find the configuration and read [qctl] of its first file alone, for commands that look and stop.

    That says which instance is meant, however wrong the rest is. Raises BadFile where it cannot be said for certain:
    the file is no TOML in or before [qctl], that is wrong, or a table or key stands beside it that nobody knows, which
    may be part of it.
    """
    path = find(given, environ, folder)
    if path is None:
        return Config()
    source, draft = _as_far_as_certain(path), _Draft()
    reading = Reading(path)
    _check_roots(reading, source)
    _read_settings(draft, reading, source, first=True)
    if reading.problems:
        raise BadFile(*locate(reading.problems, {path: source.text}.__getitem__))
    return Config(file=path, **{key: draft.settings[key] for key in _PLAIN_SETTINGS if key in draft.settings})


def _as_far_as_certain(path: str) -> Source:
    """A file, or of one that is no TOML the part before the table that is not, where that says all of [qctl]."""
    try:
        return read(path)
    except BadFile as error:
        part = readable_part(read_text(path), error.problems[0].line)
        if part is None:
            raise
        return read(path, part)


def load(path: str, instead: Mapping[str, str] | None = None) -> Config:
    """Read a tasks.toml and all that it includes. `instead` gives real paths of files other texts: for a trial.

    A task that is wrong stands in `broken` and spares the others (R6). Raises BadFile, with every problem in it, if a
    file cannot be read or parsed, or if anything but tasks, workflows and notifications is wrong.
    """
    gathered = gather(path, instead or {})
    draft = _Draft()
    for source, chain in gathered.sources:
        _read_source(draft, source, chain)
    _refuse_same_names(draft)
    texts = {source.path: source.text for source, _ in gathered.sources}
    problems = locate(draft.problems, texts.__getitem__)
    fatal = [problem for problem in problems if not _spares(problem)]
    if fatal:
        raise BadFile(*fatal, *(problem for problem in problems if problem not in fatal))
    return without_broken_workflows(_config(draft, gathered, problems), texts)


def _refuse_same_names(draft: _Draft) -> None:
    """Of schedules of one name none is used, nor the tasks that have them: nobody can say which one was meant."""
    problems = list(same_names([*draft.tasks.values(), *draft.workflows.values()]))
    draft.problems += problems
    for problem in problems:
        draft.tasks.pop(str(problem.task), None)
        draft.workflows.pop(str(problem.task), None)


def _spares(problem: Problem) -> bool:
    root = problem.path[0] if problem.path else ""
    return root in _SPARING or (len(problem.path) == 1 and problem.suggestion in _SPARING)


def _read_source(draft: _Draft, source: Source, chain: tuple[Source, ...]) -> None:
    reading, lines = Reading(source.path), Lines(source.text)
    document = source.document
    _check_roots(reading, source)
    _read_settings(draft, reading, source, first=not chain)
    _read_routes(draft, reading, document.get("routes", {}))
    for name, raw in _named(reading, document, "queues"):
        values = reading.table(raw, keys.QUEUE, ("queues", name), f"queue `{name}`")
        draft.queues[name] = Queue(name=name, **values)
    _read_defaults(draft, reading, source, chain)
    _read_tasks(draft, reading, source, lines)
    _read_workflows(draft, reading, source, lines)
    _read_notify(draft, reading, source, lines)
    draft.problems.extend(reading.problems)


def _check_roots(reading: Reading, source: Source) -> None:
    for name in source.document:
        if name not in keys.ROOTS:
            meant = closest(str(name), keys.ROOTS)
            note = f"did you mean `{meant}`?" if meant else where_it_belongs(str(name))
            tables = f"tables: {', '.join(keys.ROOTS)}"
            message = f"unknown table or key `{name}`"
            reading.add("Q014", message, (name,), note=note, suggestion=meant or "", help=tables)


def _named(reading: Reading, document: Mapping[str, Any], root: str) -> list[tuple[str, Any]]:
    """The tables below `root`, each with its name; a root that is no table, and a name that is none, are noted."""
    raw = document.get(root, {})
    if not isinstance(raw, dict):
        reading.add("Q015", f"`{root}` must be a table", (root,), value=True, note=f"write `[{root}.NAME]`")
        return []
    for name in raw:
        if root != "tasks" and not is_name(name):
            reading.add("Q017", f"`{name}` is no name", (root, name), note=NAME_RULE)
    return list(raw.items())


def _read_settings(draft: _Draft, reading: Reading, source: Source, *, first: bool) -> None:
    raw = source.document.get("qctl", {})
    values = reading.table(raw, keys.QCTL, ("qctl",), "[qctl]")
    draft.modules += values.get("modules", ())
    draft.python_path += (
        os.path.normpath(source.folder / os.path.expanduser(each)) for each in values.get("python_path", ())
    )
    if first:
        draft.settings = values
        return
    for name in values.keys() - set(_ALSO_IN_INCLUDED):
        note = f"an included file may set {', '.join(_ALSO_IN_INCLUDED)}"
        reading.add("Q025", f"`{name}` of [qctl] belongs in the first file", ("qctl", name), note=note)


def _read_routes(draft: _Draft, reading: Reading, raw: Any) -> None:
    if not isinstance(raw, dict):
        reading.add("Q015", "`routes` must be a table", ("routes",), value=True)
        return
    for pattern, queue in raw.items():
        try:
            draft.routes.setdefault(pattern, readers.name(queue))
        except Wrong as wrong:
            reading.wrong(wrong, pattern, ("routes", pattern), "[routes]")


def _read_defaults(draft: _Draft, reading: Reading, source: Source, chain: tuple[Source, ...]) -> None:
    inherited = draft.defaults[chain[-1].path] if chain else {}
    raw = source.document.get("defaults", {})
    own = read_keys(reading, raw, ("defaults",), "[defaults]", source.folder)
    draft.defaults[source.path] = merge(inherited, own)


def _read_tasks(draft: _Draft, reading: Reading, source: Source, lines: Lines) -> None:
    headers = _task_lines(source.text)
    defaults = merge(_retained(draft.settings), draft.defaults[source.path])
    for name, raw in _named(reading, source.document, "tasks"):
        line = headers.get(name) or lines.of(("tasks", name))
        if name in draft.declared:
            _declared_twice(draft, reading, name, ("tasks", name))
            continue
        draft.declared[name] = f"{source.path}:{line}"
        task = read_task(reading, name, raw, defaults, source.folder, line)
        if task is not None:
            draft.tasks[name] = task


def _declared_twice(draft: _Draft, reading: Reading, name: str, path: tuple[str, str]) -> None:
    """Neither declaration is used: nobody can say which one was meant."""
    message = f"{path[0].removesuffix('s')} `{name}` is declared twice, first in {draft.declared[name]}"
    reading.add("Q026", message, path, note="neither is used; rename one")
    draft.tasks.pop(name, None)
    draft.workflows.pop(name, None)


def _retained(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `keep` is, unless a task says otherwise. It is no part of what was written in the task."""
    return {"keep": dict(settings.get("retention", {})), "written": {}}


def _read_workflows(draft: _Draft, reading: Reading, source: Source, lines: Lines) -> None:
    keep = _retained(draft.settings)["keep"]
    for name, raw in _named(reading, source.document, "workflows"):
        path = ("workflows", name)
        if name in draft.declared:
            _declared_twice(draft, reading, name, path)
            continue
        line = lines.of(path)
        draft.declared[name] = f"{source.path}:{line}"
        workflow = read_workflow(reading, name, raw, keep, source.folder, line)
        if workflow is not None:
            draft.workflows[name] = workflow


def _read_notify(draft: _Draft, reading: Reading, source: Source, lines: Lines) -> None:
    for name, raw in _named(reading, source.document, "notify"):
        path, what, before = ("notify", name), f"notification `{name}`", len(reading.problems)
        values = reading.table(raw, keys.NOTIFY, path, what)
        _must_have(reading, raw, "command", path, what)
        task, line = f"{TASK_PREFIX}{name}", lines.of(path)
        if task in draft.declared:
            reading.add("Q026", f"{what} is task `{task}` to workers, which stands in {draft.declared[task]}", path)
        elif len(reading.problems) == before:
            draft.declared[task] = f"{source.path}:{line}"
            draft.notify[name] = values
            draft.deliveries[task] = delivery(name, values, file=source.path, line=line)


def _must_have(reading: Reading, raw: Any, key: str, path: tuple[str, str], what: str) -> None:
    if isinstance(raw, dict) and key not in raw:
        reading.add("Q016", f"{what} has no `{key}`", path)


def _task_lines(text: str) -> dict[str, int]:
    """The line of each `[tasks.NAME]`, found without reading the whole text."""
    lines: dict[str, int] = {}
    seen, line = 0, 1
    for match in _HEADER.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        lines.setdefault(match[1] or match[2] or match[3], line)
    return lines


def _config(draft: _Draft, gathered: Gathered, problems: tuple[Problem, ...]) -> Config:
    settings = {key: draft.settings[key] for key in _PLAIN_SETTINGS if key in draft.settings}
    retention = draft.settings.get("retention", {})
    return Config(
        file=gathered.sources[0][0].path,
        stamps=tuple(gathered.stamps.values()),
        modules=tuple(dict.fromkeys(draft.modules)),
        python_path=tuple(dict.fromkeys(draft.python_path)),
        routes=tuple(draft.routes.items()),
        queues=draft.queues,
        tasks=draft.tasks,
        broken=by_task(problems),
        workflows=draft.workflows,
        notify=draft.notify,
        deliveries=draft.deliveries,
        defaults=merge(_retained(draft.settings), draft.defaults[gathered.sources[0][0].path]),
        problems=problems,
        documents={source.path: source.document for source, _ in gathered.sources},
        **{f"retention_{key}": value for key, value in retention.items()},
        **settings,
    )


_PLAIN_SETTINGS: Final = ("redis", "namespace", "timezone", "output_budget", "adhoc", "fsync")
