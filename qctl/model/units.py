"""Durations and sizes as people write them in tasks.toml and on the command line."""

from __future__ import annotations

from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import findall, fullmatch
    from typing import Final
else:
    findall, fullmatch = (later("re", name) for name in ("findall", "fullmatch"))

#: unit -> seconds, largest first; that is also the order in which they must be written.
_SECONDS: Final = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_ONE_LETTER: Final = ("w", "d", "h", "m", "s")
_SIZES: Final = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_PART: Final = r"([0-9]+(?:\.[0-9]+)?)\s*(ms|[wdhms])"
DURATION: Final = r"(?:[0-9]+(?:\.[0-9]+)?\s*(?:ms|[wdhms])\s*)+"
NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
SIZE: Final = r"([0-9]+(?:\.[0-9]+)?)\s*([KMGTkmgt]?)(?:[Ii]?[Bb])?"

_ENDLESS: Final = float("inf")
LONGEST: Final = 36500 * 86400.0  #: seconds; what is longer is surely a slip, and would overflow dates
LATEST_MS: Final = 253_402_300_799_999  #: the end of the year 9999, behind which there are no dates
LARGEST: Final = 1 << 60


def parse_duration(value: object) -> float:
    """Read a duration: `"90s"`, `"5m"`, `"1h30m"`, `"2d"`, or a number of seconds. Answers seconds.

    Raises ValueError with a sentence for the user.
    """
    if isinstance(value, str):
        seconds = _duration_of_text(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(min(value, 2 * LONGEST))
    else:
        raise ValueError("a duration is a text such as `90s` or `1h30m`, or a number of seconds")
    if not 0 <= seconds < _ENDLESS:  # nor is it NaN
        raise ValueError("a duration is a number of seconds from 0 up")
    if seconds > LONGEST:
        raise ValueError("a duration of more than 100 years is surely a slip")
    return seconds


def _duration_of_text(text: str) -> float:
    number, unit = text[:-1], text[-1:]
    if unit in _ONE_LETTER and number.isascii() and number.isdecimal():  # `30s`, without `re` for it
        return int(number) * _SECONDS[unit]
    if fullmatch(NUMBER, text):
        return float(text)
    if not fullmatch(DURATION, text):
        raise ValueError(f"`{text}` is no duration: write `90s`, `5m`, `1h30m` or `2d`")
    parts = findall(_PART, text)
    order = [list(_SECONDS).index(unit) for _, unit in parts]
    if order != sorted(set(order)):
        raise ValueError(f"`{text}` names a unit twice or out of order: write the larger ones first, as in `1h30m`")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def show_duration(seconds: float) -> str:
    """Write a duration so that `parse_duration` reads it back, to the millisecond: `1h30m`, `90s` as `1m30s`."""
    left = round(seconds * 1000)
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        size = round(_SECONDS[unit] * 1000)
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_size(value: object) -> int:
    """Read a size: `"10MB"`, `"256KB"`, `"1GiB"` or a number of bytes; K is 1024. Answers bytes.

    Raises ValueError with a sentence for the user.
    """
    if isinstance(value, str):
        match = fullmatch(SIZE, value.strip())
        if match is None:
            raise ValueError(f"`{value}` is no size: write `256KB`, `10MB` or `1GB`")
        size = float(match[1]) * _SIZES[f"{match[2].upper()}B"]
    elif isinstance(value, int) and not isinstance(value, bool):
        size = value
    else:
        raise ValueError("a size is a text such as `10MB`, or a whole number of bytes")
    if not 0 <= size <= LARGEST:
        raise ValueError("a size is a number of bytes from 0 up")
    return int(size)
