"""From the key that a problem names to its line and column. Costs a walk over the text, so only problems pay for it."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.positions import positions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from qctl.config.positions import Path, Spot
    from qctl.config.problems import Problem


def locate(problems: Iterable[Problem], text_of: Callable[[str], str]) -> tuple[Problem, ...]:
    """Give each problem its line and column, and sort them by place. `text_of` answers the text of a file."""
    maps: dict[str, tuple[str, Mapping[Path, Spot]]] = {}
    placed = []
    for problem in problems:
        if problem.path and not problem.line:
            if problem.file not in maps:
                text = text_of(problem.file)
                maps[problem.file] = text, positions(text)
            problem = _placed(problem, *maps[problem.file])
        placed.append(problem)
    return tuple(sorted(placed, key=lambda each: (each.file, each.line, each.column)))


class Lines:
    """The lines of a text's keys. The text is walked over when the first one is asked for, and once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spots: Mapping[Path, Spot] | None = None

    def of(self, path: Path) -> int:
        """The line of a key, 0 if it is not there."""
        if self._spots is None:
            self._spots = positions(self._text)
        spot = self._spots.get(path)
        return spot.key.line if spot else 0


def _placed(problem: Problem, text: str, spots: Mapping[Path, Spot]) -> Problem:
    path = problem.path
    exact = True
    while path and path not in spots:
        path, exact = path[:-1], False
    if not path:
        return _by_what_is_in_it(problem, text, spots)
    spot = spots[path]
    span = spot.value if problem.at_value and exact else spot.key
    line, column, width = span.line, span.column, span.width
    if problem.needle:
        line, column, width = _search(problem, text, line, column) or (line, column, width)
    return replace(problem, line=line, column=column, width=width)


def _by_what_is_in_it(problem: Problem, text: str, spots: Mapping[Path, Spot]) -> Problem:
    """A table that is written by its inner ones alone, `[task.backup]`, stands where the first of these does."""
    below = (spot for inner, spot in spots.items() if inner[: len(problem.path)] == problem.path)
    spot = next(below, None)
    if spot is None:
        return replace(problem, line=1, column=1)
    found = _search(replace(problem, before="", needle=str(problem.path[-1])), text, spot.key.line, 1)
    line, column, width = found or (spot.key.line, spot.key.column, spot.key.width)
    return replace(problem, line=line, column=column, width=width)


def _search(problem: Problem, text: str, line: int, column: int) -> tuple[int, int, int] | None:
    """The first place of what is meant, at or after a line and column."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    found = text.find(problem.before + problem.needle, start + column - 1)
    if found < 0:
        return None
    found += len(problem.before)
    return text.count("\n", 0, found) + 1, found - text.rfind("\n", 0, found), len(problem.needle)
