"""Measuring in turn: A B A B …, so that whatever slows the machine down for a while slows everybody down.

The first round is everybody's. Who is then so far behind that no bar can hang on it is measured in that round alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from tests.bench.choices import Choice, Choices
from tests.bench.figures import US, Better, Figure, Values, ranked
from tests.bench.measures.measure import TRIAL, Contestant, Effort, Field, Measure, Sized, is_us
from tests.bench.peers.peer import Variant

Tell = Callable[[str], None]

NEAR: Final = 0.75  #: of the best: who gives less after the first round decides no bar
_HOPEFUL: Final = 0.5  #: of the best: a way that gives less in its first try gets no other


@dataclass(slots=True)
class Taken:
    """What one measure has given."""

    figures: Sequence[Figure]
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)  #: by figure and contestant, one a round
    ways: dict[str, str] = field(default_factory=dict)  #: by contestant, which of its ways was the best
    failed: dict[str, str] = field(default_factory=dict)  #: by contestant, why it has no values
    took: dict[str, float] = field(default_factory=dict)  #: by contestant, seconds that all its samples took
    tried: float = 0.0  #: seconds that the choice of the ways took


def take(measure: Measure, there: Field, rounds: int, effort: Effort, tell: Tell, choices: Choices) -> Taken:
    """Take one measure, of everybody in turn. Who fails is left out, and why is kept."""
    taken = Taken(measure.figures, {figure.name: {} for figure in measure.figures})
    with ExitStack() as stack:
        contestants = measure.contestants(there, stack)
        chosen = _choose(measure, contestants, taken, tell, choices)
        total = rounds * measure.rounds
        for number in range(total):
            for each in _rotated(contestants, number):
                if each.name in chosen and each.name not in taken.failed:
                    tell(f"{measure.name}, round {number + 1} of {total}: {each.name}")
                    _guarded(taken, each, lambda each=each: _add(taken, each, chosen[each.name], effort))  # type: ignore[misc]
            if number == 0:
                deciding = deciders(measure.figures, taken.values)
                contestants = [each for each in contestants if each.name in deciding]
    return taken


def deciders(figures: Sequence[Figure], values: dict[str, dict[str, list[float]]]) -> set[str]:
    """Who is measured in every round: we, and of those that a bar is held against all who are near the best."""
    found = {US}
    for figure in figures:
        for bar in figure.bars:
            held: Values = {name: values[figure.name].get(name, ()) for name in bar.against}
            names = ranked(figure, held)
            found.update(name for name in names if _is_near(figure, median(held[name]), median(held[names[0]])))
    return found


def _is_near(figure: Figure, value: float, best: float, part: float = NEAR) -> bool:
    return value >= best * part if figure.better is Better.MORE else value * part <= best


def _choose(
    measure: Measure, contestants: Sequence[Contestant], taken: Taken, tell: Tell, choices: Choices
) -> dict[str, Variant]:
    """The best way of each that does not fail."""
    chosen: dict[str, Variant] = {}
    began = time.perf_counter()
    for each in contestants:
        if len(each.ways) == 1 and (is_us(each) or not isinstance(each, Sized)):
            chosen[each.name] = each.ways[0]
            continue
        choice = choices.of(measure.name, each.name, each.ways)
        if choice is None:
            tell(f"{measure.name}: {each.name}: which of its {len(each.ways)} ways is the best")
            found: list[Choice] = []
            _guarded(taken, each, lambda each=each, found=found: found.append(_best(each, measure.figures[0])))  # type: ignore[misc]
            if not found:
                continue
            (choice,) = found
            choices.keep(measure.name, each.name, each.ways, choice)
        chosen[each.name] = next(way for way in each.ways if way.label == choice.label)
        if isinstance(each, Sized):
            each.expect(chosen[each.name], choice.value)
    taken.tried = time.perf_counter() - began
    taken.ways = {name: way.label for name, way in chosen.items() if way.label}
    return chosen


def _best(contestant: Contestant, figure: Figure) -> Choice:
    """The best of a contestant's ways. Where it is sized, the first try of a way sizes the one that counts."""
    better = max if figure.better is Better.MORE else min
    best: tuple[float, Variant] | None = None
    for way in contestant.ways:
        value = contestant.sample(way, TRIAL)[figure.name]
        if isinstance(contestant, Sized) and (best is None or _is_near(figure, value, best[0], _HOPEFUL)):
            value = contestant.sample(way, TRIAL)[figure.name]
        if best is None or (value != best[0] and better(value, best[0]) == value):
            best = (value, way)
    assert best is not None, f"{contestant.name} has no way"
    return Choice(best[1].label, best[0], time.time())


def _rotated(contestants: Sequence[Contestant], number: int) -> Sequence[Contestant]:
    """Each round begins with another one."""
    start = number % len(contestants)
    return [*contestants[start:], *contestants[:start]]


def _add(taken: Taken, contestant: Contestant, way: Variant, effort: Effort) -> None:
    began = time.perf_counter()
    for name, value in contestant.sample(way, effort).items():
        taken.values[name].setdefault(contestant.name, []).append(value)
    taken.took[contestant.name] = taken.took.get(contestant.name, 0.0) + time.perf_counter() - began


def _guarded(taken: Taken, contestant: Contestant, act: Callable[[], None]) -> None:
    """Let one do its part. One that fails is out of the measure, with all that it has given."""
    try:
        act()
    except (OSError, RuntimeError, AssertionError, ValueError) as error:
        taken.failed[contestant.name] = str(error)
        for found in taken.values.values():
            found.pop(contestant.name, None)
