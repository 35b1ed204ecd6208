"""What a configuration lets run at once and how often, over all workers: the rules that a worker declares to the store.

A rule is a table of numbers by `task:<task>` or `queue:<queue>`: `running` (jobs at once), `starts` in `window` ms,
`length` (jobs that may wait), `locks` (names that one job at a time may have). What is not there is not limited.

By `lost:<task>` stands `losses`, where it is not as by default: who judges a dead worker's jobs may lack their tasks.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Final

    from qctl.model.task import Queue, Task

    Rule = Mapping[str, Any]

MAX_LOSSES: Final = 10  #: of a task that does not say
_WINDOW_MS: Final = {"s": 1000, "m": 60_000, "h": 3_600_000}


def parse_rate(text: str) -> tuple[int, int]:
    """Read `10/s`, `100/m` or `500/h`: so many starts in a window of so many ms."""
    count, _, unit = text.replace(" ", "").partition("/")
    return int(count), _WINDOW_MS[unit]


def rate_words(rule: Rule) -> str | None:
    """A rule's rate as it is written in tasks.toml; None if it has none."""
    unit = {window: unit for unit, window in _WINDOW_MS.items()}
    return f"{rule['starts']}/{unit[rule['window']]}" if "starts" in rule else None


def losses_of(task: Task) -> int:
    """How many deaths of its worker end a job of this task: the first one, if it must not be run again."""
    return task.max_losses if task.redeliver else 1


def rules_of(tasks: Iterable[Task], queues: Iterable[Queue]) -> dict[str, Rule]:
    """The rules of everything that has one."""
    found: dict[str, Rule] = {}
    for task in tasks:
        rule = _rule(task.max_running, task.rate_limit)
        if task.lock is not None:
            rule["locks"] = [task.lock]
        if rule:
            found[f"task:{task.name}"] = rule
        if losses_of(task) != MAX_LOSSES:
            found[f"lost:{task.name}"] = {"losses": losses_of(task)}
    for queue in queues:
        rule = _rule(queue.max_running, queue.rate_limit)
        if queue.max_length is not None:
            rule["length"] = queue.max_length
        if rule:
            found[f"queue:{queue.name}"] = rule
    return found


def _rule(running: int | None, rate: str | None) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if running is not None:
        rule["running"] = running
    if rate is not None:
        rule["starts"], rule["window"] = parse_rate(rate)
    return rule
