"""Dates as people write them: `10m`, `tomorrow 6am`, `mon 09:00`, `2026-12-24 18:00`, `@1700000000`, RFC 3339.

Pure: `now` and the zone are arguments. What cannot be read, or means two things, is refused with the reason; nothing
is guessed in silence. `qctl help dates` is this table in words.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qctl.classes import replace
from qctl.errors import UsageError
from qctl.model.date_words import CannotRead, read_words, resolve
from qctl.model.local_time import Moment, full
from qctl.model.show import duration
from qctl.model.units import LONGEST as LONGEST_DURATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final


class UnreadableDate(UsageError):
    """cannot read '{text}' as a date: {why}"""

    help = "qctl help dates"


class FarDate(UsageError):
    """'{text}' is {full}; a date more than 100 years away is surely a slip"""

    help = "qctl help dates"


class PastDate(UsageError):
    """'{text}' is {full}, which is {ago} ago"""

    help = "leave the option out to start now, or write a date to come: qctl help dates"


LONGEST: Final = 80  #: characters of a date; more is not a date
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIT: Final = r"(?:w(?:eeks?)?|d(?:ays?)?|h(?:ours?|rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)"
_SPAN: Final = rf"(?:(?:\d+(?:\.\d+)?|an?) ?{_UNIT} ?)+"
_PIECE: Final = rf"(\d+(?:\.\d+)?|an?) ?({_UNIT})"
_OFFSET: Final = r"(?i)(.*(?:\d:\d\d(?::\d\d(?:[.,]\d+)?)?|[ap]m)) ?(z|utc|gmt|[+-]\d\d(?::?\d\d)?)"


def parse(text: str, now: datetime, zone: tzinfo, *, back: bool = False) -> Moment:
    """Read a date. Without a day or year it is the next that fits, or with `back` the last.

    `now` is aware. Raises UnreadableDate.
    """
    words = " ".join(text.replace(",", " ").split())
    if not words or len(words) > LONGEST:
        raise UnreadableDate(text=_shown(text), why="it is empty" if not words else "it is too long")
    try:
        return _read(words, now.astimezone(zone), zone, back)
    except CannotRead as error:
        raise UnreadableDate(text=_shown(text), why=_shown(str(error))) from None
    except (OverflowError, OSError, ValueError):
        raise UnreadableDate(text=_shown(text), why="it is out of range") from None


def future(text: str, now: datetime, zone: tzinfo) -> Moment:
    """Read a date that has to come. Raises PastDate if it is over, FarDate, UnreadableDate."""
    moment = parse(text, now, zone)
    late = (now - moment.at).total_seconds()
    if late > 0:
        raise PastDate(text=_shown(text), full=full(moment.at), ago=duration(late))
    if -late > LONGEST_DURATION:
        raise FarDate(text=_shown(text), full=full(moment.at))
    return moment


def since(text: str, now: datetime, zone: tzinfo) -> Moment:
    """Read the begin of a stretch up to now: `24h` is 24 hours ago, `mon` is the last Monday."""
    moment = parse(text, now, zone, back=True)
    if moment.at > now and re.fullmatch(_SPAN, text.strip().lower()):
        return replace(moment, at=now.astimezone(zone) - (moment.at - now))
    return moment


def _read(words: str, now: datetime, zone: tzinfo, back: bool) -> Moment:
    lower = words.lower()
    if lower == "now":
        return Moment(at=now)
    if words[0] == "@":
        return Moment(at=_epoch(words[1:]).astimezone(zone))
    if (span := _span(lower)) is not None:
        return Moment(at=(now.astimezone(UTC) + span).astimezone(zone))
    rest, own = _split_zone(words)
    if own is not None:
        zone, now = own, now.astimezone(own)
    return resolve(read_words(rest.lower(), now.date()), now, zone, back)


def _epoch(digits: str) -> datetime:
    if not re.fullmatch(r"-?\d+(\.\d+)?", digits):
        raise CannotRead("after @ stand seconds since 1970, as in @1700000000")
    return datetime.fromtimestamp(float(digits), UTC)


def _span(lower: str) -> timedelta | None:
    """A distance from now: `10m`, `+90s`, `in 2h`, `1 hour 30 minutes`, `2h ago`, `next week`."""
    if match := re.fullmatch(r"next (hour|day|week)", lower):
        return timedelta(seconds=_SECONDS[match[1][0]])
    lower = lower.replace(" and ", " ")
    body = re.sub(r"^(in |\+ ?)", "", lower)
    ago = body == lower and body.endswith(" ago")
    body = body.removesuffix(" ago") if ago else body
    if re.fullmatch(r"\d+", body):
        raise CannotRead(f"{body} what? Write {body}s, {body}m, or @{body} for seconds since 1970")
    if "month" in body or "year" in body:
        raise CannotRead("months and years differ in length; write the date itself, or days")
    if not re.fullmatch(_SPAN, body):
        return None
    total = sum(
        (1.0 if number[0] == "a" else float(number)) * _SECONDS[unit[0]] for number, unit in re.findall(_PIECE, body)
    )
    return timedelta(seconds=-total if ago else total)


def _split_zone(words: str) -> tuple[str, tzinfo | None]:
    """Take the zone off the end of a date: `… 18:00Z`, `… 18:00 +01:00`, `… 18:00 Europe/Berlin`."""
    if match := re.fullmatch(_OFFSET, words):
        return match[1], _offset(match[2])
    rest, _, last = words.rpartition(" ")
    if rest and last.lower() in ("utc", "gmt", "z"):
        return rest, UTC
    if rest and "/" in last and not last[0].isdigit():
        try:
            return rest, ZoneInfo(last)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise CannotRead(f"there is no time zone {last}") from None
    if rest and re.fullmatch(r"[A-Z]{2,4}T", last):
        raise CannotRead(f"{last} means several zones; write one as Europe/Berlin or as +01:00")
    return words, None


def _offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise CannotRead(f"there is no offset {text}")
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _shown(text: str) -> str:
    """The text as an error may repeat it: short, and unable to drive a terminal."""
    safe = "".join(letter if letter.isprintable() else "?" for letter in text)
    return safe if len(safe) <= LONGEST else safe[: LONGEST - 1] + "…"
