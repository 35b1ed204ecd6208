"""What is wrong with the schedules of an instance, in sentences, each with the command that helps."""

from __future__ import annotations

from qctl.later import later
from qctl.model.show import age, count
from qctl.model.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from shlex import quote
    from typing import Final

    from qctl.client.fleet import Fleet, Known
    from qctl.store.schedule_values import BeatInfo
else:
    quote = later("shlex", "quote")

Trouble = tuple[str, str]  #: what is wrong, and the command to type

START_A_BEAT: Final = "qctl up -d        a worker with a beat; qctl beat is one alone"
_MOST: Final = 3  #: named one by one


def troubles(fleet: Fleet, declared: int = 0) -> list[Trouble]:
    """All of it, the worst first. `declared` are the schedules of the file at hand that no beat has taken up."""
    return [
        *no_beat(fleet, declared),
        *not_taken_up(fleet, declared),
        *bad_standings(fleet),
        *last_good_files(fleet),
        *standing_down(fleet),
    ]


def no_beat(fleet: Fleet, declared: int = 0) -> Iterator[Trouble]:
    """Nothing is fired where no beat is."""
    number = len(fleet.waiting) + declared
    if not fleet.beats and number:
        one = number == 1
        yield f"no beat runs, and {count(number, 'schedule')} {'waits' if one else 'wait'} for one", START_A_BEAT


def not_taken_up(fleet: Fleet, declared: int) -> Iterator[Trouble]:
    """There are beats, and all of them go by other files."""
    if fleet.beats and declared:
        one = declared == 1
        said = f"{count(declared, 'schedule')} of this file {'is' if one else 'are'} fired by no beat"
        files = ", ".join(
            sorted({str(beat.about.get("file")) for beat in fleet.beats if beat.about.get("file")})[:_MOST]
        )
        yield f"{said}: those that run go by {files or 'other files'}", "qctl beat        a beat of this file"


def bad_standings(fleet: Fleet) -> Iterator[Trouble]:
    """Schedules that were missed, are broken or late, or fail."""
    helps = {
        Verdict.MISSED: "qctl schedule missed",
        Verdict.BROKEN: "qctl check",
        Verdict.LATE: "qctl schedule list",
        Verdict.FAILING: "qctl schedule history {name}",
    }
    for verdict, command in helps.items():
        found = fleet.of(verdict)
        if found:
            yield f"{count(len(found), 'schedule')} {verdict}: {named(found)}", command.format(name=found[0].name)
    if fleet.unread:
        names = ", ".join(known.name for known in fleet.unread[:_MOST])
        yield f"the definition of {names} cannot be read here: another version or tzdata", "qctl doctor"


def last_good_files(fleet: Fleet) -> Iterator[Trouble]:
    """Beats whose file is broken now: what it said before holds (R5)."""
    for beat in fleet.beats:
        if problem := beat.about.get("problem"):
            file, since = str(beat.about.get("file") or "tasks.toml"), beat.about.get("stale_since_ms")
            stale = f" since {age((fleet.now_ms - since) / 1000)}" if isinstance(since, int) else ""
            yield (
                f"beat {beat_name(beat)} goes on{stale} with the last good {file}: {problem}",
                f"qctl --file {quote(file)} check",
            )


def standing_down(fleet: Fleet) -> Iterator[Trouble]:
    """Beats that fire nothing, though they are there."""
    for beat in fleet.beats:
        if why := beat.about.get("standing_down"):
            yield f"beat {beat_name(beat)} fires nothing: {why}", "timedatectl        on that host"


def named(found: Sequence[Known]) -> str:
    """A few of them, each with what its judgement rests on."""
    said = [f"{known.name} ({known.standing.why})" for known in found[:_MOST]]
    more = len(found) - len(said)
    return ", ".join(said) + (f" and {more:,} more" if more else "")


def beat_name(beat: BeatInfo) -> str:
    """`b1 on db1`."""
    return f"{beat.about.get('label') or beat.id} on {beat.about.get('host') or '?'}"
