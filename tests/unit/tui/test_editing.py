"""A line that is typed key by key, as shells have taught people to."""

from __future__ import annotations

import pytest

from qctl.model.cells import width
from qctl.tui.editing import edited, pasted
from qctl.tui.footer import typed_line
from qctl.tui.look import Look
from qctl.tui.picture import fit, line_width
from qctl.tui.screen import Prompt, Purpose
from tests.unit.jobs_at_hand import NOW_MS

LOOK = Look(now_ms=NOW_MS)


def prompt(text: str = "", behind: int = 0, *, proposed: bool = False) -> Prompt:
    return Prompt(purpose=Purpose.FILTER, label="filter", text=text, behind=behind, proposed=proposed)


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ("|", ["a", "b"], "ab|"),
        ("task:b|", ["left", "x"], "task:x|b"),
        ("ab|", ["left", "left", "left", "right"], "a|b"),
        ("a b|", ["home", "delete", "end", "backspace"], " |"),
        ("|", ["backspace", "delete", "left", "right"], "|"),
        ("queue:a task:b|", ["ctrl+w"], "queue:a |"),
        ("queue:a task:b|", ["ctrl+left", "ctrl+left", "x", "ctrl+right"], "xqueue:a| task:b"),
        ("one |two", ["ctrl+u"], "|two"),
        ("one |two", ["ctrl+k"], "one |"),
        ("é日|", ["left", "backspace"], "|日"),
        ("ab|", ["f5", "tab", "pageup"], "ab|"),
    ],
)
def test_keys_edit_it(before: str, keys: list[str], after: str) -> None:
    begin, _, end = before.partition("|")
    line = prompt(begin + end, len(end))
    for key in keys:
        line = edited(line, key, key if len(key) == 1 else None)
    at = len(line.text) - line.behind
    assert f"{line.text[:at]}|{line.text[at:]}" == after


def test_a_proposal_gives_way_to_a_letter_and_stays_for_who_moves_in_it() -> None:
    assert edited(prompt("a.log", proposed=True), "x", "x").text == "x"
    moved = edited(edited(prompt("a.log", proposed=True), "left", None), "x", "x")
    assert moved.text == "a.loxg"


def test_what_is_pasted_is_one_line_without_control_characters_and_not_endless() -> None:
    assert pasted(prompt("a|b", 1), "x\r\ny\x1b[2J\tz").text == "a|x y[2J zb"
    assert len(pasted(prompt("ab"), "x" * 5000).text) == 1000


@pytest.mark.parametrize("cells", [20, 80])
@pytest.mark.parametrize("behind", [0, 1, 30, 60])
def test_its_cursor_is_seen_however_long_it_is(cells: int, behind: int) -> None:
    line = typed_line(prompt("日本" * 20 + "x" * 40, behind), cells, LOOK)
    cursor = next(at for at, span in enumerate(line) if span.style == "cursor")
    assert sum(width(span.text) for span in line[: cursor + 1]) <= cells
    assert line_width(fit(line, cells)) == cells
