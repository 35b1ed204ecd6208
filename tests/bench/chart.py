"""Findings as one picture: a panel for each figure, with a bar for everybody; readable on white and on black."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.figures import US, Better, Figure, ranked
from tests.bench.findings import Findings
from tests.bench.report import number
from tests.bench.rounds import Taken

WIDTH: Final = 860
_COLUMNS: Final = 2
_GAP: Final = 40
_EDGE: Final = 20
_PANEL: Final = (WIDTH - 2 * _EDGE - _GAP) // _COLUMNS
_NAMES: Final = 130  #: of the panel's width
_VALUES: Final = 70
_HEAD, _ROW, _BAR, _FOOT = 34, 18, 12, 22

_FORM: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">
<style>
.page {{ fill: #ffffff; }}
text {{ font: 12px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #57606a; }}
.title {{ font-weight: 600; fill: #24292f; }}
.us {{ font-weight: 600; fill: #0a5bc4; }}
.bar {{ fill: #b6bec7; }}
.bar.us {{ fill: #1f6feb; }}
@media (prefers-color-scheme: dark) {{
  .page {{ fill: #0d1117; }}
  text {{ fill: #9198a1; }}
  .title {{ fill: #e6edf3; }}
  .us {{ fill: #6cb0ff; }}
  .bar {{ fill: #545d68; }}
  .bar.us {{ fill: #388bfd; }}
}}
</style>
<rect class="page" width="{width}" height="{height}" rx="6"/>
<g transform="translate({edge} {edge})">
{panels}
</g>
</svg>
"""


def chart(findings: Findings) -> str:
    """The picture, as SVG."""
    panels = shown(findings)
    drawn: list[str] = []
    top = 0
    for start in range(0, len(panels), _COLUMNS):
        row = panels[start : start + _COLUMNS]
        for column, (figure, taken) in enumerate(row):
            drawn.append(f'<g transform="translate({column * (_PANEL + _GAP)} {top})">')
            drawn += [*_panel(figure, taken), "</g>"]
        top += max(_height(figure, taken) for figure, taken in row)
    label = "; ".join(figure.title for figure, _ in panels)
    return _FORM.format(width=WIDTH, height=top + 2 * _EDGE, edge=_EDGE, label=_said(label), panels="\n".join(drawn))


def shown(findings: Findings) -> list[tuple[Figure, Taken]]:
    """The figures that have a panel; those of one contestant alone are left to the table."""
    return [
        (figure, taken)
        for taken in findings.taken.values()
        for figure in taken.figures
        if len(ranked(figure, taken.values[figure.name])) > 1
    ]


def _height(figure: Figure, taken: Taken) -> int:
    return _HEAD + _ROW * len(ranked(figure, taken.values[figure.name])) + _FOOT


def _panel(figure: Figure, taken: Taken) -> Iterator[str]:
    values = taken.values[figure.name]
    names = ranked(figure, values)
    yield f'<text class="title" y="12">{_said(figure.title)}</text>'
    way = "longer" if figure.better is Better.MORE else "shorter"
    yield f'<text y="28">{_said(figure.unit)}, {way} is better</text>'
    longest = max(median(values[name]) for name in names)
    for place, name in enumerate(names):
        yield from _bar(name, median(values[name]), longest, _HEAD + place * _ROW)


def _bar(name: str, value: float, longest: float, top: int) -> Sequence[str]:
    room = _PANEL - _NAMES - _VALUES
    length = max(1.0, value / longest * room if longest else 0.0)
    ours = " us" if name == US else ""
    baseline = top + _ROW - 6
    return (
        f'<text class="name{ours}" x="{_NAMES - 8}" y="{baseline}" text-anchor="end">{_said(name)}</text>',
        f'<rect class="bar{ours}" x="{_NAMES}" y="{top + 2}" width="{length:.1f}" height="{_BAR}" rx="2"/>',
        f'<text class="value{ours}" x="{_NAMES + length + 6:.1f}" y="{baseline}">{number(value)}</text>',
    )


def _said(text: str) -> str:
    return escape(text.replace("`", ""), {'"': "&quot;"})
