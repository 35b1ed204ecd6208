"""The six fields of an expression: what numbers and names each takes, and how a value is spelled."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.cron.errors import CronError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_WEEKDAYS: Final = "sun mon tue wed thu fri sat"
_LONG: Final = (
    *("january", "february", "march", "april", "june", "july", "august", "september", "sept", "october"),
    *("november", "december", "sunday", "monday", "tuesday", "tues", "wednesday", "thursday", "thur", "thurs"),
    *("friday", "saturday"),
)


def is_number(word: str) -> bool:
    """Whether a word is written in the digits that cron knows."""
    return word.isascii() and word.isdecimal()


@dataclass(frozen=True, slots=True)
class Field:
    """One place of an expression."""

    name: str
    low: int
    high: int  #: the greatest number that may be written; of days of the week 7, another Sunday
    size: int  #: how many different values there are
    words: tuple[str, ...] = ()  #: names of the values from `low` on
    hash_high: int = 0  #: the greatest value that `H` and `~` give; 0: `high`

    def read(self, word: str) -> int:
        """The number that a word stands for. Raises CronError."""
        if is_number(word):
            return self._in_range(word)
        if word.lower() in self.words:
            return self.words.index(word.lower()) + self.low
        short = word.lower()[:3]
        if word.lower() in _LONG and short in self.words:
            raise CronError(f"{self.name} `{word}` cannot be read", note=f"write `{short}`", meant=word)
        raise CronError(f"{self.name} `{word}` cannot be read", note=self._taken(word), meant=word)

    def _in_range(self, word: str) -> int:
        number = int(word)
        if self.low <= number <= self.high:
            return number
        shown = word if len(word) <= 12 else f"{word[:9]}…"
        unit = {"second": "s", "minute": "m", "hour": "h"}.get(self.name)
        note = f"every {word} {self.name}s is `every {word}{unit}`" if unit and len(word) < 9 else ""
        raise CronError(f"{self.name} {shown} is out of range {self.low}-{self.high}", note=note, meant=word)

    def _taken(self, word: str) -> str:
        if "?" in word:
            return "`?` is Quartz's: write `*`"
        names = f" or {self.words[0]}-{self.words[-1]}" if self.words else ""
        return f"{'an' if self.name == 'hour' else 'a'} {self.name} is {self.low}-{self.high}{names}"

    def spell(self, value: int, like: str) -> str:
        """A value as a name if `like` is one, else as its number."""
        return self.words[value - self.low] if like.lower() in self.words else str(value)

    def place(self, value: int) -> int:
        """The value itself; of a Sunday that is written as 7, 0."""
        return value % 7 if self.size == 7 else value


SECOND: Final = Field("second", 0, 59, 60)
MINUTE: Final = Field("minute", 0, 59, 60)
HOUR: Final = Field("hour", 0, 23, 24)
DAY: Final = Field("day of month", 1, 31, 31, hash_high=28)
MONTH: Final = Field("month", 1, 12, 12, tuple(_MONTHS.split()))
WEEKDAY: Final = Field("day of week", 0, 7, 7, tuple(_WEEKDAYS.split()), hash_high=6)
FIELDS: Final = (SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY)  #: of five, the first is left out
