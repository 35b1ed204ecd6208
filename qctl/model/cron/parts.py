"""Reading one field: its parts between commas, each a value, range, step, hashed value or special day."""

from __future__ import annotations

import re

from qctl.classes import dataclass
from qctl.hashes import sha256
from qctl.model.cron.errors import CronError
from qctl.model.cron.fields import DAY, WEEKDAY, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from qctl.model.cron.fields import Field

_HASHED: Final = re.compile(r"H(?:\(([^()-]*)-([^()-]*)\))?", re.I)
_RANGE: Final = re.compile(r"([^-~]+)-([^-~]+)")
_RANDOM: Final = re.compile(r"([^-~]*)~([^-~]*)")


@dataclass(frozen=True, slots=True)
class Special:
    """A day that no number names. Exactly one of the four is meant."""

    last: bool = False  #: `L`: the last day of the month
    last_workday: bool = False  #: `LW`: the last of Monday to Friday
    nearest: int = 0  #: `15W`: the day of Monday to Friday that is nearest to the 15th
    weekday: int = 0  #: of the two below
    nth: int = 0  #: `MON#2`: the second Monday
    final: bool = False  #: `5L`: the last Friday


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one field says."""

    text: str  #: as written
    shown: str  #: with H and ~ resolved
    values: frozenset[int]
    specials: tuple[Special, ...] = ()

    @property
    def starred(self) -> bool:
        """Whether it begins with `*`: all that cron looks at when it asks whether a field is restricted."""
        return self.text.startswith("*")


@dataclass(frozen=True, slots=True)
class _Part:
    shown: str
    values: Iterable[int] = ()
    special: Special | None = None


def read_field(field: Field, text: str, seed: str) -> Pattern:
    """Read a field. `seed` decides what H and ~ become. Raises CronError."""
    parts = [_read_part(field, part, text, seed) for part in text.split(",")]
    return Pattern(
        text=text,
        shown=",".join(part.shown for part in parts),
        values=frozenset(field.place(value) for part in parts for value in part.values),
        specials=tuple(part.special for part in parts if part.special),
    )


def _read_part(field: Field, part: str, text: str, seed: str) -> _Part:
    if not part:
        raise CronError(f"{field.name} `{text}` has nothing before or after a comma", meant=text)
    if (special := _special(field, part)) is not None:
        return _Part(part, special=special)
    base, slash, step_text = part.partition("/")
    step = _step(field, part, step_text) if slash else 0
    if base == "*":
        return _Part(part, range(field.low, field.low + field.size, step or 1))
    if hashed := _hashed(field, base, step, seed):
        return hashed
    if found := _RANGE.fullmatch(base):
        return _Part(part, _range(field, part, found[1], found[2], step))
    value = field.read(base)
    return _Part(part, range(value, field.high + 1, step) if slash else (value,))


def _special(field: Field, part: str) -> Special | None:
    if field is DAY:
        return _special_day(field, part)
    if field is not WEEKDAY:
        return None
    name, sharp, nth = part.partition("#")
    if sharp:
        weekday = field.place(field.read(name))
        if nth not in ("1", "2", "3", "4", "5"):
            note = "`MON#5` is the fifth Monday of a month"
            raise CronError(f"`{part}`: a weekday comes five times in a month at most", note=note, meant=part)
        return Special(weekday=weekday, nth=int(nth))
    if part.upper() == "L":
        raise CronError("day of week `L` cannot be read", note="`5L` is the last Friday of a month", meant=part)
    if part[-1] in "Ll":
        return Special(weekday=field.place(field.read(part[:-1])), final=True)
    return None


def _special_day(field: Field, part: str) -> Special | None:
    if part.upper() in ("L", "LW"):
        return Special(last=part.upper() == "L", last_workday=part.upper() == "LW")
    if part[-1] in "Ww":
        return Special(nearest=field.read(part[:-1]))
    return None


def _step(field: Field, part: str, text: str) -> int:
    if not is_number(text):
        raise CronError(f"{field.name} `{part}` has no number after the slash", meant=part)
    step = int(text)
    if step == 0:
        raise CronError(f"{field.name} `{part}` has a step of 0", meant=part)
    if step > field.size:
        unit = {"second": "s", "minute": "m", "hour": "h"}.get(field.name)
        note = f"every {text} {field.name}s is `every {text}{unit}`" if unit and len(text) < 9 else ""
        what = f"{field.name} `{part}` has a step larger than the field, which has {field.size} values"
        raise CronError(what, note=note, meant=part)
    return step


def _range(field: Field, part: str, first: str, last: str, step: int) -> Iterable[int]:
    """The values of a range; of `a-a/n` just `a`. One that runs backwards is refused: cron would never fire it."""
    low, high = field.read(first), field.read(last)
    if low > high:
        note = f"write `{_split(field, first, last, step)}`"
        raise CronError(f"{field.name} `{part}` runs backwards", note=note, meant=part)
    return range(low, high + 1, step or 1)


def _split(field: Field, first: str, last: str, step: int) -> str:
    """A backward range as cron reads it: up to the end of the field, and from its beginning on."""
    low, high = field.place(field.read(first)), field.read(last)
    if low <= high:
        return f"{field.spell(low, first)}-{last}"
    end = field.low + field.size - 1
    if step:
        around = [*range(low, end + 1), *range(field.low, high + 1)]
        return ",".join(field.spell(value, first) for value in around[::step])
    halves = [(low, end, first), (field.low, high, last)]
    return ",".join(
        field.spell(a, like) if a == b else f"{field.spell(a, like)}-{field.spell(b, like)}" for a, b, like in halves
    )


def _hashed(field: Field, base: str, step: int, seed: str) -> _Part | None:
    """`H`, `H(0-29)`, `~` and `0~30`: a value of the range that the seed chooses, or a step that begins at one."""
    found = _HASHED.fullmatch(base) or _RANDOM.fullmatch(base)
    if found is None:
        return None
    greatest = field.hash_high or field.high
    low = field.read(found[1]) if found[1] else field.low
    high = field.read(found[2]) if found[2] else field.high if step else greatest
    if low > high:
        raise CronError(f"{field.name} `{base}` runs backwards", note="the smaller one comes first", meant=base)
    size = high - low + 1
    chosen = low + _hash(seed, field) % min(size, step or size)
    if step and chosen + step <= high:
        return _Part(f"{chosen}-{high}/{step}", range(chosen, high + 1, step))
    return _Part(str(chosen), (chosen,))


def _hash(seed: str, field: Field) -> int:
    """A number that is the same wherever and whenever it is asked for, and differs from field to field."""
    digest = sha256(f"{seed}\0{field.name}".encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8])
