"""Every fault that the design lists, 1 to 85, is shown by a test that names its number, or is said here not to be.

A test names a fault in its docstring, in that of its class, or behind its first line: `Fault 12`, `Faults 12 and 13`,
`faults 62 to 64`. What a module's docstring says is of nobody's test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from tests.support.source import ROOT

FAULTS = range(1, 86)

#: Faults that no test brings about, and what is done instead.
OTHERWISE: Mapping[int, str] = {}

_CITED = re.compile(r"\bfaults? (\d+(?:(?:, (?:and )?| and | to )\d+)*)", re.I)


def numbers_in(text: str) -> set[int]:
    """The faults that a text names: `Faults 12, 13 and 15`, `faults 62 to 64`."""
    found: set[int] = set()
    for said in _CITED.findall(text):
        for part in re.split(r", and |, | and ", said):
            first, _, last = part.partition(" to ")
            found.update(range(int(first), int(last or first) + 1))
    return found


def _said_of(lines: Sequence[str], node: ast.FunctionDef | ast.ClassDef) -> str:
    """The docstring of a test, or of a class of tests, and what stands behind its first lines."""
    comments = (line.partition("  # ")[2] for line in lines[node.lineno - 1 : node.body[0].lineno - 1])
    return " ".join([ast.get_docstring(node) or "", *comments])


def _tests_of(text: str) -> Iterator[tuple[str, str]]:
    """The tests of a module, each with all that is said of it."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, _said_of(lines, node)
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                    yield each.name, f"{_said_of(lines, node)} {_said_of(lines, each)}"


@cache
def shown() -> Mapping[int, tuple[str, ...]]:
    """By fault, the tests that name it."""
    found: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text()
        for name, said in _tests_of(text) if _CITED.search(text) else ():
            for number in numbers_in(said):
                found.setdefault(number, []).append(f"{path.relative_to(ROOT)}::{name}")
    return {number: tuple(tests) for number, tests in found.items()}


def test_the_numbers_of_a_citation_are_read() -> None:
    assert numbers_in("P21, faults 1, 11 and 12; fault 47's second net") == {1, 11, 12, 47}
    assert numbers_in("Faults 62 to 64, attack 3") == {62, 63, 64}
    assert numbers_in("a default of 12") == set()


def test_each_fault_has_a_test_or_a_reason_why_not() -> None:
    assert [number for number in FAULTS if number not in shown().keys() | OTHERWISE.keys()] == []


def test_what_is_said_to_be_done_otherwise_is_not_shown_after_all() -> None:
    assert OTHERWISE.keys() & shown().keys() == set()
    assert [number for number in OTHERWISE if number not in FAULTS] == []


def test_no_test_names_a_fault_that_there_is_not() -> None:
    assert {number: tests for number, tests in shown().items() if number not in FAULTS} == {}
