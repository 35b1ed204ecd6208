"""What may stand on the command lines of the hot commands: as their declarations say it, which a test compares."""

from __future__ import annotations

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

#: Kinds of options: one that is there or not, one with a value, one that may be repeated, one with a whole number.
YES, TEXT, TEXTS, NUMBER = "yes", "text", "texts", "number"
#: Kinds of arguments: what takes one word, or all that are left; which has to be there, or may be.
ONE, MAY_BE_ONE, SOME, ANY = "one", "may be one", "some", "any"
NEEDED: Final = (ONE, SOME)
SEVERAL: Final = (SOME, ANY)


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command."""

    parameter: str
    kind: str
    names: tuple[str, ...]
    default: object = None
    least: int = 0  #: of a number


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one command."""

    arguments: tuple[tuple[str, str], ...] = ()  #: each with its kind
    options: tuple[Option, ...] = ()


def _yes(parameter: str, *names: str) -> Option:
    return Option(parameter, YES, names, default=False)


def _text(parameter: str, *names: str, default: str | None = None) -> Option:
    return Option(parameter, TEXT, names, default)


_RUN: Final = (
    _yes("wait", "--wait", "-w"),
    _yes("follow", "--follow", "-f"),
    _text("timeout", "--timeout"),
    _yes("graph", "--graph"),
    _yes("local", "--local"),
    _yes("as_scheduled", "--as-scheduled"),
    _text("schedule", "--schedule"),
    _text("queue", "--queue", "-Q"),
    _text("priority", "--priority", "-p"),
    _text("countdown", "--in", "--countdown"),
    _text("eta", "--at", "--eta"),
    Option("after", TEXTS, ("--after",)),
    _text("expires", "--expires"),
    Option("retries", NUMBER, ("--retries",)),
    _text("key", "--key"),
    _text("if_exists", "--if-exists"),
    _text("host", "--host"),
    Option("variables", TEXTS, ("--env",)),
    Option("labels", TEXTS, ("--label",)),
    _text("stdin", "--input"),
    _text("each", "--each"),
    _yes("null", "--null", "-0"),
    _text("policy", "--policy"),
    _text("sh", "--sh"),
)
_PS: Final = (
    _yes("every_", "--all", "-a"),
    _text("state", "--state"),
    _text("queue", "--queue", "-Q"),
    _text("task", "--task"),
    _yes("tree", "--tree", "-t"),
    Option("limit", NUMBER, ("--limit", "-n"), default=100, least=1),
    _yes("watched", "--watch", "-w"),
)
_WAIT: Final = (
    _yes("any_one", "--any"),
    _text("state", "--for", default="ended"),
    _text("timeout", "--timeout"),
)

HOT: Final[Mapping[str, Words]] = {
    "run": Words((("task", MAY_BE_ONE), ("params", ANY)), _RUN),
    "wait": Words((("jobs", SOME),), _WAIT),
    "progress": Words((("done", ONE), ("text", ANY))),
    "ps": Words((("query", ANY),), _PS),
    "status": Words(),
}
