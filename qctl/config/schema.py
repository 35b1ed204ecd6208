"""The JSON Schema of tasks.toml (draft 2020-12), made of the tables of keys by which files are read.

It accepts whatever the readers accept. What depends on several keys, or on this machine, `qctl check` alone can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from qctl.config import keys, readers
from qctl.config.on_end import on_error, on_success
from qctl.config.windows import windows
from qctl.model.address import SCHEMES
from qctl.model.names import IDENTIFIER, NAME
from qctl.model.schemas import DRAFT
from qctl.model.units import DURATION, NUMBER, SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.config.keys import Key
    from qctl.config.readers import Reader

Schema = dict[str, Any]


def _whole_text(pattern: str) -> str:
    return f"^(?:{pattern})$"


_NAME: Final = _whole_text(NAME)
_DURATION: Final = rf"\s*(?:{NUMBER}|{DURATION})\s*"

#: reader -> what it accepts.
_PLAIN: Final[Mapping[Reader, Schema]] = {
    readers.text: {"type": "string"},
    readers.filled: {"type": "string", "pattern": r"\S"},
    readers.boolean: {"type": "boolean"},
    readers.number: {"type": "number"},
    readers.size: {"type": ["string", "integer"], "minimum": 0, "pattern": rf"^\s*(?:{SIZE})\s*$"},
    readers.name: {"type": "string", "pattern": _NAME},
    readers.hosts: {
        "type": ["string", "array"],
        "pattern": _NAME,
        "items": {"type": "string", "pattern": _NAME},
    },
    readers.command: {"type": "array", "minItems": 1, "items": {"type": "string"}, "prefixItems": [{"minLength": 1}]},
    readers.callable_name: {"type": "string", "pattern": _whole_text(readers.CALL.pattern)},
    readers.signal_number: {"type": ["string", "integer"], "pattern": "^[A-Za-z0-9+-]+$", "minimum": 1},
    readers.failure: {"type": "string", "minLength": 1},
    readers.rate: {"type": "string", "pattern": _whole_text(readers.RATE.pattern)},
    readers.environment: {
        "type": "object",
        "propertyNames": {"pattern": _whole_text(IDENTIFIER)},
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    },
    readers.umask: {"type": ["string", "integer"], "pattern": "^0?o?[0-7]{1,3}$", "minimum": 0, "maximum": 0o777},
    readers.shell: {"type": "string", "pattern": r"^/\S*\s*$"},
    readers.zone: {"type": "string"},
    readers.redis_url: {
        "type": "string",
        "pattern": "^(?:" + "|".join(each.replace("+", r"\+") for each in SCHEMES) + ")://.+",
    },
    readers.retries: {"type": "integer", "minimum": 0, "maximum": 1_000_000},
    on_success: {"type": "string", "pattern": _NAME},
    on_error: {
        "type": ["string", "object"],
        "pattern": _NAME,
        "properties": {"task": {"type": "string", "pattern": _NAME}, "each": {"type": "boolean"}},
        "required": ["task"],
        "additionalProperties": False,
    },
    readers.anything: {},
    windows: {"type": "array", "items": {"type": "string", "minLength": 1}},
}


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _duration(above_zero: bool, none: bool) -> Schema:
    least = {"exclusiveMinimum" if above_zero else "minimum": 0}
    return {"type": ["string", "number"], **least, "pattern": f"^(?:{_DURATION}{'|none' if none else ''})$"}


def _word(words: tuple[str, ...]) -> Schema:
    return {"enum": list(words)}


def _list(read_one: Reader, least: int) -> Schema:
    return {"type": "array", "items": accepted(read_one), **({"minItems": least} if least else {})}


def _one_or_many(read_one: Reader) -> Schema:
    one = accepted(read_one)
    return {"anyOf": [one, {"type": "array", "items": one}]}


_BUILT: Final[Mapping[Callable[..., Any], Callable[..., Schema]]] = {
    readers.read_whole: _whole,
    readers.read_duration: _duration,
    readers.read_word: _word,
    readers.read_list: _list,
    readers.read_one_or_many: _one_or_many,
}


def accepted(reader: Reader) -> Schema:
    """What a reader accepts. Raises KeyError for one that nobody has described here."""
    if isinstance(reader, partial):
        return _BUILT[reader.func](*reader.args)
    return dict(_PLAIN[reader])


#: Keys whose values are read by more than a reader.
_TABLES_BELOW: Final[Mapping[str, Schema]] = {
    "params": {
        "type": "object",
        "propertyNames": {"pattern": _whole_text(IDENTIFIER)},
        "additionalProperties": {"$ref": "#/$defs/param"},
    },
    "schedule": {
        "anyOf": [{"$ref": "#/$defs/schedule"}, {"type": "array", "items": {"$ref": "#/$defs/schedule"}}],
    },
    "with": {"type": "object"},
}


def table(of: Mapping[str, Key]) -> Schema:
    """A table with these keys and no others."""
    return {
        "type": "object",
        "properties": {name: _property(key) for name, key in of.items()},
        "additionalProperties": False,
    }


def _property(key: Key) -> Schema:
    if key.name in _TABLES_BELOW and key.read is readers.anything:
        value = dict(_TABLES_BELOW[key.name])
    else:
        value = table(key.read) if isinstance(key.read, Mapping) else accepted(key.read)
    words = [key.meaning, f"default: {key.default}" if key.default else ""]
    return {"description": "; ".join(filter(None, words)), **value}


def _named(what: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": what}


def tasks_schema() -> Schema:
    """The schema of a whole tasks.toml."""
    kinds = ("run", "exec", "call")
    pairs = [list(pair) for pair in (kinds[:2], kinds[1:], kinds[::2])]
    return {
        "$schema": DRAFT,
        "title": "tasks.toml of qctl",
        "type": "object",
        "properties": {
            "qctl": table(keys.QCTL),
            "routes": {"type": "object", "additionalProperties": accepted(readers.name)},
            "queues": _named(table(keys.QUEUE)),
            "defaults": {"$ref": "#/$defs/task"},
            "tasks": _named({"$ref": "#/$defs/task", "not": {"anyOf": [{"required": pair} for pair in pairs]}}),
            "workflows": _named({**table(keys.WORKFLOW), "required": ["pipeline"]}),
            "notify": _named({**table(keys.NOTIFY), "required": ["command"]}),
        },
        "additionalProperties": False,
        "$defs": {
            "task": table(keys.TASK),
            "param": table(keys.PARAM),
            "schedule": {"anyOf": [{"type": "string"}, table(keys.SCHEDULE)]},
        },
    }
