"""One field of a crontab line, read as cron reads it: the values it names, and what it silently passes over."""

from __future__ import annotations

import re

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """Which of the five fields, and what may stand in it."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
KINDS: Final = (
    Kind("minute", 0, 59),
    Kind("hour", 0, 23),
    Kind("day of month", 1, 31),
    Kind("month", 1, 12, MONTHS),
    Kind("day of week", 0, 7, DAYS),
)
_WORD: Final = re.compile(r"[A-Za-z0-9]*")


class BadField(ValueError):
    """Cron refuses a field. `at` is the place in its text, `meant` the piece of it, `field` which of the five it is."""

    field = 0

    def __init__(self, message: str, at: int, meant: str, note: str = "") -> None:
        super().__init__(message)
        self.message, self.at, self.meant, self.note = message, at, meant, note


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a list: `4`, `1-5`, `*/2`."""

    text: str
    low: int
    high: int
    step: int = 1
    star: bool = False

    @property
    def values(self) -> range:
        return range(self.low, self.high + 1, self.step)

    @property
    def backward(self) -> bool:
        """`22-2`: cron accepts it, and it names nothing (E13)."""
        return self.low > self.high


@dataclass(frozen=True, slots=True)
class Field:
    """A field that cron accepts."""

    kind: Kind
    text: str
    parts: tuple[Part, ...]
    rest: str = ""  #: what stands behind it and is passed over

    @property
    def star(self) -> bool:
        """Whether it begins with `*`: of the whole text only this letter counts."""
        return self.text.startswith("*")

    @property
    def values(self) -> frozenset[int]:
        """What it names; Sunday is 0."""
        found = {value for part in self.parts for value in part.values}
        return frozenset(value % 7 for value in found) if self.kind.names is DAYS else frozenset(found)


def read_field(kind: Kind, text: str) -> Field:
    """Read a field as cron's entry.c does. Raises BadField where it says `bad minute`, `bad hour` and so on."""
    parts: list[Part] = []
    at = 0
    while True:
        part, at = _part(kind, text, at)
        parts.append(part)
        if text[at : at + 1] != ",":
            return Field(kind, text, tuple(parts), text[at:])
        at += 1


def _part(kind: Kind, text: str, start: int) -> tuple[Part, int]:
    star = text[start : start + 1] == "*"
    if star:
        low, high, at = kind.low, kind.high, start + 1
    else:
        low, at = _number(kind, text, start, kind.names)
        after = text[at : at + 1]
        if after == "/":
            meant = re.match(r"\w*/\w*", text[start:])
            note = f"write `{low}-{kind.high}{text[at:]}`, which is what other programs read"
            raise BadField(f"bad {kind.name}: a step needs a range or `*`", start, meant[0] if meant else "/", note)
        if after != "-":
            return Part(text[start:at], low, low), at
        high, at = _number(kind, text, at + 1, kind.names)
    step = 1
    if text[at : at + 1] == "/":
        step_at = at + 1
        step, at = _number(None, text, step_at)
        if step == 0:
            raise BadField(f"bad {kind.name}: a step of 0", step_at, text[step_at:at])
    return Part(text[start:at], low, high, step, star), at


def _number(kind: Kind | None, text: str, at: int, names: tuple[str, ...] = ()) -> tuple[int, int]:
    """A number or name, and where it ends; of a step, for which `kind` is None, any number."""
    word = _WORD.match(text, at)
    said = word[0] if word else ""
    end, what = at + len(said), f"bad {kind.name}" if kind else "bad step"
    if not said:
        meant = text[at : at + 1]
        raise BadField(f"{what}: `{meant}` is no number" if meant else f"{what}: a number is missing", at, meant)
    if said.isdigit():
        value = int(said[:9])
    elif said.lower() in names:
        value = names.index(said.lower()) + (kind.low if kind else 0)
    else:
        short = said[:3].lower()
        note = f"cron knows the first three letters alone: {short}" if short in names else ""
        raise BadField(f"{what}: `{said}` is no number{' or name' if names else ''}", at, said, note)
    if kind and not kind.low <= value <= kind.high:
        raise BadField(f"{what}: {said} is out of range {kind.low}-{kind.high}", at, said)
    return value, end
