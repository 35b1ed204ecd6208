"""When a crontab line ran, said so that qctl means the same by it.

The text stays as it stands wherever both read it alike. Cron also accepts what it then reads in its own way, or never
runs at all (E8, E11, E13, E16); such a line gets another text, or none, and a note that says so.
"""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.crontab.fields import DAYS, KINDS, BadField, Field, Part, read_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.crontab.fields import Kind

NICKNAMES: Final = ("reboot", "yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly")
NEVER: Final = "cron accepted this and never ran it: no such day ever comes"
_LONGEST: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  #: days of each month, in a leap year


@dataclass(frozen=True, slots=True)
class Timing:
    """What is to be written into `schedule`; `cron` is None where it can never come true."""

    cron: str | None
    notes: tuple[str, ...] = ()
    never: bool = False  #: cron accepted the line and never ran it, as the last note says


def read_fields(words: Sequence[str], *, tilde: bool = False) -> list[Field]:
    """Read as many of the five fields as there are. Raises BadField, which says of which of them."""
    fields = []
    for place, (kind, word) in enumerate(zip(KINDS, words, strict=False)):
        try:
            fields.append(_read(kind, word, tilde))
        except BadField as bad:
            bad.field = place
            raise
    return fields


def read_timing(words: Sequence[str], *, tilde: bool = False) -> Timing:
    """Translate five fields as cron read them; `tilde`: this cron knows `0~30`. Raises BadField."""
    fields = read_fields(words, tilde=tilde)
    notes = [_passed_over(field) for field in fields if field.rest and not _is_random(field, tilde)]
    if _fires(fields):
        return Timing(" ".join(_texts(fields, notes)), tuple(notes))
    mended = [_wrapped(field) for field in fields]
    if mended == fields or not _fires(mended):
        return Timing(None, (*notes, NEVER), never=True)
    said = ", ".join(f"`{old.text}`" for old, new in zip(fields, mended, strict=True) if old != new)
    cron = " ".join(_texts(mended, notes))
    notes.append(f"cron accepted {said} and never ran this line; it was meant to be `{cron}`")
    return Timing(cron, tuple(notes), never=True)


def _read(kind: Kind, word: str, tilde: bool) -> Field:
    if tilde and "~" in word:
        low, _, high = word.partition("~")
        for each in filter(None, (low, high)):
            read_field(kind, each)
        return Field(kind, word, (Part(word, kind.low, kind.high),), "~")
    return read_field(kind, word)


def _is_random(field: Field, tilde: bool) -> bool:
    return tilde and field.rest == "~"


def _passed_over(field: Field) -> str:
    kept = field.text.removesuffix(field.rest)
    return f"cron passes over `{field.rest}` in the {field.kind.name}, and reads `{kept}`"


def _fires(fields: Sequence[Field]) -> bool:
    """Whether a day ever comes on which cron runs it."""
    minute, hour, dom, month, dow = fields
    if not (minute.values and hour.values):
        return False
    either = not (dom.star or dow.star)
    for each in month.values:
        by_date = any(day <= _LONGEST[each - 1] for day in dom.values)
        if (by_date or dow.values) if either else (by_date and dow.values):
            return True
    return False


def _texts(fields: Sequence[Field], notes: list[str]) -> list[str]:
    """The five texts. A day field that names nothing leaves the other one in force, as if it were not there."""
    texts = []
    for field in fields:
        if field.values:
            texts.append(_text(field, notes))
        else:
            texts.append("*")
            notes.append(f"`{field.text}` named no {field.kind.name}: the other day field alone held")
    return texts


def _text(field: Field, notes: list[str]) -> str:
    if field.rest == "~":
        return field.text
    parts = []
    for part in field.parts:
        if part.backward:
            notes.append(f"`{part.text}` named no {field.kind.name}, as every range that runs backwards")
        else:
            parts.append(_part_text(field.kind, part, notes))
    return ",".join(parts)


def _part_text(kind: Kind, part: Part, notes: list[str]) -> str:
    size = _size(kind)
    if part.step <= size:
        return part.text
    notes.append(f"`{part.text}` is {kind.name} {part.low} alone: the step is larger than the field")
    return f"*/{size}" if part.star else str(part.low)  # the same value, and the field still begins with `*`


def _size(kind: Kind) -> int:
    return 7 if kind.names is DAYS else kind.high - kind.low + 1


def _wrapped(field: Field) -> Field:
    """The field with its backward ranges as they were meant: over midnight, over the weekend, over New Year."""
    if not any(part.backward for part in field.parts):
        return field
    parts = [each for part in field.parts for each in (_halves(field.kind, part) if part.backward else [part])]
    return Field(field.kind, ",".join(part.text for part in parts), tuple(parts), field.rest)


def _halves(kind: Kind, part: Part) -> list[Part]:
    named = any(letter.isalpha() for letter in part.text)
    size = _size(kind)
    last = kind.low + size - 1
    if part.low > last:  # 7 is Sunday too, which is 0
        return [_range(kind, kind.low, part.high, named)]
    if part.step > 1:
        values = range(part.low, part.high + size + 1, part.step)
        return [_range(kind, (value - kind.low) % size + kind.low, None, named) for value in values]
    return [_range(kind, part.low, last, named), _range(kind, kind.low, part.high, named)]


def _range(kind: Kind, low: int, high: int | None, named: bool) -> Part:
    def word(value: int) -> str:
        return kind.names[value - kind.low] if named else str(value)

    if high is None or low == high:
        return Part(word(low), low, low)
    return Part(f"{word(low)}-{word(high)}", low, high)
