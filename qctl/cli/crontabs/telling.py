"""The report of an import: what came over, what differs from cron, what to look at, and what to type next."""

from __future__ import annotations

import shutil

from qctl.classes import dataclass
from qctl.model.cells import fold, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.config.crontab import Draft, Imported
    from qctl.model.crontab import Bad

_NAMED: Final = 3  #: tasks that are named beside what is said of them
_LEAST: Final = 20  #: columns in which a text can still be read
_CONTEXT: Final = 60  #: letters of a bad line that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An import, as it is reported."""

    draft: Draft
    skipped: Sequence[tuple[str, str]]
    notes: Sequence[str]  #: of the import as a whole
    next: Sequence[str]  #: commands
    unchanged: bool = False  #: the file that was to be written says all this already

    @property
    def code(self) -> int:
        """The exit code: 1 if lines could not be read (I20)."""
        return 1 if self.draft.bad else 0


def lines(told: Told) -> list[str]:
    """The report, for stderr."""
    draft = told.draft
    off = [task for task in draft.tasks if task.reason]
    count = len(draft.tasks)
    said = f"{count} {'line' if count == 1 else 'lines'} {'there already, unchanged' if told.unchanged else 'imported'}"
    said += f", {len(off)} of them not enabled" if off else ""
    said += f"; {len(draft.bad)} cannot be read" if draft.bad else ""
    report = [said]
    report += _section("cannot be read:", [part for label, bad in draft.bad for part in _quoted(label, bad)])
    report += _section("passed over:", [f"{path}: {why}" for path, why in told.skipped])
    report += _section("not enabled:", [f"{task.name} ({_place(task)}): {task.reason}" for task in off])
    report += _section("to look at:", [*_files(draft), *_grouped(draft.tasks), *told.notes])
    return report + [f"next: {each}" if not place else f"      {each}" for place, each in enumerate(told.next)]


def folded(report: Sequence[str], columns: int | None) -> list[str]:
    """The report in so many columns, what does not fit in lines of its own behind a margin."""
    found = []
    for line in report:
        margin = len(line) - len(line.lstrip())
        if not columns or width(line) <= columns or columns - margin < _LEAST:
            found.append(line)
            continue
        first, *more = fold(line.strip(), columns - margin - 2)
        found += [" " * margin + first, *(" " * (margin + 2) + each for each in more)]
    return found


def as_document(told: Told, toml: str, **more: Any) -> dict[str, Any]:
    """The same for programs."""
    draft = told.draft
    return {
        "schema": "qctl.import/1",
        "toml": toml,
        "tasks": [
            {
                "name": task.name,
                "file": task.origin,
                "line": task.number,
                "text": task.text,
                "enabled": not task.reason,
                "reason": task.reason or None,
                "schedule": task.keys.get("schedule"),
                "notes": list(task.notes),
            }
            for task in draft.tasks
        ],
        "bad": [
            {
                "file": label,
                "line": bad.number,
                "column": bad.column,
                "text": bad.text,
                "message": bad.message,
                "note": bad.note or None,
            }
            for label, bad in draft.bad
        ],
        "skipped": [{"file": path, "reason": why} for path, why in told.skipped],
        "notes": [*_files(draft), *told.notes],
        "next": list(told.next),
        **more,
    }


def mail_notes(draft: Draft) -> list[str]:
    """What is to be said of MAILTO, if anybody is mailed."""
    if not draft.notify:
        return []
    names = ", ".join(f"[notify.{name}]" for name in draft.notify)
    verb = "mails" if len(draft.notify) == 1 else "mail"
    said = [f'{names} {verb} any output, as cron did; `on = ["fail", "recover"]` tells what matters']
    if shutil.which("mail") is None:
        said.append("there is no `mail` here: install mailutils, or write another `command` into it")
    return said


def _section(title: str, rows: Sequence[str]) -> list[str]:
    return [title, *(f"  {row}" for row in rows)] if rows else []


def _place(task: Imported) -> str:
    return f"{task.origin}:{task.number}"


def _files(draft: Draft) -> list[str]:
    return [f"{label}: {note}" for label, note in draft.notes]


def _grouped(tasks: Sequence[Imported]) -> list[str]:
    """Each note once, with the tasks that it is about."""
    about: dict[str, list[str]] = {}
    for task in tasks:
        for note in task.notes:
            about.setdefault(note, []).append(task.name)
    return [f"{_few(names)}: {note}" for note, names in about.items()]


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _quoted(label: str, bad: Bad) -> list[str]:
    """The message, the line as it stands, and a caret under the piece that is meant."""
    start = max(0, bad.column - 1 - _CONTEXT // 2)
    shown = bad.text.replace("\t", " ")[start : start + _CONTEXT]
    before = shown[: bad.column - 1 - start]
    gutter = f"{bad.number:>5} | "
    caret = " " * (len(gutter) + width(before)) + "^" * max(1, min(bad.width, _CONTEXT - len(before)))
    note = f" {bad.note}" if bad.note else ""
    return [f"{label}:{bad.number}:{bad.column}: {bad.message}", f"{gutter}{shown}", f"{caret}{note}"]
