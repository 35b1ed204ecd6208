"""Findings as text for a terminal: each figure with everybody's values, then its bars and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tests.bench.figures import US, Better, Figure, Spread, Verdict, judge, ranked, spread
from tests.bench.findings import Findings
from tests.bench.rounds import Taken

BUSY: Final = 0.5  #: processes that want a core while nothing is measured
_BEHIND: Final = "* one round: no bar hangs on it"


def report(findings: Findings) -> str:
    """The whole of it, within 80 columns but for the names of ways."""
    lines = [f"{findings.machine}; medians of {rounds_words(findings.rounds)}, measured in turn"]
    lines += [_BEHIND, ""] if findings.rounds > 1 else [""]
    for taken in findings.taken.values():
        for figure in taken.figures:
            lines += [*_figure(figure, taken), ""]
    if (most := max(findings.load, default=0.0)) >= BUSY:
        lines.append(f"the machine was busy: up to {most:.1f} processes of others wanted a core; measure again")
    lines += [f"left out: {name}: {why}" for name, why in findings.absent.items()]
    lines += [
        f"left out of {name}: {who}: {why.splitlines()[-1]}"
        for name, taken in findings.taken.items()
        for who, why in taken.failed.items()
    ]
    if findings.versions:
        lines.append("versions: " + ", ".join(f"{name} {version}" for name, version in findings.versions.items()))
    if findings.taken:
        lines.append(times(findings))
    return "\n".join([*lines, summary(findings.verdicts())])


def times(findings: Findings) -> str:
    """What took how long, in one line."""
    took = {name: sum(taken.took.values()) for name, taken in findings.taken.items()}
    tried = sum(taken.tried for taken in findings.taken.values())
    each = ", ".join(f"{name} {seconds:.0f}" for name, seconds in took.items())
    return f"seconds: {sum(took.values()) + tried:.0f}: {each}" + (
        f", to try the ways {tried:.0f}" if tried >= 1 else ""
    )


def side_by_side(runs: Sequence[Findings]) -> str:
    """Each bar, and what came of it in each of several whole runs."""
    lines = []
    for verdicts in zip(*(run.verdicts() for run in runs), strict=False):  # one may have been broken off
        first = verdicts[0]
        came = "  ".join(f"{_came(verdict):>14}" for verdict in verdicts)
        lines.append(f"{first.figure.name:12} {came}  {bar_words(first)}")
    counts = "; ".join(f"run {number}: {summary(run.verdicts())}" for number, run in enumerate(runs, 1))
    return "\n".join([*lines, counts])


def _came(verdict: Verdict) -> str:
    ratio = "" if verdict.ratio is None else f"{number(verdict.ratio.middle)} "
    return f"{ratio}{outcome(verdict)}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """One line: how many bars are met."""
    met = sum(verdict.met is True for verdict in verdicts)
    unknown = sum(verdict.met is None for verdict in verdicts)
    missed = len(verdicts) - met - unknown
    return f"{met} bars met, {missed} missed" + (f", {unknown} without anybody to compare with" if unknown else "")


def number(value: float) -> str:
    """Three digits that count, or all before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rounds_words(rounds: int) -> str:
    """`1 round`, `3 rounds`."""
    return f"{rounds} round{'s' * (rounds != 1)}"


def bar_words(verdict: Verdict) -> str:
    """What was asked, in words."""
    bar, figure = verdict.bar, verdict.figure
    word = figure.better.value
    limit = "" if bar.limit is None else f"{word} {bar.limit:g} {figure.unit}"
    times = "" if bar.times is None else f"{word} {bar.times:g} times {bar.needs}"
    return " or ".join(filter(None, [times, limit]))


def outcome(verdict: Verdict) -> str:
    """`met`, `MISSED`, or `not measured`."""
    return {True: "met", False: "MISSED", None: "not measured"}[verdict.met]


def ratio_words(found: Spread) -> str:
    """A ratio with its spread."""
    return f"{number(found.middle)} ({number(found.least)} to {number(found.most)})"


def _figure(figure: Figure, taken: Taken) -> Iterator[str]:
    values = taken.values[figure.name]
    yield f"{figure.title}, in {figure.unit}; {'more' if figure.better is Better.MORE else 'less'} is better"
    names = ranked(figure, values)
    width = max(map(len, names), default=0)
    for name in names:
        found, way = spread(values[name]), taken.ways.get(name, "")
        most = max(map(len, values.values()))
        least_most = f"({number(found.least)} to {number(found.most)})" if len(values[name]) == most else "*"
        mark = ">" if name == US else " "
        yield f"{mark} {name:{width}}  {number(found.middle):>9}  {least_most:<22}  {way}".rstrip()
    for verdict in judge(figure, values):
        told = "" if verdict.ratio is None else f"{ratio_words(verdict.ratio)} times {verdict.opponent}: "
        yield f"  {told}{outcome(verdict)} ({bar_words(verdict)})"
