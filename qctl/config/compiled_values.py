"""Values of a Config as JSON has them, of a fixed table of classes: whatever is read, no code runs.

A tuple stands as a list that begins with `t`, a list as one with `l`. An object is a list of the number of its class
and its fields in order, a member of an enumeration one of a number and its value. A class is imported when one of its
objects is met.
"""

from __future__ import annotations

from qctl.classes import fields
from qctl.later import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final, TypeVar

    T = TypeVar("T")

#: The classes that may occur, each with its module. A number is a place in it.
_CLASSES: Final = (
    ("Task", "qctl.model.task"),
    ("Param", "qctl.model.task"),
    ("ParamType", "qctl.model.task"),
    ("OnEnd", "qctl.model.task"),
    ("Queue", "qctl.model.task"),
    ("Kind", "qctl.model.call"),
    ("RetryPolicy", "qctl.model.retry"),
    ("Policy", "qctl.model.workflow.tree"),
    ("Literal", "qctl.model.workflow.tree"),
    ("FromFile", "qctl.model.workflow.tree"),
    ("Each", "qctl.model.workflow.tree"),
    ("Given", "qctl.model.workflow.tree"),
    ("Step", "qctl.model.workflow.tree"),
    ("Chain", "qctl.model.workflow.tree"),
    ("Group", "qctl.model.workflow.tree"),
)
_NUMBERS: Final = {name: number for number, (name, _) in enumerate(_CLASSES)}
_PLAIN: Final = (type(None), bool, int, float, str)
_TUPLE: Final = "t"
_LIST: Final = "l"
_classes: dict[
    int, tuple[Any, tuple[str, ...]]
] = {}  #: by number, a class and its fields; of an enumeration it has none


class NotPlain(ValueError):
    """A value of a class that is not in the table: a date of TOML, for one."""


def write(value: Any) -> Any:
    """The value in such a form. Raises NotPlain."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [_TUPLE if kind is tuple else _LIST, *map(write, value)]
    if kind is dict and all(type(name) is str for name in value):
        return {name: write(one) for name, one in value.items()}
    number = _NUMBERS.get(kind.__name__)
    if number is None or kind.__module__ != _CLASSES[number][1]:
        raise NotPlain(kind)
    names = _class(number)[1]
    return [number, *(write(getattr(value, name)) for name in names)] if names else [number, value.value]


def read(form: Any) -> Any:
    """The value of a form, as it was written."""
    if type(form) is dict:
        return {name: read(one) for name, one in form.items()}
    if type(form) is not list:
        return form
    first = form[0]
    if first == _TUPLE:
        return tuple(map(read, form[1:]))
    return list(map(read, form[1:])) if first == _LIST else _read_object(first, form[1:])


def _read_object(number: int, values: list[Any]) -> Any:
    kind, names = _class(number)
    if not names:
        return kind(values[0])
    return made(kind, zip(names, map(read, values), strict=True))


def made(kind: type[T], values: Iterable[tuple[str, Any]]) -> T:
    """An object of its fields; not by its `__init__`, which is written at its first call: that takes a while."""
    new = object.__new__(kind)
    for name, value in values:
        object.__setattr__(new, name, value)
    return new


def _class(number: int) -> tuple[Any, tuple[str, ...]]:
    if number not in _classes:
        name, module = _CLASSES[number]
        kind = getattr(import_module(module), name)
        _classes[number] = kind, () if hasattr(kind, "__members__") else tuple(one.name for one in fields(kind))
    return _classes[number]
