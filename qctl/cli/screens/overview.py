"""The state of the world on one screen of 80 by 24: a label, then what there is, cut to the width."""

from __future__ import annotations

from qctl import __version__
from qctl.classes import dataclass
from qctl.cli.grid import labelled
from qctl.cli.screens.words import command_of, ending, time_of, title_of
from qctl.cli.terminal import WIDTH
from qctl.client.troubles import beat_name
from qctl.model.call import Kind
from qctl.model.cells import cut, pad, width, wrapped
from qctl.model.show import age, count
from qctl.model.verdict import TROUBLE, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.terminal import Look
    from qctl.client.fleet import Fleet
    from qctl.client.overview import World
    from qctl.model.job import Job

_LABEL: Final = 11  #: cells
_TASKS: Final = 5  #: lines
_JOBS: Final = 4
_FAILED: Final = 3
_COMMAND: Final = 28
_LEAST_SUMMARY: Final = 26  #: cells beside a task's name; in fewer nobody learns what it is for


Advice = tuple[str, str]  #: a command and what it is for


@dataclass(frozen=True, slots=True)
class Overview:
    """All that stands on the screen."""

    file: str
    tasks: Sequence[Mapping[str, Any]]
    world: World | None  #: None: there is none to see …
    why: str  #: … for this reason
    problem: str  #: of tasks.toml, on one line
    advice: Sequence[Advice]

    @property
    def is_set_up(self) -> bool:
        """Whether there is anything: a file, or a server."""
        return bool(self.file or self.world)


def overview(found: Overview, look: Look) -> list[str]:
    """At most 23 lines, so that the prompt fits below them."""
    dot = look.sign(" · ")
    if not found.is_set_up:
        lines = [f"qctl {__version__}{dot}nothing is set up here yet", "", f"Server   {found.why}"]
    else:
        lines = [dot.join([f"qctl {__version__}", look.safe(found.file) or "no tasks.toml"]), ""]
        known = bool(found.world and found.world.fleet.schedules)
        lines += _problem(found, look) + _block("Tasks", _tasks(found.tasks, look, _TASKS - known), look)
        lines += _world(found.world, look) if found.world else _block("Server", [look.safe(found.why)], look)
    lines += ["", *_advised(found.advice, look.width or WIDTH)]
    return [each for line in lines for each in _fitting(line, look)]


def _fitting(line: str, look: Look) -> list[str]:
    """A line that is no wider than the screen: cut where that has the usual width, for which all of it is made."""
    if look.width is None:
        return [line]
    return wrapped(line, look.width) if _is_narrow(look) else [cut(line, look.width, look.ellipsis)]


def _is_narrow(look: Look) -> bool:
    return look.width is not None and look.width < WIDTH


def _problem(found: Overview, look: Look) -> list[str]:
    return _block("Problem", [look.safe(found.problem)], look) if found.problem else []


def _tasks(tasks: Sequence[Mapping[str, Any]], look: Look, most: int) -> list[str]:
    if not tasks:
        return ["none is declared"]
    shown, more = _first(tasks, most)
    room = min(24, max(width(str(task["name"])) for task in shown))
    if look.width is not None and look.width < _LABEL + room + _LEAST_SUMMARY:
        return [look.safe(str(task["name"])) for task in shown] + _and_more(more, look)
    names = [pad(cut(look.safe(str(task["name"])), room, look.ellipsis), room) for task in shown]
    whats = [str(task["summary"]) if task["usable"] else f"{task['problem']['message']}" for task in shown]
    lines = [f"{name}  {look.safe(what)}".rstrip() for name, what in zip(names, whats, strict=True)]
    return lines + _and_more(more, look)


def _and_more(number: int, look: Look) -> list[str]:
    return [f"{look.ellipsis} and {number} more: qctl task list"] if number else []


def _world(world: World, look: Look) -> list[str]:
    health = world.health
    shown = world.running[: _JOBS - 1 if health.running > _JOBS else _JOBS]
    running = [f"{job.id}  {look.safe(_what(job))}  {time_of(job, look)}" for job in shown]
    if more := max(0, health.running - len(shown)):
        running.append(f"{look.ellipsis} and {more} more: qctl ps")
    return [
        *_block("Running", running, look),
        *_block("Waiting", [_waiting(world, look)], look),
        *_block("Failed", _failed(world, look), look),
        *(_block("Schedules", [_schedules(world.fleet, look)], look) if world.fleet.schedules else []),
        *_block("Workers", [_workers(world, look)], look),
        *_block("Server", [look.safe(world.server)], look),
    ]


def _what(job: Job) -> str:
    """A task with its parameters, or what tells one command from another."""
    return title_of(job) if job.call.kind is Kind.ADHOC else command_of(job)


def _waiting(world: World, look: Look) -> str:
    health = world.health
    said = [f"{health.ready:,} queued"]
    if world.oldest_ms is not None:
        said[0] += f", the oldest for {age((health.now_ms - world.oldest_ms) / 1000)}"
    numbers = (("scheduled", "scheduled"), ("parked", "held by limits"))
    totals = [(sum(getattr(queue, name) for queue in health.queues), word) for name, word in numbers]
    said += [f"{total:,} {word}" for total, word in totals if total]
    if health.unread:
        said.append(f"no worker reads {look.safe(', '.join(health.unread))}")
    if health.paused:
        said.append("paused: " + ("every queue" if "*" in health.paused else look.safe(", ".join(health.paused))))
    return look.sign(" · ").join(said)


def _failed(world: World, look: Look) -> list[str]:
    number = world.health.failed_last_day
    if not number:
        return ["none in the last day"]
    rows = [_ended(job, look) for job in world.failed[: _FAILED - 1]]
    return [f"{number:,} in the last day", *rows]


def _ended(job: Job, look: Look) -> str:
    how = ending(job.last) if job.last else str(job.outcome)
    return f"{job.id}  {look.safe(_what(job))}  {look.safe(how)}  {time_of(job, look)} ago"


def _workers(world: World, look: Look) -> str:
    workers = world.health.workers
    if not workers:
        return "none is live"
    slots = sum(int(worker.about.get("slots") or 0) for worker in workers)
    labels = ", ".join(worker.label for worker in workers)
    return look.sign(" · ").join([f"{count(len(workers), 'worker')}, {count(slots, 'slot')}", look.safe(labels)])


def _schedules(fleet: Fleet, look: Look) -> str:
    """How many there are, what is wrong with them, and who fires them."""
    said = [count(len(fleet.schedules), "schedule")]
    said += [f"{len(found):,} {verdict}" for verdict in (*TROUBLE, Verdict.OFF) if (found := fleet.of(verdict))]
    names = ", ".join(beat_name(beat) for beat in fleet.beats)
    return look.sign(" · ").join([", ".join(said), f"beat {look.safe(names)}" if names else "no beat runs"])


def _block(label: str, lines: Sequence[str], look: Look) -> list[str]:
    """A label, and lines beside it; on a narrow screen each is folded there."""
    rows = zip([label, *("" for _ in lines[1:])], lines or ["nothing"], strict=False)
    if not _is_narrow(look):
        return [pad(head, _LABEL) + line for head, line in rows]
    return [each for head, line in rows for each in labelled(head, line, _LABEL, look)]


def _advised(advice: Sequence[Advice], room: int) -> list[str]:
    """The commands, and in one column what they are for, but for one so long that it leaves no room for that."""
    told = [(command, why) for command, why in advice if width(f"  {command}  {why}") <= room]
    widest = room - max((width(f"    {why}") for _, why in told), default=0)
    column = min(widest, max([_COMMAND, *(width(command) for command, _ in told)]))
    return [f"  {pad(command, column)}  {why}" if (command, why) in told else f"  {command}" for command, why in advice]


def _first(items: Sequence[Any], lines: int) -> tuple[Sequence[Any], int]:
    """What has room in so many lines, of which the last one may be needed to tell how many more there are."""
    if len(items) <= lines:
        return items, 0
    return items[: lines - 1], len(items) - lines + 1
