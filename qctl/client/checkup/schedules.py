"""Schedules: whether anybody fires them, how they stand, and whether all beats mean the same."""

from __future__ import annotations

from collections import defaultdict

from qctl.client import troubles
from qctl.client.fleet import look_at_fleet
from qctl.model.finding import fail, ok, warn
from qctl.model.show import count, duration
from qctl.model.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.fleet import Fleet
    from qctl.model.finding import Finding
    from qctl.model.schedule import Schedule
    from qctl.store.schedule_values import BeatInfo

_MOST: Final = 10  #: beats or schedules that are named one by one
_SKEW_MS: Final = 5_000  #: by which a beat's clock may differ from the server's


def look_at_schedules(client: Client, declared: Mapping[str, Schedule]) -> Iterator[Finding]:
    """All of it; `declared` are the schedules of the caller's file. Raises QctlError if the server does not answer."""
    fleet = look_at_fleet(client)
    yield judge_beats(fleet, declared)
    yield judge_standings(fleet)
    yield judge_drift(fleet, declared)
    yield judge_clocks(fleet)


def judge_beats(fleet: Fleet, declared: Mapping[str, Schedule]) -> Finding:
    """Whether there is one, and goes by the file as it is now."""
    known = {one.name for one in fleet.schedules}
    waiting = sum(1 for one in declared.values() if one.enabled and one.name not in known)
    for said, command in troubles.no_beat(fleet, waiting):
        return fail("beats", said, command)
    for said, command in troubles.last_good_files(fleet):
        return warn("beats", said, command)
    if not fleet.beats:
        return ok("beats", "none runs, and no schedule waits for one")
    names = ", ".join(troubles.beat_name(beat) for beat in fleet.beats[:_MOST])
    if waiting:
        said = f"{count(waiting, 'schedule')} of this file no beat has taken up; there are {names}"
        return warn("beats", said, "qctl beat        a beat of this file")
    return ok("beats", f"{len(fleet.beats)} live: {names}")


def judge_standings(fleet: Fleet) -> Finding:
    """Whether what was due has run, and well."""
    found = list(troubles.bad_standings(fleet))
    if found:
        said, command = "; ".join(said for said, _ in found), found[0][1]
        serious = fleet.of(Verdict.MISSED) or fleet.of(Verdict.BROKEN)
        return fail("schedules", said, command) if serious else warn("schedules", said, command)
    off = len(fleet.of(Verdict.OFF))
    disabled = f", {off:,} disabled" if off else ""
    return ok("schedules", f"{count(len(fleet.schedules), 'schedule')}, none late, missed, broken or failing{disabled}")


def judge_drift(fleet: Fleet, declared: Mapping[str, Schedule]) -> Finding:
    """Whether all beats, and the caller's file, mean the same by a schedule."""
    name, labels = "drift", {beat.id: beat for beat in fleet.beats}
    by_beat: dict[str, list[str]] = defaultdict(list)
    for known in fleet.schedules:
        for beat in known.state.drifting:
            by_beat[beat].append(known.name)
    if by_beat:
        said = "; ".join(_drifting(labels, beat, names) for beat, names in sorted(by_beat.items())[:_MOST])
        return warn(name, f"{said}: an older file, or other tzdata", "qctl schedule list        names them all")
    other = [k.name for k in fleet.schedules if k.name in declared and declared[k.name].hash != k.state.hash]
    if other:
        said = f"of {', '.join(other[:_MOST])} another definition is in force than that of this file"
        return warn(name, said, "qctl schedule list")
    return ok(name, "every beat holds the definitions that are in force")


def _drifting(labels: Mapping[str, BeatInfo], beat: str, names: list[str]) -> str:
    who = troubles.beat_name(labels[beat]) if beat in labels else beat
    return f"beat {who} stands down for {count(len(names), 'schedule')} ({', '.join(names[:3])})"


def judge_clocks(fleet: Fleet) -> Finding:
    """Whether the clocks of beats agree with the server's."""
    for said, command in troubles.standing_down(fleet):
        return warn("beat clocks", said, command)
    wrong = [(beat, skew) for beat in fleet.beats if abs(skew := _skew_ms(beat.about.get("skew_ms"))) > _SKEW_MS]
    if wrong:
        said = ", ".join(f"{troubles.beat_name(beat)} by {duration(skew / 1000)}" for beat, skew in wrong[:_MOST])
        return warn("beat clocks", f"the clock differs from the server's: {said}", "timedatectl        on that host")
    return ok("beat clocks", "those of live beats agree with the server's" if fleet.beats else "no beat runs")


def _skew_ms(said: object) -> float:
    return float(said) if isinstance(said, int | float) else 0.0
