"""The README's picture and table of bars: written by `python -m tests.bench --readme` between two marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.chart import shown
from tests.bench.figures import US, Bar, Figure, Values, Verdict, compare, spread
from tests.bench.findings import Findings
from tests.bench.report import bar_words, number, outcome, ratio_words, rounds_words
from tests.bench.rounds import Taken
from tests.support.source import ROOT

README: Final = ROOT / "README.md"
CHART: Final = ROOT / ".github" / "screens" / "bench.svg"
OPEN: Final = "<!-- bench: written by python -m tests.bench --readme -->\n"
CLOSE: Final = "<!-- end -->"
_HEAD: Final = "| measure | qctl | beside it | ratio (least to most) | bar | |\n|---|---|---|---|---|---|"


def table(runs: Sequence[Findings]) -> str:
    """A row for each bar, and what it was measured on: figures of the last run, and in how many the bar was met.

    A figure of which nothing is asked has a row as well.
    """
    findings = runs[-1]
    came = [[run.verdicts()[place] for run in runs] for place in range(len(findings.verdicts()))]
    rows = [
        row
        for taken in findings.taken.values()
        for figure in taken.figures
        for row in _rows(figure, taken, [verdicts for verdicts in came if verdicts[-1].figure == figure])
    ]
    versions = ", ".join(f"{name} {version}" for name, version in findings.versions.items() if name != US)
    last = f", the last of {len(runs)} whole runs" if len(runs) > 1 else ""
    notes = [
        f"Medians of {rounds_words(findings.rounds)} on {findings.machine}{last}.",
        f"Beside: {versions}." if versions else "",
    ]
    notes += [f"Not to be had: {name}." for name in findings.absent]
    return "\n".join([_HEAD, *rows, "", " ".join(filter(None, notes)), ""])


def picture(findings: Findings) -> str:
    """The picture as Markdown, with what it shows in words."""
    titles = [figure.title.replace("`", "") for figure, _ in shown(findings)]
    words = [title if title.startswith("qctl ") else f"`{title}`" for title in titles]  # a command line it is not
    return f"![qctl beside its peers: {', '.join(words)}](.github/screens/{CHART.name})"


def written(text: str, runs: Sequence[Findings]) -> str:
    """The README's text with picture and table of these runs. Raises ValueError if its marks are gone."""
    before, mark, rest = text.partition(OPEN)
    _, end, after = rest.partition(CLOSE)
    if not mark or not end:
        raise ValueError(f"README.md has no {OPEN.strip()} … {CLOSE}")
    return f"{before}{mark}\n{picture(runs[-1])}\n\n{table(runs)}\n{end}{after}"


def write(runs: Sequence[Findings], chart: str, readme: Path = README, drawing: Path = CHART) -> None:
    """Write the table into the README, and the picture that it shows."""
    readme.write_text(written(readme.read_text(), runs))
    drawing.write_text(chart)


def _rows(figure: Figure, taken: Taken, came: Sequence[Sequence[Verdict]]) -> list[str]:
    """The rows of a figure; `came` tells of each of its bars what came of it in each run."""
    values = taken.values[figure.name]
    if came:
        return [_row(figure, values, verdicts[-1], bar_words(verdicts[-1]), _outcome(verdicts)) for verdicts in came]
    beside = compare(figure, values, Bar(1.0, tuple(name for name in values if name != US)))
    return [_row(figure, values, beside, "–", "")] if values else []


def _row(figure: Figure, values: Values, verdict: Verdict, bar: str, came: str) -> str:
    ours = values.get(US)
    theirs = values.get(verdict.opponent or "")
    cells = [
        figure.title,
        f"{number(spread(ours).middle)} {figure.unit}" if ours else "–",
        f"{verdict.opponent}: {number(spread(theirs).middle)}" if theirs else "–",
        ratio_words(verdict.ratio) if verdict.ratio else "–",
        bar,
        came,
    ]
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _outcome(verdicts: Sequence[Verdict]) -> str:
    if len(verdicts) == 1 or verdicts[-1].met is None:
        return outcome(verdicts[-1])
    met = sum(verdict.met is True for verdict in verdicts)
    return f"met in {met} of {len(verdicts)}"
