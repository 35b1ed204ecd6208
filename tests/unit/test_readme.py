"""The README tells what is so: its diagram is drawn from MOVES, its commands exist."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from qctl.cli.manual.page import Row
from qctl.cli.table import BY_NAME
from qctl.cli.topics import celery, cron
from qctl.model.state import MOVES, State

README = Path(__file__).parents[2] / "README.md"
#: Tables of `qctl help` that the page has as well -> the heads of their columns
TABLES = {
    "cron-words": (cron.WORDS, "with cron", "with qctl"),
    "cron-lines": (cron.LINES, "in a crontab", "in tasks.toml"),
    "celery-commands": (celery.COMMANDS, "`celery …`", "with qctl"),
    "celery-canvas": (celery.CANVAS, "canvas", "from the shell"),
    "celery-states": (celery.STATES, "state", "here"),
    "celery-options": (celery.OPTIONS, "option", "here"),
}
#: What is code in a cell: a command, a key with its value, a table's name, an option.
_CODE = re.compile(
    r"""^qctl [^;]*|\bqctl [^;,:)]*|^kill [^;]*|\b[a-z_.]+ = (?:\{.*?\}|\[.*?\]|"[^"]*")|\[[A-Za-z.]+\]|--[a-z-]+"""
)
#: What is told in words in the first column.
_WORDS = re.compile(r".*\?$|(a|the|those|that|#) ")
_OPEN, _CLOSE = "<!-- moves: drawn by tests/unit/test_readme.py -->\n", "<!-- /moves -->"


def drawn_moves() -> str:
    """MOVES as a Mermaid diagram: an arrow for each origin and target, labelled with its verb."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for verb, move in MOVES.items():
        for origin in sorted(move.origins, key=str):
            lines += [f"    {_node(origin)} --> {_node(target)}: {verb}" for target in sorted(move.targets, key=str)]
    return "\n".join([*lines, "```", ""])


def _node(state: State | None) -> str:
    return "[*]" if state is None else state.value


def test_the_diagram_of_states_is_that_of_the_moves() -> None:
    text = README.read_text()
    shown = text[text.index(_OPEN) + len(_OPEN) : text.index(_CLOSE)]
    assert shown == drawn_moves(), f"put this between the marks in README.md:\n{drawn_moves()}"


def test_every_command_that_the_readme_types_exists() -> None:
    typed = set(re.findall(r"(?:^\$ |`|=\$\()qctl ([a-z]+)", README.read_text(), re.MULTILINE))
    assert typed - {name for name, row in BY_NAME.items() if row.module} == set()


def drawn_table(rows: Sequence[Row], left: str, right: str) -> str:
    """A table of `qctl help` as Markdown."""
    lines = [f"| {left} | {right} |", "|---|---|"]
    for what, text in rows:
        known = what if _WORDS.match(what) else f"`{what}`"
        lines.append(f"| {_cell(known)} | {_cell(_marked(text))} |")
    return "\n".join(lines) + "\n"


def _marked(text: str) -> str:
    text = text.replace("`", "")
    return _CODE.sub(lambda found: f"`{found[0]}`", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_another_programs_words_is_that_of_the_help(name: str) -> None:
    text = README.read_text()
    shown = text.partition(f"<!-- {name}: drawn by tests/unit/test_readme.py -->\n")[2].partition("<!-- end -->")[0]
    assert shown == drawn_table(*TABLES[name]), (
        f"put this between the marks in README.md:\n{drawn_table(*TABLES[name])}"
    )


def pictures() -> Iterator[tuple[str, str]]:
    """The file of each picture that the page shows, and what it says of it."""
    for words, file in re.findall(r"!\[([^]]+)\]\(([^)]+)\)", README.read_text()):
        yield file, words


def _text_of(file: str) -> str:
    root = ElementTree.fromstring((README.parent / file).read_text())
    rows: dict[str, str] = {}
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        row = element.get("y", "")
        rows[row] = f"{rows.get(row, '')} {''.join(element.itertext())}"
    return re.sub(r"\s+", " ", "\n".join(rows.values()))


def test_the_page_shows_pictures_and_there_are_no_others() -> None:
    folder = README.parent / ".github" / "screens"
    assert {file for file, _ in pictures()} == {f".github/screens/{path.name}" for path in folder.iterdir()}


@pytest.mark.parametrize(("file", "words"), list(pictures()))
def test_a_picture_holds_what_is_said_of_it(file: str, words: str) -> None:
    """What stands in the description in backticks, the screen says."""
    said, quoted = _text_of(file), re.findall(r"`([^`]+)`", words)
    assert len(quoted) > 1
    assert [phrase for phrase in quoted if phrase not in said] == []


@pytest.mark.parametrize("file", [file for file, _ in pictures()])
def test_a_picture_draws_by_itself_and_is_small(file: str) -> None:
    text = (README.parent / file).read_text()
    beside = text.replace('xmlns="http://www.w3.org/2000/svg"', "").replace("https://feeds.example.net", "")
    assert re.findall(r"https?:|@import|@font-face|<script|<image|<foreignObject|\bhref|url\((?!#)|data:", beside) == []
    assert len(text) < 64_000


@pytest.mark.parametrize("file", [file for file, _ in pictures()])
def test_a_picture_names_no_machine_but_anas(file: str) -> None:
    text = _text_of(file)
    assert re.findall(r"/(?:tmp|root|dev|work)\b[^ ]*", text) == []
    assert set(re.findall(r"\w+@\w+", text)) <= {"ana@db1"}


def test_the_table_of_contents_names_every_section_of_the_page() -> None:
    text = README.read_text()
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^##+ (.*)$", outside, re.M)
    }
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert linked <= anchors
    listed = set(re.findall(r"\]\(#([^)]+)\)", outside.partition("## Contents")[2].partition("\n## ")[0]))
    tops = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^## (.*)$", outside, re.M)
    }
    assert tops - listed == {"contents"}
