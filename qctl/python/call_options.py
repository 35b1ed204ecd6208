"""The options of one call, in Celery's names and qctl's: which there are, and what they mean to a request.

Times may be dates: they are turned into what a request has when the call is made, not when it is written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from qctl.clock import now
from qctl.errors import UsageError
from qctl.model.names import is_name
from qctl.model.submission import IfExists
from qctl.model.suggest import did_you_mean

#: Options that a step of a composition may have of its own.
OF_A_STEP: Final = frozenset(
    {"queue", "priority", "countdown", "eta", "expires", "retries", "host", "env", "tags", "labels", "ignore_result"}
)
#: Those that the steps inherit which set none.
INHERITED: Final = frozenset({"queue", "priority", "retries", "expires", "host"})
#: Those that say when something starts.
STARTING: Final = frozenset({"countdown", "eta"})
#: Options of what is submitted as a whole.
OF_THE_WHOLE: Final = frozenset({"key", "if_exists", "after", "task_id", "instance"})
OPTIONS: Final = OF_A_STEP | OF_THE_WHOLE

#: What Celery's users may say there and qctl has no use for, and why.
_NOT_HERE: Final[Mapping[str, str]] = {
    "serializer": "JSON is the only one",
    "compression": "values are kept as they are",
    "routing_key": "a queue is named by `queue`",
    "exchange": "a queue is named by `queue`",
    "time_limit": "it is the task's, `@task(time_limit=…)`",
    "soft_time_limit": "it is the task's, `@task(soft_time_limit=…)`",
    "rate_limit": "it is the task's, `@task(rate_limit=…)`",
    "retry": "a submit is tried again within the timeout of `qctl.configure(timeout=…)`",
    "retry_policy": "a submit is tried again within the timeout of `qctl.configure(timeout=…)`",
    "connection": "the instance is named by `qctl.configure(…)`",
    "headers": "facts about a job go into `labels`",
}


def check_options(names: Iterable[str], allowed: frozenset[str] = OPTIONS, where: str = "apply_async()") -> None:
    """Refuse names that no call has. Raises TypeError with the reason, or with what may be meant."""
    for name in names:
        if name in allowed:
            continue
        if name in OPTIONS:
            raise TypeError(f"{where}: {name} belongs to what is submitted as a whole, not to a part of it")
        if name in _NOT_HERE:
            raise TypeError(f"{where} takes no {name}: {_NOT_HERE[name]}")
        raise TypeError(f"{where} takes no option {name}{did_you_mean(name, allowed)}")


def request_options(said: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """The options as fields of `config.requests.Options`. A date without a zone is in `zone`. Raises TypeError."""
    facts = {name: value for name, value in said.items() if value is not None and name != "ignore_result"}
    if "task_id" in facts:
        facts["id"] = _job_id(facts.pop("task_id"))
    if "eta" in facts:
        facts["eta_ms"] = _instant_ms(facts.pop("eta"), zone)
    if "expires" in facts:
        facts["expires"] = _seconds("expires", facts["expires"], zone)
    if "countdown" in facts:
        facts["countdown"] = _seconds("countdown", facts["countdown"], zone)
    if "if_exists" in facts:
        facts["if_exists"] = if_exists(facts["if_exists"])
    for name in ("after", "tags"):
        if name in facts:
            facts[name] = _texts(facts[name])
    return facts


def if_exists(said: Any) -> IfExists:
    """What becomes of a key that is held. Raises UsageError for another word."""
    try:
        return IfExists(said)
    except ValueError:
        raise UsageError(f"if_exists is {' or '.join(IfExists)}, not {said!r:.80}") from None


def _job_id(said: Any) -> str:
    if not isinstance(said, str) or not is_name(said):
        raise UsageError(
            f"task_id is a text of letters, digits, `.`, `_` and `-`, no `-` first, at most 128, not {said!r:.80}"
        )
    return said


def _texts(said: Any) -> tuple[str, ...]:
    """One text or several; the handle of a job stands for its id."""
    several = [said] if isinstance(said, str) or not isinstance(said, Iterable) else said
    return tuple(str(getattr(one, "id", one)) for one in several)


def _instant_ms(said: Any, zone: tzinfo) -> int:
    if isinstance(said, datetime):
        return round((said if said.tzinfo else said.replace(tzinfo=zone)).timestamp() * 1000)
    if isinstance(said, int | float) and not isinstance(said, bool):
        return round(said * 1000)
    raise TypeError(f"eta is a datetime, or seconds since the epoch, not {said!r:.80}")


def _seconds(name: str, said: Any, zone: tzinfo) -> float:
    if isinstance(said, timedelta):
        return said.total_seconds()
    if isinstance(said, datetime) and name == "expires":
        return _instant_ms(said, zone) / 1000 - now().timestamp()
    if isinstance(said, int | float) and not isinstance(said, bool):
        return float(said)
    also = ", a timedelta or a datetime" if name == "expires" else " or a timedelta"
    raise TypeError(f"{name} is a number of seconds{also}, not {said!r:.80}")
