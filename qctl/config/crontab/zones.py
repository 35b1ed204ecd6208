"""CRON_TZ and RANDOM_DELAY of cronie's, as keys of a schedule (I8, I9)."""

from __future__ import annotations

from qctl.config.readers import zone
from qctl.config.wrong import Wrong
from qctl.model.cron import interval_ms, parse_cron

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.model.crontab import Daemon


def zone_of_crontab(schedule: dict[str, Any], name: str, daemon: Daemon, notes: list[str]) -> str:
    """Put the zone into a schedule. Answers why it cannot be known when it runs."""
    try:
        schedule["timezone"] = zone(name)
    except Wrong as wrong:
        return f"CRON_TZ: {wrong.message}"
    if not daemon.cronie:
        notes.append(f"CRON_TZ={name} holds here; {daemon.name} passed over it and ran this in the machine's zone")
    return ""


def jitter_of(schedule: dict[str, Any], minutes: str, daemon: Daemon, notes: list[str]) -> None:
    """Put a delay of up to so many minutes into a schedule, where it does not reach the next run (O15)."""
    said = f"RANDOM_DELAY={minutes}"
    if not minutes.isdecimal() or len(minutes) > 6:
        notes.append(f"{said} is no number of minutes, and is left out")
    elif int(minutes) and schedule["cron"].startswith("@reboot"):
        notes.append(f"{said} is left out: it says nothing of a start of the machine")
    elif int(minutes) and int(minutes) * 60_000 >= interval_ms(parse_cron(schedule["cron"])):
        notes.append(f"{said} is left out: it would reach the next run")
    elif int(minutes):
        schedule["jitter"] = f"{int(minutes)}m"
        if not daemon.cronie:
            notes.append(f"{said} holds here; {daemon.name} passed over it")
