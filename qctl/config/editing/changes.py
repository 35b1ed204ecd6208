"""The three changes of the schedules of a task or workflow: one more, one less, other keys. Each changes just that."""

from __future__ import annotations

import tomli
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable, Table

from qctl.config.editing import schedules as written
from qctl.config.editing.literals import item, line
from qctl.config.editing.schedules import SCHEDULE, CannotEditText, as_one, as_table
from qctl.config.toml_text import key_text, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from tomlkit.items import Item

    from qctl.config.editing.file import TextFile
    from qctl.config.editing.schedules import Body, Slot

_WHEN: Final = ("cron", "every", "at")


def add(file: TextFile, task: str, schedule: Mapping[str, Any]) -> str:
    """The text with one more schedule of a task. Raises CannotEditText."""
    before = written.entries_of(file.text, task)
    return _checked(file, task, [*before, dict(schedule)], lambda document: _add(document, file, task, schedule))


def remove(file: TextFile, task: str, place: int) -> str:
    """The text without one of a task's schedules. Raises CannotEditText."""
    after = written.entries_of(file.text, task)
    del after[place]
    return _checked(file, task, after, lambda document: _remove(document, task, place))


def set_keys(file: TextFile, task: str, place: int, keys: Mapping[str, Any]) -> str:
    """The text with other keys of a schedule; None takes a key away. Raises CannotEditText."""
    after = written.entries_of(file.text, task)
    table = after[place]
    changes: dict[str, Any] = {**{key: None for key in _WHEN if key in table and keys.keys() & set(_WHEN)}, **keys}
    after[place] = _changed(table, changes)
    return _checked(file, task, after, lambda document: _set(document, file, task, place, changes))


def _changed(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule with other keys; one that says when takes the place of another that did."""
    new = next((key for key in _WHEN if changes.get(key) is not None), "")
    found = {new if new and key in _WHEN else key: value for key, value in table.items()}
    found |= changes
    return {key: value for key, value in found.items() if value is not None}


def _checked(file: TextFile, task: str, after: Sequence[Mapping[str, Any]], change: Any) -> str:
    """Make a change, and see that it is the one that was meant and no other."""
    try:
        document = written.parsed(file.text)
        if document.as_string() != file.text:
            raise _cannot(file, task, "its layout cannot be kept")
        change(document)
        text = str(document.as_string())
        old, new = tomli.loads(file.text), tomli.loads(text)
    except (TOMLKitError, tomli.TOMLDecodeError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _cannot(file, task, "it is written in a way that is not understood here") from error
    if written.entries_of(text, task) != list(after) or _rest(old, task) != _rest(new, task):
        raise _cannot(file, task, "something else would change with it")
    return text


def _rest(document: dict[str, Any], task: str) -> dict[str, Any]:
    """All but the task's schedules."""
    document.get(written.root_of(document, task), {}).get(task, {}).pop(SCHEDULE, None)
    return document


def _cannot(file: TextFile, task: str, reason: str) -> CannotEditText:
    return CannotEditText(task=task, path=file.path, reason=reason)


def _add(document: tomlkit.TOMLDocument, file: TextFile, task: str, schedule: Mapping[str, Any]) -> None:
    found = written.schedule_slots(document, task)
    value = literal(as_one(schedule))
    if not found:
        _put_first(document, file, task, value)
    elif isinstance(found[0].item, Array):
        found[0].item.append(item(value))
    elif isinstance(found[0].item, AoT):
        _append_table(found[-1], file, (written.root_of(document, task), task), schedule)
    elif isinstance(found[0].item, Table):
        _add_to_table(found, file, (written.root_of(document, task), task), schedule)
    else:
        found[0].replace(item(f"[{found[0].item.as_string()}, {value}]"))


def _put_first(document: tomlkit.TOMLDocument, file: TextFile, task: str, value: str) -> None:
    """The first schedule of a task, below its last key."""
    places = [
        each for each in written.fragments(document.body, written.root_of(document, task), task) if _holds_keys(each)
    ]
    home = places[-1]
    if isinstance(home, InlineTable):
        place = written.last_key(home.value.body)
        rest = list(home.value.body[place:])
        del home.value.body[place:]
        home[SCHEDULE] = item(value)
        home.value.body[place][1].trivia.indent = " " if place else ""
        home.value.body.extend(rest)
        return
    body = written.body_of(home)
    assert body is not None
    written.put_line(body, SCHEDULE, value, file.newline)


def _holds_keys(value: Item) -> bool:
    """Whether a part of a table has a place for a key of its own: a header, or a key beside which it may stand."""
    body = written.body_of(value)
    if body is None:
        return False
    return (
        isinstance(value, InlineTable)
        or not (isinstance(value, Table) and value.is_super_table())
        or (written.last_key(body) > 0)
    )


def _append_table(slot: Slot, file: TextFile, path: tuple[str, str], schedule: Mapping[str, Any]) -> None:
    """One more `[[tasks.x.schedule]]`, below the last."""
    tables = slot.item
    assert isinstance(tables, AoT)
    last = tables.body[-1]
    tail = _cut_tail(last)
    new = tomlkit.parse(_table_text(path, schedule, file.newline))
    table = next(written.fragments(new.body, *path, SCHEDULE))
    assert isinstance(table, AoT)
    fresh = table.body[0]
    fresh.trivia.indent = file.newline
    fresh.value.body.extend(tail)
    tables.body.append(fresh)


def _table_text(path: tuple[str, str], schedule: Mapping[str, Any], newline: str) -> str:
    head = f"[[{path[0]}.{key_text(path[1])}.{SCHEDULE}]]"
    return newline.join([head, *(f"{key_text(key)} = {literal(value)}" for key, value in schedule.items()), ""])


def _cut_tail(table: Table) -> Body:
    """Take the blank lines and comments from the end of a table: they are about what follows it."""
    body = table.value.body
    if body and isinstance(body[-1][1], Table):
        return _cut_tail(body[-1][1])
    place = max((index + 1 for index, (key, _) in enumerate(body) if key is not None), default=0)
    tail = list(body[place:])
    del body[place:]
    return tail


def _add_to_table(found: list[Slot], file: TextFile, path: tuple[str, str], schedule: Mapping[str, Any]) -> None:
    """A table becomes the first of a list: `[tasks.x.schedule]` one of `[[tasks.x.schedule]]`, keys an inline table."""
    first = found[0]
    whole = all(isinstance(slot.item, Table) and not slot.item.is_super_table() for slot in found)
    if whole and len(found) == 1:
        table = first.item
        assert isinstance(table, Table)
        tables = AoT([table], parsed=True)
        table.display_name = None
        first.body[first.place] = (first.key, tables)
        _append_table(first, file, path, schedule)
        return
    old = as_table(tomli.loads(file.text)[path[0]][path[1]][SCHEDULE])
    said = [text for slot in found for text in written.comments(slot.item)]
    for slot in reversed(found[1:]):
        slot.remove()
    lines = [tomlkit.parse(f"{text}{file.newline}").body[0] for text in said]
    lines.append(line(SCHEDULE, literal([as_one(old), as_one(schedule)]), file.newline))
    first.body[first.place : first.place + 1] = lines


def _remove(document: tomlkit.TOMLDocument, task: str, place: int) -> None:
    found = written.schedule_slots(document, task)
    value = found[0].item
    if isinstance(value, Array) and len(value) > 1:
        del value[place]
    elif isinstance(value, AoT) and len(value.body) > 1:
        tail = _cut_tail(value.body[place])
        del value.body[place]
        value.body[max(0, place - 1)].value.body.extend(tail if place else [])
    else:
        for slot in reversed(found):
            slot.remove()


def _set(document: tomlkit.TOMLDocument, file: TextFile, task: str, place: int, changes: Mapping[str, Any]) -> None:
    found = written.schedule_slots(document, task)
    first = found[0].item
    if isinstance(first, Table):
        _set_in_table(found, changes, file.newline)
        return
    if isinstance(first, AoT):
        _change_body(first.body[place].value.body, changes, file.newline)
        return
    one = first[place] if isinstance(first, Array) else first
    value = item(literal(as_one(_changed(as_table(one.unwrap()), changes))))
    if isinstance(first, Array):
        first[place] = value
    else:
        found[0].replace(value)


def _set_in_table(found: list[Slot], changes: Mapping[str, Any], newline: str) -> None:
    """Of a table in parts, each key where it stands; a new one in the last part that has keys."""
    bodies = [body for slot in found if (body := written.body_of(slot.item)) is not None]
    home = next((body for body in reversed(bodies) if written.last_key(body)), bodies[-1])
    gone = [key for key, value in changes.items() if value is None]
    for body in bodies:
        here = [key for key in gone if written.slots(body, key)]
        kept = {key: value for key, value in changes.items() if value is not None and _belongs(key, here, body)}
        _change_body(body, dict.fromkeys(here) | kept, newline)
        changes = {key: value for key, value in changes.items() if key not in kept}
    _change_body(home, {key: value for key, value in changes.items() if value is not None}, newline)
    for slot in reversed(found):
        if isinstance(slot.item, Table) and slot.item.is_super_table() and not written.body_of(slot.item):
            slot.remove()


def _belongs(key: str, gone: Sequence[str], body: Body) -> bool:
    """Whether a key's place is in this part of a table: it stands there, or takes the place of one that does."""
    return bool(written.slots(body, key)) or (key in _WHEN and any(old in _WHEN for old in gone))


def _change_body(body: Body, changes: Mapping[str, Any], newline: str) -> None:
    old = next((key for key in _WHEN if key in changes and changes[key] is None), "")
    for key, value in changes.items():
        if value is not None:
            written.put(body, key, value, newline, old if key in _WHEN else "")
    for key, value in changes.items():
        if value is None:
            for slot in reversed(written.slots(body, key)):
                slot.remove()
