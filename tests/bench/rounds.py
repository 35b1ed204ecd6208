"""Measuring in turn: A B A B …, so that whatever slows the machine down for a while slows everybody down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.bench.figures import Better, Figure
from tests.bench.measures.measure import QUICK, TRIAL, Contestant, Effort, Field, Measure
from tests.bench.peers.peer import Variant

Tell = Callable[[str], None]


@dataclass(slots=True)
class Taken:
    """What one measure has given."""

    figures: Sequence[Figure]
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)  #: by figure and contestant, one a round
    ways: dict[str, str] = field(default_factory=dict)  #: by contestant, which of its ways was the best
    failed: dict[str, str] = field(default_factory=dict)  #: by contestant, why it has no values


def take(measure: Measure, there: Field, rounds: int, effort: Effort, tell: Tell) -> Taken:
    """Take one measure, of everybody in turn. Who fails is left out, and why is kept."""
    taken = Taken(measure.figures, {figure.name: {} for figure in measure.figures})
    with ExitStack() as stack:
        contestants = measure.contestants(there, stack)
        chosen: dict[str, Variant] = {}
        for each in contestants:
            tell(f"{measure.name}: {each.name}")
            _guarded(taken, each, lambda each=each: chosen.update({each.name: _best(each, measure.figures[0], effort)}))  # type: ignore[misc]
        taken.ways = {name: way.label for name, way in chosen.items() if way.label}
        total = rounds * measure.rounds
        for number in range(total):
            for each in _rotated(contestants, number):
                if each.name not in taken.failed:
                    tell(f"{measure.name}, round {number + 1} of {total}: {each.name}")
                    _guarded(taken, each, lambda each=each: _add(taken, each, chosen[each.name], effort))  # type: ignore[misc]
    return taken


def _best(contestant: Contestant, figure: Figure, effort: Effort) -> Variant:
    """The best of a contestant's ways, each tried twice where it counts, of which the first try warms it."""
    if len(contestant.ways) == 1:
        contestant.sample(contestant.ways[0], TRIAL)
        return contestant.ways[0]
    seen: list[tuple[float, int]] = []
    for place, way in enumerate(contestant.ways):
        if effort is not QUICK:
            contestant.sample(way, TRIAL)
        seen.append((contestant.sample(way, TRIAL)[figure.name], -place))
    _, place = (max if figure.better is Better.MORE else min)(seen)
    return contestant.ways[-place]


def _rotated(contestants: Sequence[Contestant], number: int) -> Sequence[Contestant]:
    """Each round begins with another one."""
    start = number % len(contestants)
    return [*contestants[start:], *contestants[:start]]


def _add(taken: Taken, contestant: Contestant, way: Variant, effort: Effort) -> None:
    for name, value in contestant.sample(way, effort).items():
        taken.values[name].setdefault(contestant.name, []).append(value)


def _guarded(taken: Taken, contestant: Contestant, act: Callable[[], None]) -> None:
    """Let one do its part. One that fails is out of the measure, with all that it has given."""
    try:
        act()
    except (OSError, RuntimeError, AssertionError, ValueError) as error:
        taken.failed[contestant.name] = str(error)
        for found in taken.values.values():
            found.pop(contestant.name, None)
