"""Each attack on commands, parameters, Redis, files and privileges is asked of a test that says its number.

The numbers are those of the table of attacks in the design; 1 to 22 are the web's.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parents[1]
ATTACKS: Final = range(23, 63)
#: Rows that no test here proves, or only in part, and why.
ELSEWHERE: Final = {
    55: "the replay of triggers from outside: there is none as long as there is no web",
    56: "terminals and editors in a browser: the same; no command offers one",
    61: "floods of connections from outside: the same; how many callers a job may have is a limit of its run directory",
}
_NUMBERS: Final = re.compile(r"\b[Aa]ttacks? (\d+(?:(?:, | and | to )\d+)*)")


@cache
def cited() -> dict[int, list[str]]:
    """By number the tests that say so in their own words, or in those of their class."""
    found: dict[int, list[str]] = defaultdict(list)
    for file in TESTS.rglob("test_*.py"):
        text = file.read_text()
        for name, docstring in _tests_of(ast.parse(text)) if "ttack" in text else ():
            for number in numbers_in(docstring):
                found[number].append(f"{file.relative_to(TESTS)}::{name}")
    return found


def _tests_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name.lower().startswith("test"):
            yield node.name, ast.get_docstring(node) or ""


def numbers_in(text: str) -> set[int]:
    """The numbers of attacks that a text names: `attacks 23, 25 to 27 and 30`."""
    found: set[int] = set()
    for named in _NUMBERS.findall(" ".join(text.split())):
        for first, last in re.findall(r"(\d+)(?: to (\d+))?", named):
            found |= set(range(int(first), int(last or first) + 1))
    return found


def test_numbers_are_read_as_people_write_them() -> None:
    assert numbers_in("P8, attacks 40, 50 to 52\nand 54; fault 18. Attack 31.") == {31, 40, 50, 51, 52, 54}


def test_every_attack_has_a_test_or_a_reason() -> None:
    tests = cited()

    assert [number for number in ATTACKS if number not in tests and number not in ELSEWHERE] == []
    assert [number for number in ELSEWHERE if number in tests] == [], "what has a test needs no reason"


def test_no_test_names_an_attack_that_there_is_not() -> None:
    assert [number for number in cited() if number not in range(1, 63)] == []
