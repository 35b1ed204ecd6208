"""The options of `@task`: Celery's names and qctl's become the keys of `[tasks.NAME]`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from qctl.config.keys import TASK
from qctl.current import SoftTimeLimitExceeded
from qctl.model.suggest import did_you_mean

#: What only a declaration in tasks.toml says, and why.
_NOT_HERE: Final[Mapping[str, str]] = {
    "schedule": "schedules stand in tasks.toml, where a beat reads them without importing code: "
    '[tasks.NAME] with call = "{call}" and schedule = "0 3 * * *"',
    **dict.fromkeys(("run", "exec", "shell", "call"), "what runs is the decorated function"),
    **dict.fromkeys(("serializer", "compression"), "JSON is all that travels"),
    **dict.fromkeys(("track_started", "send_events", "store_errors_even_if_ignored"), "that is always so"),
    "reject_on_worker_lost": "`redeliver` says whether a job whose worker died is run again; `max_crashes` how often",
    "throws": "every failure is recorded; `no_retry_on` names those that are final",
    "base": "a task is a function; `bind=True` gives it the task as `self`",
    **dict.fromkeys(("routing_key", "exchange"), "`queue` names the queue"),
}
_SAME: Final[Mapping[str, str]] = {
    "max_retries": "retries",
    "retry_backoff": "backoff",
    "default_retry_delay": "backoff",
    "retry_backoff_max": "backoff_max",
    "retry_jitter": "jitter",
    "autoretry_for": "retry_on",
    "dont_autoretry_for": "no_retry_on",
    "time_limit": "timeout",
    "soft_time_limit": "soft_timeout",
    "ignore_result": "result",
    "acks_late": "redeliver",
}
USUAL_RETRIES: Final = 3  #: Celery's, of a task that says when it is tried again, and not how often
_SPEAK_OF_RETRIES: Final = ("retry_on", "backoff")
_OF_RETRY: Final = ("max_retries", "countdown")  #: what `retry_kwargs` may hold
#: Options whose None Celery has for what is not said.
_NONE_IS_UNSAID: Final = frozenset(
    {"queue", "rate_limit", "soft_time_limit", "time_limit", "ignore_result", "acks_late", "priority", "expires"}
    | {"autoretry_for", "dont_autoretry_for", "default_retry_delay", "retry_backoff", "retry_backoff_max"}
)
_FAILURES: Final = ("retry_on", "no_retry_on")
KEYS: Final = frozenset(TASK) - {"run", "exec", "call", "shell", "schedule"}


def keys_of(options: Mapping[str, Any], call: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a task's keys, and by key the option that said it.

    Raises TypeError for an option that there is not, and for one thing said under two names.
    """
    values: dict[str, Any] = {}
    said: dict[str, str] = {}
    for option, given in _unpacked(options).items():
        if given is None and option in _NONE_IS_UNSAID:
            continue
        key = _SAME.get(option, option)
        if key not in KEYS:
            raise TypeError(_unknown(option, call))
        if key in said:
            raise TypeError(f"`{said[key]}` and `{option}` are one thing: give one of them")
        said[key], values[key] = option, _value(option, key, given)
    if fixed := [option for option in ("default_retry_delay",) if option in said.values()]:
        values = {"backoff_max": values["backoff"], "jitter": False} | values
        said |= {"backoff_max": fixed[0]} if "backoff_max" not in said else {}
    if "retries" not in values and not values.keys().isdisjoint(_SPEAK_OF_RETRIES):
        values["retries"] = USUAL_RETRIES
    return values, said


def _unpacked(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with `retry_kwargs` taken apart. Its `countdown` is the same wait before every retry."""
    said = {name: value for name, value in options.items() if name != "retry_kwargs"}
    inner = dict(options.get("retry_kwargs") or {})
    if strange := inner.keys() - set(_OF_RETRY):
        raise TypeError(f"`retry_kwargs` holds {' and '.join(_OF_RETRY)}, not {', '.join(sorted(strange))}")
    if "countdown" in inner:
        inner["default_retry_delay"] = inner.pop("countdown")
    if twice := inner.keys() & said.keys():
        raise TypeError(f"`retry_kwargs` and `{min(twice)}` are one thing: give one of them")
    return said | inner


def _unknown(option: str, call: str) -> str:
    if option in _NOT_HERE:
        return f"`{option}` is no option of @task: {_NOT_HERE[option].format(call=call)}"
    return f"`{option}` is no option of @task{did_you_mean(option, (*KEYS, *_SAME))}"


def _value(option: str, key: str, given: Any) -> Any:
    """A Python value as tasks.toml would write it."""
    if key in _FAILURES:
        return [_failure(each) for each in (given if isinstance(given, list | tuple | set | frozenset) else [given])]
    if option in _BY_OPTION:
        return _BY_OPTION[option](given)
    return in_toml(given)


def in_toml(value: Any) -> Any:
    """A value of Python's as JSON has it: tuples are lists, times seconds, paths texts."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [in_toml(each) for each in value]
    if isinstance(value, Mapping):
        return {name: in_toml(each) for name, each in value.items()}
    return value


def _failure(said: Any) -> Any:
    """A class of exceptions under the name by which a failure is known; a text is one already."""
    if not isinstance(said, type):
        return said
    if said is SoftTimeLimitExceeded:
        return "timeout"
    return said.__qualname__ if said.__module__ == "builtins" else f"{said.__module__}.{said.__qualname__}"


def _backoff(said: Any) -> Any:
    """Celery's True is one second, and its numbers are whole seconds; False is no wait."""
    return {True: 1, False: 0}[said] if isinstance(said, bool) else in_toml(said)


def _rate(said: Any) -> Any:
    """Celery's plain number counts per second."""
    whole = isinstance(said, int) and not isinstance(said, bool)
    return f"{said}/s" if whole or (isinstance(said, str) and said.isdecimal()) else said


def _result(ignored: Any) -> Any:
    return {True: "discard", False: "keep"}.get(ignored, ignored) if isinstance(ignored, bool) else ignored


_BY_OPTION: Final[Mapping[str, Callable[[Any], Any]]] = {
    "backoff": _backoff,
    "retry_backoff": _backoff,
    "rate_limit": _rate,
    "ignore_result": _result,
}
