"""The README tells what is so: its diagram is drawn from MOVES, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

from qctl.cli.table import BY_NAME
from qctl.model.state import MOVES, State

README = Path(__file__).parents[2] / "README.md"
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
