"""What Redis says when it refuses, as errors of ours."""

from __future__ import annotations

from qctl.errors import ConfigError, NotPermitted, QctlError, RedisBusy, RedisUnreachable, TryAgain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_NOT_PERMITTED = ("NOAUTH", "WRONGPASS", "NOPERM", "DENIED")
_SIGN_IN = "export QCTL_REDIS=redis://:PASSWORD@HOST:PORT        or `redis` in tasks.toml: qctl config --origin"
_UNASKED = "ERR AUTH "  # credentials were sent to a server that has none
_IN_SCRIPT = "The user executing the script can't"  # of 6.2
_CODE_IN_SCRIPT = ": -"  #: what 6.2 puts before the error that ended a script
_PLACE_IN_SCRIPT = " script: "  #: and 7.0 and later after it: in which line of which script
_BUSY = ("BUSY", "LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN")
_STOPPED = ("MISCONF", "UNKILLABLE", "NOREPLICAS")
#: Somebody else has the data. A slot on its way (ASK) is not followed: its scripts would find half of the namespace
#: here and half there. All of them ask for the door key, which never exists, so that all of them wait until it is over.
_ELSEWHERE = ("MOVED", "ASK", "READONLY")


class RedisFull(TryAgain):
    """Redis at {url} has reached its maxmemory and takes nothing new"""

    help = "qctl doctor        shows how full it is, and what makes room; running jobs still finish"


class ConnectionBroken(RedisUnreachable):
    """the connection to Redis at {url} broke before the answer: {reason}"""

    heard: Sequence[Any] = ()  #: the answers to the first commands of the round trip, as far as they came


def in_doubt(error: RedisUnreachable) -> ConnectionBroken:
    """The same, once something of what belongs together was sent before."""
    facts = {name: fact for name, fact in error.facts.items() if name != "message"}
    return error if isinstance(error, ConnectionBroken) else ConnectionBroken("", **facts)


class NotUnderstood(ConnectionBroken):
    """Redis at {url} answers what makes no sense: {reason}"""

    help = "qctl doctor        somebody else may write to it, or it is no Redis"


class Elsewhere(RedisBusy):
    """Redis at {url} does not serve this namespace now: {message}"""


class WrongType(QctlError):
    """Redis at {url} answers: {message}"""


def is_of_its_own(error: QctlError) -> bool:
    """Say whether a call was refused for what stands where it leads: another call, of other jobs, may go well."""
    return type(error) in (QctlError, WrongType)


def refusal(text: str, url: str, key: str = "") -> QctlError:
    """Turn an error reply into the error that people and workers act on. `key` is the one that was asked for."""
    _, inside, said = text.partition(_CODE_IN_SCRIPT)
    said = (said if inside else text).partition(_PLACE_IN_SCRIPT)[0]
    word = said.partition(" ")[0]
    if "unauthenticated" in text or word == "NOAUTH":  # a long command of a stranger Redis does not even read
        return NotPermitted(f"Redis at {url} asks for a password", help=_SIGN_IN)
    if word == "READONLY":
        return Elsewhere(said, url=url, help="qctl doctor        names the server that it follows")
    if word in _ELSEWHERE:
        return Elsewhere(text, url=url)
    if word in _BUSY:
        return RedisBusy(url=url)
    if word == "OOM" or "OOM command not allowed" in text:
        return RedisFull(url=url)
    if word in _NOT_PERMITTED or "NOPERM" in text or _IN_SCRIPT in text or text.startswith(_UNASKED):
        return NotPermitted(f"Redis at {url} refuses: {text}", help=_SIGN_IN if word == "WRONGPASS" else "")
    if "WRONGTYPE Operation" in text:
        return _written_over(text, url, key)
    if "DB index" in text:
        return ConfigError(f"Redis at {url} has no such database: {text}")
    if word in _STOPPED or "max number of clients" in text:
        return TryAgain(f"Redis at {url} cannot serve now: {said}")
    return QctlError(f"Redis at {url} answers: {text}")


def _written_over(text: str, url: str, key: str) -> WrongType:
    """Somebody else has put something of another type under our name. Renamed, its content stays readable."""
    if not key:
        return WrongType(text, url=url, help="qctl doctor        names the key that somebody else has written over")
    way_out = f"redis-cli RENAME '{key}' '{key}.damaged'        on that server sets it aside; what goes on is made anew"
    return WrongType(f"{text}: {key}", url=url, help=way_out)


def is_unknown_script(text: str) -> bool:
    """Say whether the server has not seen this script: after a restart, a failover or SCRIPT FLUSH."""
    return text.startswith("NOSCRIPT")
