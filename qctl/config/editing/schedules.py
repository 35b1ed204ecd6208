"""Where the schedules of a task or workflow stand in a text, in each of the ways in which they may be written.

A text, a list of texts and tables, an inline table, `[tasks.x.schedule]`, `[[tasks.x.schedule]]`, dotted keys. Entries
are moved within the bodies of tables, so that whatever is not named keeps its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import tomli
import tomlkit
from tomlkit.items import AoT, Comment, InlineTable, Table, Whitespace

from qctl.classes import dataclass
from qctl.config.editing.literals import Entry, item, line
from qctl.config.toml_text import key_text, literal
from qctl.errors import QctlError
from qctl.model.timing import period_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

    from tomlkit.items import Item, Key

SCHEDULE: Final = "schedule"

Body = list[Entry]


class CannotEditText(QctlError):
    """cannot change the schedule of {task} in {path}: {reason}"""

    help = "qctl schedule edit        opens the file in your editor"


@dataclass(frozen=True, slots=True)
class Slot:
    """An entry in the body of a table."""

    body: Body
    place: int

    @property
    def key(self) -> Key | None:
        return self.body[self.place][0]

    @property
    def item(self) -> Item:
        return self.body[self.place][1]

    def replace(self, value: Item) -> None:
        """Put another value here, with the blanks and the comment of the one that goes."""
        old = self.item.trivia
        value.trivia.indent, value.trivia.trail = old.indent, old.trail
        value.trivia.comment_ws, value.trivia.comment = old.comment_ws, old.comment
        self.body[self.place] = (self.key, value)

    def remove(self) -> None:
        """Take it out. What stands below a table and is about what follows stays."""
        value = self.item
        kept = _tail(value) if isinstance(value, Table | AoT) else []
        self.body[self.place : self.place + 1] = kept


def parsed(text: str) -> tomlkit.TOMLDocument:
    """The document, of which `as_string` gives back the text."""
    return tomlkit.parse(text)


def fragments(body: Body, *way: str) -> Iterator[Item]:
    """What a key of several parts names, in every place where a part of it is written."""
    for slot in slots(body, way[0]):
        if len(way) == 1:
            yield slot.item
        elif (inner := body_of(slot.item)) is not None:
            yield from fragments(inner, *way[1:])


def slots(body: Body, name: str) -> list[Slot]:
    """The entries of this key; of a table that is written in parts several."""
    return [Slot(body, place) for place, (key, _) in enumerate(body) if key is not None and key.key == name]


def body_of(value: Item) -> Body | None:
    """The entries of a table."""
    return value.value.body if isinstance(value, Table | InlineTable) else None


def root_of(document: Mapping[str, Any], task: str) -> str:
    """The table in which a name stands: no task has that of a workflow."""
    return "workflows" if task in document.get("workflows", {}) else "tasks"


def schedule_slots(document: tomlkit.TOMLDocument, task: str) -> list[Slot]:
    """Every entry of a task's schedule: none, one, or each part of a table that is written in parts."""
    found: list[Slot] = []
    for fragment in fragments(document.body, root_of(document, task), task):
        found += slots(body_of(fragment) or [], SCHEDULE)
    return found


def last_key(body: Body) -> int:
    """The place after the last key of a table's own, before the tables below it and what stands above those."""
    place = 0
    for index, (key, value) in enumerate(body):
        if key is not None and (not isinstance(value, Table | AoT) or key.is_dotted()):
            place = index + 1
    return place


def put(body: Body, key: str, value: Any, newline: str, old: str = "") -> None:
    """Set a key of a table that is written over several lines, in the place of an `old` one, if that is there."""
    found = slots(body, key)
    if found and isinstance(found[0].item, Table) and isinstance(value, Mapping):
        _put_all(found, value, newline)
    elif found:
        found[0].replace(item(literal(value)))
        for slot in reversed(found[1:]):
            slot.remove()
    elif replaced := slots(body, old):
        replaced[0].replace(item(literal(value)))
        body[replaced[0].place] = (line(key_text(key), literal(value))[0], replaced[0].item)
    else:
        put_line(body, key, literal(value), newline)


def _put_all(found: list[Slot], value: Mapping[str, Any], newline: str) -> None:
    """Let a table that is written over several lines hold these keys and no others."""
    bodies = [inner for slot in found if (inner := body_of(slot.item)) is not None]
    for inner in bodies:
        for slot in reversed([Slot(inner, place) for place in range(len(inner))]):
            if slot.key is not None and (slot.key.key not in value or inner is not bodies[0]):
                slot.remove()
    for key, each in value.items():
        put(bodies[0], key, each, newline)


def _indent_of(body: Body) -> str:
    """How far a table's last key is put in."""
    place = last_key(body)
    return str(body[place - 1][1].trivia.indent) if place else ""


def put_line(body: Body, key: str, value: str, newline: str) -> None:
    """Put a key with a value's text below the last key."""
    place = last_key(body)
    if place:
        _end_line(body[place - 1][1], newline)
    body.insert(place, line(key_text(key), value, newline, _indent_of(body)))


def _end_line(value: Item, newline: str) -> None:
    """See that a line of its own may follow: the last line of a file may have no end."""
    inner = body_of(value) if isinstance(value, Table) else None
    if inner:
        _end_line(inner[-1][1], newline)
    elif not isinstance(value, Table) and not value.trivia.trail.endswith("\n"):
        value.trivia.trail += newline


def comments(value: Item) -> Iterator[str]:
    """The comments that stand at an entry and in it."""
    if isinstance(value, Table):
        for _, each in value.value.body:
            yield from comments(each)
    elif value.trivia.comment:
        yield value.trivia.comment


def as_one(table: Mapping[str, Any]) -> str | dict[str, Any]:
    """A schedule as short as it can be written: a text, where that says all."""
    if table.keys() == {"cron"}:
        return str(table["cron"])
    if table.keys() == {"every"} and isinstance(table["every"], str):
        return f"every {table['every']}"
    return dict(table)


def as_table(raw: Any) -> dict[str, Any]:
    """A schedule as a table, however it is written."""
    if isinstance(raw, str):
        period = period_of(raw)
        return {"cron": raw} if period is None else {"every": period}
    return dict(raw) if isinstance(raw, Mapping) else {}


def entries_of(text: str, task: str) -> list[dict[str, Any]]:
    """The schedules of a task as they are written in a text, each as a table."""
    document = tomli.loads(text)
    raw = document.get(root_of(document, task), {}).get(task, {}).get(SCHEDULE, [])
    return [as_table(each) for each in (raw if isinstance(raw, list) else [raw])]


def _tail(value: Table | AoT) -> Body:
    """The blank lines and comments at the end of a table's last part: they are about what follows it."""
    if isinstance(value, AoT):
        return _tail(value.body[-1]) if value.body else []
    body = value.value.body
    if body and isinstance(body[-1][1], Table | AoT):
        return _tail(body[-1][1])
    place = len(body)
    while place and isinstance(body[place - 1][1], Whitespace | Comment):
        place -= 1
    return list(body[place:])
