"""What is measured, in which unit, and what is asked of it: bars, ratios with their spread, and whether a bar is met.

Values of one figure come by contestant, one a round. Whoever is compared was measured in the same rounds, so a ratio is
taken round by round: what slowed the machine down for a while slowed both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from typing import Final

US: Final = "qctl"  #: the contestant that has to meet the bars

Values = Mapping[str, Sequence[float]]  #: by contestant, one a round


class Better(Enum):
    """Which way a figure is good."""

    MORE = "at least"
    LESS = "at most"


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked: so many `times` the best of those it is held `against`, or `limit` in the figure's unit.

    Where both are given one of them is enough.
    """

    times: float | None = None
    against: tuple[str, ...] = ()  #: names of contestants
    called: str = ""  #: what they have in common: "the fastest Python peer"
    limit: float | None = None

    @property
    def needs(self) -> str:
        """Who it is held against, in words."""
        return self.called or " or ".join(self.against)


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is measured."""

    name: str  #: a short one, for files
    title: str
    unit: str
    better: Better
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some values, and how far they lie apart."""

    middle: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one bar. `met` is None where there was nobody to compare with, or nothing was measured."""

    figure: Figure
    bar: Bar
    opponent: str | None  #: the best of those that the bar is held against
    ratio: Spread | None  #: of ours to the opponent's
    met: bool | None


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    return Spread(median(values), min(values), max(values))


def ranked(figure: Figure, values: Values) -> list[str]:
    """The contestants that have values, the best first."""
    there = [name for name, found in values.items() if found]
    return sorted(there, key=lambda name: median(values[name]), reverse=figure.better is Better.MORE)


def judge(figure: Figure, values: Values) -> list[Verdict]:
    """What came of each of a figure's bars."""
    return [compare(figure, values, bar) for bar in figure.bars]


def compare(figure: Figure, values: Values, bar: Bar) -> Verdict:
    """What came of one bar."""
    ours = values.get(US) or ()
    opponents = ranked(figure, {name: values.get(name) or () for name in bar.against})
    if not ours:
        return Verdict(figure, bar, None, None, None)
    within = None if bar.limit is None else _reaches(figure, median(ours), bar.limit)
    if bar.times is None or not opponents:
        return Verdict(figure, bar, None, None, within or (within if bar.times is None else None))
    ratio = spread([mine / theirs for mine, theirs in zip(ours, values[opponents[0]], strict=False)])
    return Verdict(figure, bar, opponents[0], ratio, bool(within) or _reaches(figure, ratio.middle, bar.times))


def _reaches(figure: Figure, value: float, bar: float) -> bool:
    return value >= bar if figure.better is Better.MORE else value <= bar
