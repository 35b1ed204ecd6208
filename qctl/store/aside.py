"""What no verb would have left so: records that nobody could read, set aside as found, and jobs that stood nowhere."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.command import Command
from qctl.store.refusals import WrongType
from qctl.store.replies import pairs_of, same, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.store.store import Store

_MOST_FIELDS: Final = 100


@dataclass(frozen=True, slots=True)
class Aside:
    """A record that was set aside."""

    id: str
    left_ms: int  #: until it goes by itself
    holds: Mapping[str, bytes]  #: what stands in it, by field; of what is no hash under ``


def set_aside(store: Store, limit: int) -> tuple[int, dict[str, int]]:
    """How many there are, and up to `limit` of them, newest first: their ids, each with when it was set aside in ms."""
    return _newest(store, store.keys.aside, limit)


def repaired(store: Store, limit: int) -> tuple[int, dict[str, int]]:
    """How many jobs stood nowhere and were put back, and up to `limit` of them, newest first, each with when in ms."""
    return _newest(store, store.keys.repaired, limit)


def records_aside(store: Store, ids: Sequence[str]) -> list[Aside]:
    """The records of jobs, as far as they were set aside."""
    found: list[Aside] = []
    answers = iter(store.ask_all([command for job in ids for command in _asked_of(store.keys.broken(job))]))
    for job in ids:
        left, hashed, whole = (next(answers) for _ in range(3))
        if isinstance(left, int) and left != -2:
            found.append(Aside(job, left, _holds(hashed, whole)))
    return found


def _asked_of(broken: str) -> list[Command[Any]]:
    return [Command(("PTTL", broken), int), Command(("HGETALL", broken), pairs_of), Command(("GET", broken), same)]


def _newest(store: Store, key: str, limit: int) -> tuple[int, dict[str, int]]:
    number, newest = store.do_all(
        [Command(("ZCARD", key), int), Command(("ZRANGE", key, 0, limit - 1, "REV", "WITHSCORES"), pairs_of)]
    )
    return number, {text(job): int(float(at)) for job, at in newest}


def _holds(hashed: Any, whole: Any) -> dict[str, bytes]:
    """Of what is neither a hash nor a string nothing: no job was ever in it."""
    if not isinstance(hashed, WrongType):
        return {text(name): value for name, value in list(hashed)[:_MOST_FIELDS]}
    return {} if isinstance(whole, WrongType) else {"": whole or b""}
