"""Keeping what completion offers of a configuration, by whoever has read it: nothing waits for it, nothing fails by it.

What workers have told of tasks in Python modules is kept beside it until they tell anew: no module is imported for it.
"""

from __future__ import annotations

from qctl.config import offers
from qctl.config.deciding import deciding
from qctl.config.schedule_names import names_on_hosts, schedule_name
from qctl.model.cells import cut, one_line, typeable
from qctl.model.params import expected
from qctl.model.task import ParamType
from qctl.model.words import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

    from qctl.config.values import Config
    from qctl.model.task import Param, Task

_MOST_ABOUT: Final = 60  #: cells of what is said of a value

#: In the place of a URL with a password, which is kept nowhere but in its file.
UNSAID: Final = "?"

Row = tuple[str, str, str]


def remember(config: Config, environ: Mapping[str, str]) -> None:
    """Keep what there is to offer of a configuration, if that is not what is kept already. Never raises."""
    if not config.file:
        return
    try:
        before = offers.kept(config.file, environ)
        head = offers.head(config.file, _stamps(config))
        if before.startswith(head) and not config.declared:
            return
        told = _text(_of_workers(config)) or _told_before(config, before)
        text = whole(config) + told
        if text != before and all(map(typeable, config.documents)):
            offers.save(config.file, environ, text)
    except (OSError, ValueError):
        return


def whole(config: Config) -> str:
    """All rows of a configuration."""
    return offers.head(config.file or "", _stamps(config)) + _text(_of_file(config)) + offers.TOLD


def _stamps(config: Config) -> Iterator[tuple[str, str]]:
    for stamp in deciding(config):
        yield stamp.path, " ".join(map(str, stamp.signs)) or "-"


def _told_before(config: Config, before: str) -> str:
    """What workers had told when the file was another: it holds as long as modules are named at all."""
    return before.partition(offers.TOLD)[2] if config.modules else ""


def _text(rows: Iterable[Row]) -> str:
    return "".join(f"{kind}\t{value}\t{_about(about)}\n" for kind, value, about in rows if typeable(value))


def _about(text: str) -> str:
    return cut(one_line(text.strip().partition("\n")[0]), _MOST_ABOUT)


def _of_file(config: Config) -> Iterator[Row]:
    yield "namespace", config.namespace, ""
    if config.redis:
        yield "redis", UNSAID if "@" in config.redis or "password" in config.redis else config.redis, ""
    known = (*config.tasks.values(), *config.workflows.values())
    for task in known:
        yield from _of_task(task)
    for task in known:
        for said in task.schedules:
            when = said.get("cron") or said.get("every") or said.get("at") or ""
            for name in names_on_hosts(task, schedule_name(task, said)):
                yield "schedules", name, str(when)
    queues = [*config.queues, *(queue for _, queue in config.routes), *(config.queue_of(task) for task in known)]
    for kind, names in (
        ("queues", queues),
        ("notify", config.notify),
        ("hosts", (host for task in known for host in task.hosts)),
        ("tags", (tag for task in known for tag in task.tags)),
        ("modules", config.modules),
    ):
        yield from ((kind, name, "") for name in dict.fromkeys(names))


def _of_workers(config: Config) -> Iterator[Row]:
    for task in config.declared.values():
        yield from _of_task(task)


def _of_task(task: Task) -> Iterator[Row]:
    yield "tasks", task.name, task.summary
    kind = f"params {task.name}"
    for param in task.params:
        yield kind, f"{param.name}=", param.help or expected(param)
        for value in _values(param):
            yield kind, f"{param.name}={value}", param.help


def _values(param: Param) -> Iterator[str]:
    if param.secret:
        return
    if param.type is ParamType.BOOL:
        yield from ("true", "false")
    yield from (text_of(choice) for choice in param.choices)


def told_rows(tasks: Iterable[Task]) -> str:
    """Rows of the tasks that workers tell of, for somebody whose file does not declare them, or who has none."""
    return offers.head("", ()) + _text(row for task in tasks for row in _of_task(task))
