"""The forms of a call's options: what each has to be, told at the call by who gave another, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping

from qctl.classes import dataclass
from qctl.errors import UsageError
from qctl.model.names import is_name
from qctl.model.units import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from qctl.config.options import Options


@dataclass(frozen=True, slots=True)
class _Form:
    fits: Callable[[Any], bool]
    words: str  #: what it is, for people


def check_forms(options: Options) -> None:
    """Refuse an option of another form than its own, and a value that no job can be asked for with.

    Raises UsageError, which names the option and says what it is.
    """
    for name, form in _FORMS.items():
        value = getattr(options, name)
        if value is not None and not form.fits(value):
            raise UsageError(f"{name} is {form.words}, not {value!r:.80}")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _name(value: Any) -> bool:
    return isinstance(value, str) and is_name(value)


def _seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_text, value))


def _names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_name, value))


def _texts_by_name(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_text, value)) and all(map(_text, value.values()))


_NAME: Final = "letters, digits, `.`, `_` and `-`, no `-` first, at most 128"
_TIME: Final = _Form(_seconds, "a number of seconds from 0 to 100 years")
_FORMS: Final[Mapping[str, _Form]] = {
    "queue": _Form(_name, f"the name of a queue, {_NAME}"),
    "key": _Form(_name, f"a name, {_NAME}"),
    "id": _Form(_name, f"the id of a job, {_NAME}"),
    "host": _Form(_name, f"the name of a host, {_NAME}"),
    "priority": _Form(lambda value: _whole(value) and 0 <= value <= 9, "a whole number from 0 to 9, 9 first"),
    "retries": _Form(lambda value: _whole(value) and value >= 0, "a whole number, 0 or more"),
    "countdown": _TIME,
    "expires": _TIME,
    "eta_ms": _Form(_whole, "a whole number of milliseconds since the epoch"),
    "env": _Form(lambda value: isinstance(value, Mapping), 'a mapping of texts, such as {"LEVEL": "debug"}'),
    "labels": _Form(_texts_by_name, 'a mapping of texts, such as {"customer": "42"}'),
    "tags": _Form(_texts, 'a list of texts, such as ["nightly"]'),
    "after": _Form(_names, f"a list of ids of jobs, each {_NAME}"),
    "stdin": _Form(lambda value: isinstance(value, bytes), "bytes"),
}
