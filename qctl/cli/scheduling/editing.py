"""`schedule add`, `rm` and `edit --set`: one change of tasks.toml, shown, tried and written."""

from __future__ import annotations

from difflib import unified_diff

from qctl.classes import dataclass
from qctl.cli.emit import emit_one
from qctl.cli.scheduling import keys
from qctl.cli.scheduling.naming import declared, declared_of, meant
from qctl.config.editing import add, entries_of, new_problems, open_file, remove, set_keys, tried
from qctl.config.host_zone import zone_named
from qctl.config.schedule_names import SAME_NAME
from qctl.config.timetable import zone_of
from qctl.errors import NotFound, Refused, UsageError
from qctl.model.local_time import full
from qctl.model.when import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.scheduling.naming import Declared
    from qctl.cli.session import Session
    from qctl.config import Config
    from qctl.config.editing import TextFile
    from qctl.model.task import Task

_COLUMNS: Final = ("action", "schedule", "file", "changed")


class WrongSchedule(UsageError):
    """{message}"""

    help = "qctl help {code}"

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, code=code)
        self.code = code  # type: ignore[misc]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A new schedule as it was typed."""

    expression: Sequence[str]
    at: str | None
    params: Sequence[str] | None
    options: Mapping[str, str | None]  #: keys of a schedule that are texts
    blackout: Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A text of a file that is to take the place of another, and of which schedules it is."""

    action: str
    file: TextFile
    text: str
    before: Config
    task: str
    name: str = ""  #: of the schedule, where it has one before


def add_schedule(here: Session, name: str, wish: Wish) -> int:
    """One more schedule of a task. Raises what the configuration raises, UsageError and CannotEdit."""
    config = here.config()
    task = _of_a_file(name, config)
    table = _table(here, config, task, wish)
    file = open_file(task.file)
    written = entries_of(file.text, task.name)
    if table in written:
        one = list(declared_of(task, config, here))[written.index(table)]
        return _already(here, one.name, file)
    if task.schedules and not written:
        here.warn(f"the schedule that {name} has from [defaults] no longer holds for it: it has its own from now on")
    change = Change(action="add", file=file, text=add(file, task.name, table), before=config, task=task.name)
    return carry_out(here, change)


def _of_a_file(name: str, config: Config) -> Task:
    """The task that a file declares, to be given a schedule there. Raises NotFound, BrokenTask."""
    try:
        return config.task(name)
    except NotFound as error:
        if config.modules:
            way = f'[workflows.NAME]        with pipeline = "{name}" and schedule, if a module declares it'
            error.facts["help"] = way
        raise


def remove_schedule(here: Session, name: str) -> int:
    """One less. Raises as `add_schedule`, and NotFound."""
    config = here.config()
    one = meant(name, config, here)
    file = _file_of(one)
    text = remove(file, one.task.name, one.place)
    return carry_out(here, Change(action="rm", file=file, text=text, before=config, task=one.task.name, name=one.name))


def set_schedule(here: Session, name: str, words: Sequence[str]) -> int:
    """Other keys of a schedule. Raises as `remove_schedule`."""
    config = here.config()
    one = meant(name, config, here)
    file = _file_of(one)
    old = entries_of(file.text, one.task.name)[one.place]
    changes = keys.changes(words, one.task, here.folder, old)
    if "at" in changes and changes["at"] is not None:
        zone = _zone(here, config, changes.get("timezone", old.get("timezone")))
        changes["at"], moment = keys.date(changes["at"], here.err.now, zone)
        here.echo([("runs", moment)])
    if all(old.get(key) == value for key, value in changes.items()):
        return _already(here, one.name, file)
    text = set_keys(file, one.task.name, one.place, changes)
    return carry_out(
        here, Change(action="edit", file=file, text=text, before=config, task=one.task.name, name=one.name)
    )


def carry_out(here: Session, change: Change) -> int:
    """Try the new text, write it and say what has become of the schedules; with --dry-run only show it.

    Raises UsageError for what would be wrong, Refused for a name that would be given twice or taken, and CannotEdit.
    """
    config = _checked(change)
    before, names = _names(here, change.before, change.task), _names(here, config, change.task)
    gone = [name for name in before if name not in names]
    if change.action == "add" and gone:
        raise Refused(
            f"{gone[0]} is called as its task, which of several schedules only one can be: give the new one a name",
            help=f"qctl schedule add {change.task} … --name NAME",
        )
    if not here.settings.dry_run:
        change.file.swap(change.text)
    else:
        change.file.must_be_writable()
    name = change.name or (names[-1] if names else change.task)
    facts = {
        "schema": "qctl.edited/1",
        "action": change.action,
        "schedule": name,
        "file": change.file.path,
        "schedules": names,
        "gone": gone,
        "changed": True,
        "dry_run": here.settings.dry_run,
        "diff": "\n".join(diff(change.file, change.text)),
    }
    emit_one(here.settings, facts, lambda: _lines(here, change, facts), columns=_COLUMNS, name="schedule")
    if change.action != "edit":
        _say_renamed(here, [old for old in gone if old != change.name], sorted(set(names) - set(before)), name)
    _say_next(here, config, name)
    return 0


def _say_renamed(here: Session, renamed: Sequence[str], fresh: Sequence[str], name: str) -> None:
    """Say that a schedule has another name because of what was done to `name`, another one of its task."""
    if renamed and fresh:
        there = ", ".join(each for each in fresh if each != name) or name
        why = "the only one without a name is called as its task"
        here.say(f"note: {', '.join(renamed)} is called {there} now: {why}; if it was disabled, it is not any more")


def diff(file: TextFile, text: str) -> list[str]:
    """What a new text changes, as `diff -u` says it."""
    old, new = file.text.splitlines(), text.splitlines()
    return list(unified_diff(old, new, file.path, file.path, n=2, lineterm=""))


def _lines(here: Session, change: Change, facts: Mapping[str, Any]) -> list[str]:
    if here.settings.dry_run:
        return [here.out.safe(line) for line in diff(change.file, change.text)]
    done = {"add": "added to", "rm": "removed from", "edit": "changed in"}[change.action]
    return [here.out.safe(f"{facts['schedule']}: {done} {change.file.path}")]


def _checked(change: Change) -> Config:
    problems = new_problems(change.before, change.before.file, change.file.path, change.text)
    if problems:
        first = problems[0]
        note = f": {first.note}" if first.note else ""
        said = f"{first.message}{note}"
        if first.code == SAME_NAME:
            raise Refused(said, help=f"qctl schedule {change.action} --help")
        raise WrongSchedule(said, first.code)
    return tried(change.before.file, change.file.path, change.text)


def _names(here: Session, config: Config, task: str) -> list[str]:
    found = config.tasks.get(task) or config.workflows.get(task)
    return [] if found is None else [one.name for one in declared_of(found, config, here)]


def _say_next(here: Session, config: Config, name: str) -> None:
    """When it is due, and who has to take it up."""
    one = next((each for each in declared(config, here) if each.name == name), None)
    if here.settings.quiet or one is None:
        return
    schedule = one.schedules[0]
    due = next(iter(schedule.timing.upcoming(here.err.now_ms, zone_of(schedule.timezone), here.err.now_ms)), None)
    if due is not None and schedule.enabled:
        moment = parse(f"@{due.ms / 1000}", here.err.now, zone_of(schedule.timezone))
        here.say(f"{'would be' if here.settings.dry_run else 'is'} due next {full(moment.at)}")
    if not here.settings.dry_run:
        here.say("a beat takes it up within seconds · qctl schedule list · qctl schedule next")


def _already(here: Session, name: str, file: TextFile) -> int:
    facts = {
        "schema": "qctl.edited/1",
        "action": "none",
        "schedule": name,
        "file": file.path,
        "schedules": [name],
        "gone": [],
        "changed": False,
        "dry_run": here.settings.dry_run,
        "diff": "",
    }
    line = here.out.safe(f"{name}: it is so already in {file.path}")
    emit_one(here.settings, facts, lambda: [line], columns=_COLUMNS, name="schedule")
    return 0


def _file_of(one: Declared) -> TextFile:
    """The file that declares it. Raises UsageError if that is [defaults] of another place."""
    file = open_file(one.task.file)
    if one.place >= len(entries_of(file.text, one.task.name)):
        raise UsageError(
            f"{one.name} has its schedule from [defaults], with every other task below it",
            help="qctl schedule edit        opens the file",
        )
    return file


def _table(here: Session, config: Config, task: Task, wish: Wish) -> dict[str, Any]:
    """The new schedule, as it is to be written."""
    if bool(wish.expression) == (wish.at is not None):
        raise UsageError(
            "say when: an expression, or --at DATE",
            help=f"qctl schedule add {task.name} '30 2 * * *'\nqctl schedule add {task.name} every 90m",
        )
    table: dict[str, Any] = {}
    if wish.at is not None:
        zone = _zone(here, config, wish.options.get("timezone"))
        table["at"], moment = keys.date(wish.at, here.err.now, zone)
        here.echo([("runs", moment)])
    else:
        table |= keys.expression(wish.expression)
    table |= {key: value for key, value in wish.options.items() if value is not None}
    table |= {"blackout": list(wish.blackout)} if wish.blackout else {}
    params = keys.parameters(wish.params, task, here.folder)
    return table | ({"with": params} if params else {})


def _zone(here: Session, config: Config, name: Any) -> Any:
    if not name:
        return here.zone_of_dates(config)
    return zone_named(str(name))
