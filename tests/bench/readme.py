"""The README's picture and table of bars: written by `python -m tests.bench --readme` between two marks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.bench.chart import shown
from tests.bench.figures import US, Verdict, spread
from tests.bench.findings import Findings
from tests.bench.report import bar_words, number, outcome, ratio_words, rounds_words
from tests.support.source import ROOT

README: Final = ROOT / "README.md"
CHART: Final = ROOT / ".github" / "screens" / "bench.svg"
OPEN: Final = "<!-- bench: written by python -m tests.bench --readme -->\n"
CLOSE: Final = "<!-- end -->"
_HEAD: Final = "| measure | qctl | beside it | ratio (least to most) | bar | |\n|---|---|---|---|---|---|"


def table(findings: Findings) -> str:
    """A row for each bar, and what it was measured on."""
    rows = [_row(findings, verdict) for verdict in findings.verdicts()]
    versions = ", ".join(f"{name} {version}" for name, version in findings.versions.items() if name != US)
    notes = [
        f"Medians of {rounds_words(findings.rounds)} on {findings.machine}.",
        f"Beside: {versions}." if versions else "",
    ]
    notes += [f"Not to be had: {name}." for name in findings.absent]
    return "\n".join([_HEAD, *rows, "", " ".join(filter(None, notes)), ""])


def picture(findings: Findings) -> str:
    """The picture as Markdown, with what it shows in words."""
    titles = [figure.title.replace("`", "") for figure, _ in shown(findings)]
    words = [title if title.startswith("qctl ") else f"`{title}`" for title in titles]  # a command line it is not
    return f"![qctl beside its peers: {', '.join(words)}](.github/screens/{CHART.name})"


def written(text: str, findings: Findings) -> str:
    """The README's text with picture and table of these findings. Raises ValueError if its marks are gone."""
    before, mark, rest = text.partition(OPEN)
    _, end, after = rest.partition(CLOSE)
    if not mark or not end:
        raise ValueError(f"README.md has no {OPEN.strip()} … {CLOSE}")
    return f"{before}{mark}\n{picture(findings)}\n\n{table(findings)}\n{end}{after}"


def write(findings: Findings, chart: str, readme: Path = README, drawing: Path = CHART) -> None:
    """Write the table into the README, and the picture that it shows."""
    readme.write_text(written(readme.read_text(), findings))
    drawing.write_text(chart)


def _row(findings: Findings, verdict: Verdict) -> str:
    figure = verdict.figure
    values = next(taken.values[figure.name] for taken in findings.taken.values() if figure in taken.figures)
    ours = values.get(US)
    theirs = values.get(verdict.opponent or "")
    cells = [
        figure.title,
        f"{number(spread(ours).middle)} {figure.unit}" if ours else "–",
        f"{verdict.opponent}: {number(spread(theirs).middle)}" if theirs else "–",
        ratio_words(verdict.ratio) if verdict.ratio else "–",
        bar_words(verdict),
        outcome(verdict),
    ]
    return f"| {' | '.join(cells)} |"
