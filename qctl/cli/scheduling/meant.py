"""Which schedules a word of the command line means: a task's, one by its name, or an expression that is none's."""

from __future__ import annotations

from qctl.cli.scheduling import quoting
from qctl.config.timetable import schedules, zone_of
from qctl.errors import NotFound, UsageError
from qctl.model.cells import width
from qctl.model.cron import CronError, parse_cron
from qctl.model.schedule import Schedule
from qctl.model.suggest import did_you_mean
from qctl.model.timing import REBOOT, START, ByCron, Every, Once, OnEvent, period_of
from qctl.model.units import parse_duration
from qctl.model.when import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Final

    from qctl.config import Config
    from qctl.model.timing import Timing

_AT: Final = "at "


def is_expression(word: str) -> bool:
    """Whether a word can be no name: it has blanks in it, or begins with `@`."""
    return word.startswith("@") or len(word.split()) != 1


def named(config: Config, word: str, namespace: str, zone: str) -> list[Schedule]:
    """The schedules of a task, or the one of this name. Raises NotFound, BrokenTask."""
    every = schedules(config, namespace, zone)
    found = [schedule for schedule in every if word in (schedule.task, schedule.name)]
    if found:
        return found
    if word in config.tasks or word in config.workflows or word in config.broken:
        config.task(word)
        raise NotFound(f"task `{word}` has no schedule", help=f"qctl task show {word}")
    meant = did_you_mean(word, {name for schedule in every for name in (schedule.task, schedule.name)})
    raise NotFound(f"no task or schedule `{word}`{meant}", help="qctl schedule next        all of them")


def written(text: str, zone: str, now: datetime) -> Schedule:
    """A schedule of nobody's, of the expression alone. Raises UsageError."""
    return Schedule(name="", task="", timing=_timing(text, zone, now), timezone=zone)


def _timing(text: str, zone: str, now: datetime) -> Timing:
    words = " ".join(text.split())
    if words.startswith(_AT):  # as the lists show it
        moment = parse(words.removeprefix(_AT), now, zone_of(zone))
        return Once(moment.ms, words.removeprefix(_AT), moment.note)
    if words in (REBOOT, START):
        return OnEvent(words)
    if (period := period_of(words)) is not None:
        try:
            period_ms = round(parse_duration(period) * 1000)
        except ValueError as error:
            raise UsageError(f"bad schedule: {error}") from None
        if not period_ms:
            raise UsageError("bad schedule: it is due at every moment: `every` takes more than 0 seconds")
        return Every(period_ms, period)
    try:
        return ByCron(parse_cron(words))
    except CronError as error:
        raise UsageError(_pointed(error, words), help=quoting.advice(words) or error.note or "qctl help Q021") from None


def _pointed(error: CronError, text: str) -> str:
    """What is wrong, and below it the text with a caret where it is."""
    if not error.meant or len(text) > 100:
        return error.message
    return f"{error.message}\n{text}\n{' ' * width(error.before)}{'^' * width(error.meant)}"
