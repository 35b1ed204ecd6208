"""No screen is ever broken: whatever stands in it, no line is wider than the terminal, and nothing drives it."""

from __future__ import annotations

import inspect
import pkgutil
import re
import unicodedata
from importlib import import_module

import pytest

from qctl.cli import screens
from qctl.cli.grid import Cell, Column, grid
from qctl.cli.terminal import Look
from qctl.model.cells import cut, width
from tests.unit.hostile_world import NASTY
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.screens_drawn import log_lines_of, screens_of

#: What we send ourselves: colours.
_OURS = re.compile("\x1b\\[(?:0|1|2|3[1-6])m")
_LOOKS = {
    **{str(cells): Look(now_ms=NOW_MS, width=cells) for cells in (40, 80, 120, 200)},
    "colours": Look(now_ms=NOW_MS, width=80, colour=True, live=True),
    "ascii": Look(now_ms=NOW_MS, width=80, unicode=False),
    "pipe": Look(now_ms=NOW_MS),
}
_IDS = ("escapes", "markup", "lines", "scripts", "long", "stray")
SCREENS, LOG_LINES = screens_of(NASTY[0]).keys(), log_lines_of(NASTY[0]).keys()
#: Parts of screens, and those that `test_workflow_screens` draws in each walk of life.
_PARTS = {
    "words.called",
    "words.time_of",
    "workflows.fitted",
    "workflows.folded",
    "workflows.live",
    "output.line_for_programs",
    "waiting.fitting",
}
_PARTS |= {"schedules.last_cell"}


def _drives(line: str) -> bool:
    """Whether a line holds anything but text and our colours."""
    plain = _OURS.sub("", line)
    formats = [letter for letter in plain if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")]
    return bool(set(formats) - {"\u200d", "\t"})


@pytest.mark.parametrize("look", _LOOKS.values(), ids=_LOOKS)
@pytest.mark.parametrize("evil", NASTY, ids=_IDS)
def test_no_line_is_broken(evil: str, look: Look) -> None:
    """Attacks 31 and 32."""
    for name, draw in screens_of(evil).items():
        for line in draw(look):
            assert look.width is None or width(_OURS.sub("", line)) <= look.width, (name, line)
            assert not _drives(line), (name, line)
            assert look.unicode or line.isascii() or name == "failure.told", (name, line)
            assert not line.startswith(("FAKE", "three")), (name, line)
            assert line == line.rstrip() or look.colour, (name, line)


@pytest.mark.parametrize("look", [_LOOKS["pipe"], _LOOKS["ascii"], _LOOKS["colours"]], ids=["pipe", "ascii", "colours"])
@pytest.mark.parametrize("evil", NASTY, ids=_IDS)
def test_no_line_of_a_log_is_more_than_one_or_drives_the_terminal(evil: str, look: Look) -> None:
    """Attacks 31 and 32."""
    for name, draw in log_lines_of(evil).items():
        for line in draw(look):
            assert not _drives(line), (name, line)
            assert look.unicode or line.isascii(), (name, line)


def test_every_screen_is_drawn_here() -> None:
    """What takes a look and is offered by a module of screens."""
    offered = {
        f"{name}.{function.__name__}"
        for _, name, _ in pkgutil.iter_modules(screens.__path__)
        for function in vars(import_module(f"{screens.__name__}.{name}")).values()
        if inspect.isfunction(function)
        and function.__module__ == f"{screens.__name__}.{name}"
        and not function.__name__.startswith("_")
        and "look" in inspect.signature(function).parameters
    }
    assert offered - SCREENS - LOG_LINES - _PARTS == set()


@pytest.mark.parametrize("look", [*_LOOKS.values(), *(Look(now_ms=0, width=cells) for cells in range(30, 60, 7))])
def test_columns_stand_below_their_titles_whatever_is_in_them(look: Look) -> None:
    """Measured in cells: before each column two are empty in every row, and the last but one is full to its end."""
    columns = (Column("FIRST", least=6), Column("N", right=True), Column("SECOND", least=6), Column("END", right=True))
    rows: list[list[Cell | str]] = [[evil, str(3**at), Cell(evil, "red"), f"e{at}"] for at, evil in enumerate(NASTY)]
    title, *lines = (_OURS.sub("", line) for line in grid(columns, rows, look))
    second = width(title[: title.index("SECOND")])
    for line in lines:
        assert width(line) == width(title), line
        before, after = _parted(line, second)
        assert before.endswith("  "), line
        assert not after.startswith(" ") or look.width is None or look.width < 60, line


def _parted(line: str, cells: int) -> tuple[str, str]:
    """A line before and from a cell on; a line in which a character stands astride is broken."""
    before = cut(line, cells, "")
    assert width(before) == cells, line
    return before, line[len(before) :]
