"""Keys of a schedule as they are typed: `--set jitter=5m`, `--with keep=14`, an expression, a date."""

from __future__ import annotations

from qctl.cli.requesting import read_file
from qctl.cli.scheduling import quoting
from qctl.config.keys import SCHEDULE
from qctl.errors import UsageError
from qctl.model.params import from_words
from qctl.model.suggest import did_you_mean
from qctl.model.when import future

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo
    from typing import Any, Final

    from qctl.model.local_time import Moment
    from qctl.model.task import Task

_WITH: Final = "with."
_WHEN: Final = ("cron", "every", "at")
_TRUTHS: Final = {"true": True, "false": False}


def expression(words: Sequence[str]) -> dict[str, str]:
    """`cron` or `every`, of the words that say when. Raises UsageError."""
    text = " ".join(words).strip()
    if len(words) > 1 and not text.startswith(("every ", "@every ")):
        raise UsageError(f"the expression is one word: '{text}'", help=quoting.ADVICE)
    if not text:
        raise UsageError("the expression is empty", help="qctl schedule add TASK '30 2 * * *'")
    first, _, rest = text.partition(" ")
    if first not in ("every", "@every") and (advice := quoting.advice(text)):
        raise UsageError(f"'{text}' is no expression", help=advice)
    return {"every": rest.strip()} if first in ("every", "@every") and rest else {"cron": text}


def date(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, Moment]:
    """The instant of a date to come, as TOML writes it, and the same to be echoed. Raises UsageError."""
    moment = future(text, now, zone)
    return moment.at.replace(microsecond=0), moment


def parameters(words: Sequence[str] | None, task: Task, folder: str) -> dict[str, Any]:
    """Parameters of a task for `with`. Raises UsageError."""
    found = from_words(words or (), task, read_file, folder)
    for name, value in found.items():
        if value is None:
            raise UsageError(f"--with {name}: TOML has no null", help=f"leave {name} out")
    return found


def changes(words: Sequence[str], task: Task, folder: str, old: Mapping[str, Any]) -> dict[str, Any]:
    """What `--set key=value` says, typed; a key without a value is to go. Raises UsageError."""
    found: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key:
            raise UsageError(f"--set is key=value, not `{word}`", help="--set jitter=5m; --set jitter= takes it away")
        if key in found and not key.startswith(_WITH):
            raise UsageError(f"--set {key} is given twice")
        if key.startswith(_WITH):
            found["with"] = _with(key.removeprefix(_WITH), text, task, folder, found.get("with", old.get("with")))
        elif key not in SCHEDULE or key == "with":
            known = [*(name for name in SCHEDULE if name != "with"), "with.NAME"]
            raise UsageError(f"--set {key}: no such key{did_you_mean(key, known)}", help=f"keys: {', '.join(known)}")
        elif key in _WHEN and not text:
            raise UsageError(
                f"--set {key}= would leave nothing that says when it is due",
                help="--set every=90m puts another in its place; qctl schedule rm NAME takes the schedule away",
            )
        else:
            found[key] = _value(key, text)
    return found


def _with(name: str, text: str, task: Task, folder: str, old: Any) -> dict[str, Any] | None:
    """All parameters of `with`, one of them new, or gone; None if there is none left."""
    kept = {key: value for key, value in dict(old or {}).items() if key != name}
    return (kept | parameters([f"{name}={text}"], task, folder) if text else kept) or None


def _value(key: str, text: str) -> Any:
    if not text:
        return None
    if key == "enabled":
        if text not in _TRUTHS:
            raise UsageError(f"--set enabled is true or false, not `{text}`")
        return _TRUTHS[text]
    return [each.strip() for each in text.split(",")] if key == "blackout" else text
