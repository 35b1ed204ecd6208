"""Dataclasses that cost nothing until they are used: `dataclass`, `field`, `fields`, `replace` and `asdict`.

They mean what those of the standard library mean, which takes longer to import (10 ms) and to declare a class (0.5 ms)
than Python to start; and `qctl run` is to cost little more than that. Here a class is declared in microseconds, and
its methods are written when the first of its objects is made. Of what the library offers this has what qctl declares:
`frozen`, `slots`, `kw_only` and `eq`; defaults, factories, `repr`, `compare`, `init` and `kw_only` of a field. The
library's own functions know these classes too: `dataclasses.replace(job, …)` works.
"""

from __future__ import annotations

from _operator import attrgetter  # `operator` takes longer to import than a class to declare

from qctl.later import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, fields, replace
    from typing import Any

__all__ = ["asdict", "dataclass", "field", "fields", "replace"]

_OWN = "__qctl_fields__"
_UNWRITTEN = 50  #: objects of a class that are made by going through its fields: to write a method costs as much
_KEPT = ("__dict__", "__weakref__")  #: of a class that is made anew with slots


class _Missing:
    """What stands for no default."""

    __slots__ = ()


_MISSING = _Missing()


class _Field:
    """What a class says of one of its fields."""

    __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "name", "repr")

    def __init__(self, default: Any, default_factory: Any, init: bool, repr: bool, compare: bool, kw_only: Any) -> None:  # noqa: A002
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.kw_only = kw_only

    def copy(self) -> _Field:
        return _Field(self.default, self.default_factory, self.init, self.repr, self.compare, self.kw_only)


if not TYPE_CHECKING:

    def field(
        *,
        default=_MISSING,
        default_factory=_MISSING,
        init=True,
        repr=True,  # noqa: A002
        compare=True,
        kw_only=None,
    ) -> _Field:
        """Say more of a field than its default."""
        return _Field(default, default_factory, init, repr, compare, kw_only)

    def dataclass(cls=None, /, *, frozen=False, slots=False, kw_only=False, eq=True):
        """Make a class of values of its annotations."""
        if cls is None:
            return lambda cls: _declared(cls, frozen, slots, kw_only, eq)
        return _declared(cls, frozen, slots, kw_only, eq)

    def fields(of):
        """The fields of a class or of an object of it, in order; of a class of the library's own as well."""
        own = getattr(of, _OWN, None)
        return tuple(own.values()) if own is not None else _library().fields(of)

    def replace(value, /, **changes):
        """A copy with other values for some fields."""
        own = getattr(type(value), _OWN, None)
        if own is None:
            return _library().replace(value, **changes)
        for name, one in own.items():
            if one.init:
                if name not in changes:
                    changes[name] = getattr(value, name)
            elif name in changes:
                raise ValueError(f"{name} is not given when an object is made: it cannot be replaced")
        return type(value)(**changes)

    def asdict(value):
        """The values by field, those of classes within as dicts too."""
        return _library().asdict(value)


def _library() -> Any:
    return import_module("dataclasses")


def _declared(cls: Any, frozen: bool, slots: bool, kw_only: bool, eq: bool) -> Any:
    found = _fields_of(cls, kw_only)
    if slots:
        cls = _with_slots(cls, found)
    setattr(cls, _OWN, found)
    cls.__dataclass_fields__ = _ForTheLibrary()
    setattr(cls, "__match_args__", tuple(name for name, one in found.items() if one.init and not one.kw_only))  # noqa: B010
    methods = {"__init__": _Init(cls, found, frozen), "__repr__": _repr}
    if eq:
        compared = tuple(name for name, one in found.items() if one.compare)
        methods |= {"__eq__": _equality(compared), "__hash__": _hash_of(compared) if frozen else None}
    if frozen:
        methods |= {"__setattr__": _refuse_set, "__delattr__": _refuse_delete}
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _set_state}
    own = vars(cls)
    for name, method in methods.items():
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(cls, name, method.first() if isinstance(method, _Init) else method)
    return cls


def _fields_of(cls: Any, kw_only: bool) -> dict[str, _Field]:
    """The fields of the bases, then the class' own, whose defaults stay where the library leaves them."""
    found: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        found |= base.__dict__.get(_OWN, {})
    for name, kind in vars(cls).get("__annotations__", {}).items():
        if "ClassVar" in str(kind):
            continue
        said = cls.__dict__.get(name, _MISSING)
        one = said.copy() if isinstance(said, _Field) else _Field(said, _MISSING, True, True, True, None)
        if one.default.__class__.__hash__ is None:
            raise ValueError(f"{cls.__name__}.{name}: a default that can change is shared by all: use default_factory")
        one.name = name
        one.kw_only = kw_only if one.kw_only is None else one.kw_only
        if isinstance(said, _Field):
            if one.default is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, one.default)
        found[name] = one
    return found


def _with_slots(cls: Any, found: dict[str, _Field]) -> Any:
    """The class made anew, with a slot for each field that no base has one for."""
    inherited = {slot for base in cls.__mro__[1:-1] for slot in base.__dict__.get("__slots__", ())}
    body = {name: value for name, value in cls.__dict__.items() if name not in found and name not in _KEPT}
    body["__slots__"] = tuple(name for name in found if name not in inherited)
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


class _Init:
    """The `__init__` of a class: written when so many objects are made that it is worth that."""

    __slots__ = ("_cls", "_fields", "_frozen", "_left", "_places")

    def __init__(self, cls: Any, found: dict[str, _Field], frozen: bool) -> None:
        self._cls = cls
        self._fields = found
        self._frozen = frozen
        self._left = _UNWRITTEN
        self._places = tuple(name for name, one in found.items() if one.init and not one.kw_only)

    def first(self) -> Any:
        """What makes the first objects, then writes it, puts it in its own place, and goes on by it."""

        def __init__(self_: Any, /, *args: Any, **values: Any) -> None:  # noqa: N807
            self._left -= 1
            if self._left < 0 or not self._fill(self_, args, values):
                written = self._written()
                self._cls.__init__ = written
                written(self_, *args, **values)

        __init__.__qualname__ = f"{self._cls.__qualname__}.__init__"
        return __init__

    def _fill(self, new: Any, args: tuple[Any, ...], values: dict[str, Any]) -> bool:
        """Give an object its fields. False for a call that is refused: what is written says why."""
        given = dict(zip(self._places, args, strict=False)) | values
        if len(args) + len(values) > len(given):
            return False
        filled = []
        for name, one in self._fields.items():
            if one.init and name in given:
                filled.append((name, given.pop(name)))
            elif one.default_factory is not _MISSING:
                filled.append((name, one.default_factory()))
            elif one.default is not _MISSING:
                filled.append((name, one.default))
            elif one.init:
                return False
        if given:
            return False
        give = object.__setattr__ if self._frozen else setattr
        for name, value in filled:
            give(new, name, value)
        if hasattr(self._cls, "__post_init__"):
            new.__post_init__()
        return True

    def _written(self) -> Any:
        names: dict[str, Any] = {"_MISSING": _MISSING, "_set": object.__setattr__}
        positional: list[str] = []
        keywords: list[str] = []
        lines: list[str] = []
        for name, one in self._fields.items():
            value = name
            if one.init:
                (keywords if one.kw_only else positional).append(self._parameter(one, names))
            if one.default_factory is not _MISSING:
                value = f"_f_{name}() if {name} is _MISSING else {name}" if one.init else f"_f_{name}()"
            elif not one.init:
                if one.default is _MISSING:
                    continue  # __post_init__ gives it
                names[f"_d_{name}"] = one.default
                value = f"_d_{name}"
            lines.append(self._setting(name, value, names))
        if hasattr(self._cls, "__post_init__"):
            lines.append("self.__post_init__()")
        star = ["*"] if keywords else []
        head = ", ".join(["self", *positional, *star, *keywords])
        source = f"def __init__({head}):\n " + "\n ".join(lines or ["pass"])
        exec(source, names)  # noqa: S102 - of names that are identifiers in qctl's own code
        written = names["__init__"]
        written.__qualname__ = f"{self._cls.__qualname__}.__init__"
        written.__module__ = self._cls.__module__
        return written

    @staticmethod
    def _parameter(one: _Field, names: dict[str, Any]) -> str:
        if one.default_factory is not _MISSING:
            names[f"_f_{one.name}"] = one.default_factory
            return f"{one.name}=_MISSING"
        if one.default is _MISSING:
            return str(one.name)
        names[f"_d_{one.name}"] = one.default
        return f"{one.name}=_d_{one.name}"

    def _setting(self, name: str, value: str, names: dict[str, Any]) -> str:
        if not self._frozen:
            return f"self.{name} = {value}"
        slot: Any = getattr(self._cls, name, None)
        if type(slot).__name__ == "member_descriptor":  # half the way of object.__setattr__
            names[f"_s_{name}"] = slot.__set__
            return f"_s_{name}(self, {value})"
        return f'_set(self, "{name}", {value})'


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name, one in getattr(self, _OWN).items() if one.repr)
    return f"{type(self).__qualname__}({shown})"


def _equality(compared: tuple[str, ...]) -> Any:
    values = attrgetter(*compared) if compared else type

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash_of(compared: tuple[str, ...]) -> Any:
    values = attrgetter(*compared) if compared else type

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__


def _refuse_set(_self: Any, name: str, _value: Any) -> None:
    raise _library().FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_self: Any, name: str) -> None:
    raise _library().FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in getattr(self, _OWN)]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(getattr(self, _OWN), state, strict=True):
        object.__setattr__(self, name, value)


class _ForTheLibrary:
    """`__dataclass_fields__` as `dataclasses` reads it, made when it does."""

    def __get__(self, instance: Any, owner: Any) -> dict[str, Any]:
        found: dict[str, Any] = import_module("qctl.library_fields").fields_of(owner, getattr(owner, _OWN), _MISSING)
        return found
