"""Asking an expression for its instants, as tests write them down."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from qctl.model.cron import Due, parse_cron


def ms(text: str, zone: str = "UTC") -> int:
    """An instant in ms; without an offset a time of the zone, the first of two."""
    at = datetime.fromisoformat(text)
    return round((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)


def dues(text: str, after: str, count: int, zone: str = "UTC", seed: str = "") -> list[Due]:
    """The next instants of an expression."""
    return list(islice(parse_cron(text, seed).upcoming(ms(after, zone), ZoneInfo(zone)), count))


def local(due: Due, zone: str) -> str:
    """`2026-03-29 03:00+02:00`, with seconds where there are any."""
    at = datetime.fromtimestamp(due.ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return at.isoformat(" ", "seconds" if at.second else "minutes")


def times(text: str, after: str, count: int, zone: str = "UTC") -> list[str]:
    """The next instants, as the clocks of the zone show them with their offset; in UTC without."""
    return [local(due, zone).removesuffix("+00:00") for due in dues(text, after, count, zone)]


def days(text: str, after: str, count: int) -> list[str]:
    """The next dates of an expression that is due once a day at most, in UTC."""
    return [found.partition(" ")[0] for found in times(text, after, count)]
