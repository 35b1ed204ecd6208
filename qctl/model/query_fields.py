"""The fields of a query: what each takes, and how its value is checked."""

from __future__ import annotations

from qctl.errors import UsageError
from qctl.later import later
from qctl.model.state import Outcome, Reason, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, tzinfo
    from typing import Final

    from qctl.model.suggest import did_you_mean
    from qctl.model.units import parse_duration
    from qctl.model.when import since
else:
    did_you_mean = later("qctl.model.suggest", "did_you_mean")
    parse_duration = later("qctl.model.units", "parse_duration")
    since = later("qctl.model.when", "since")

ACTIVE: Final = "active"  #: in place of a state: not ended
HELD: Final = "held"  #: what listings say of a queued job that a limit or a pause holds back: no state of its own
STANDINGS: Final = (ACTIVE, *State, *Outcome)
COMPARED: Final = ("age", "run", "wait")  #: fields that are durations, compared with a sign

_NAME: Final = "a name; * stands for any text"
#: field -> what it takes, in one line
FIELDS: Final[Mapping[str, str]] = {
    "state": " ".join(STANDINGS),
    "task": _NAME,
    "queue": _NAME,
    "worker": _NAME,
    "by": "a user, or user@host; * stands for any text",
    "label": "name=value, or a name; * stands for any text",
    "schedule": "the schedule that started it; * stands for any text",
    "tag": _NAME,
    "exit": "an exit code, as in exit:22",
    "error": "text in the error of the last attempt; case means nothing, * stands for any text",
    "reason": " ".join(Reason),
    "id": "an id or its first characters",
    "workflow": "the id of a workflow or its first characters: its jobs",
    "since": "a date or how long ago, as in since:24h (qctl help dates)",
    "until": "a date or how long ago, as in until:yesterday (qctl help dates)",
    "age": "how long ago it was asked for, as in age>10m; also < >= <=",
    "run": "how long the attempt runs or ran, as in run>1h; also < >= <=",
    "wait": "how long it waited to be started, as in wait>5s; also < >= <=",
}


def written(name: str) -> str:
    """A field's name with its sign: `state:`, `age>`."""
    return f"{name}>" if name in COMPARED else f"{name}:"


def usage(name: str) -> str:
    """`exit: takes an exit code, as in exit:22`."""
    return f"{written(name)} takes {FIELDS[name]}"


class Unfit(Exception):
    """Why a value does not fit its field. Becomes a BadQuery."""


def checked(name: str, value: str, now: datetime, zone: tzinfo) -> None:
    """Say nothing of a value that fits its field. Raises Unfit."""
    if not value:
        raise Unfit(f"`{name}` says nothing")
    if name == "state":
        check_state(value)
    elif name == "reason":
        _one_of(name, value, list(Reason))
    elif name == "exit" and not (value.isascii() and value.isdecimal() and int(value[:4]) <= 255):
        raise Unfit(f"`{value}` is no exit code")
    elif name in ("since", "until"):
        try:
            since(value, now, zone)
        except UsageError as error:
            raise Unfit(str(error)) from None
    elif name in COMPARED:
        try:
            parse_duration(value)
        except ValueError as error:
            raise Unfit(str(error)) from None


def check_state(value: str) -> None:
    """Say nothing of a state, an outcome or `active`. Raises Unfit, also of what listings call otherwise."""
    if value == HELD:
        raise Unfit("a held job is `queued`; `qctl show ID` and `qctl queue show QUEUE` say what holds it")
    _one_of("state", value, STANDINGS)


def _one_of(name: str, value: str, known: Iterable[str]) -> None:
    words = list(known)
    if value not in words:
        raise Unfit(f"there is no {name} `{value}`{did_you_mean(value, words)}")
