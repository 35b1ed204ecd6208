"""The files of one configuration: the first one, and those that it includes."""

from __future__ import annotations

import glob
import os

from qctl.classes import dataclass, field
from qctl.config.locating import locate
from qctl.config.problems import BadFile, Problem
from qctl.config.source import read
from qctl.config.stamps import Stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Final

    from qctl.config.source import Source

MAX_FILES: Final = 1000


@dataclass(slots=True)
class Gathered:
    """What was read: each source once, in order, with the sources that led to it."""

    sources: list[tuple[Source, tuple[Source, ...]]] = field(default_factory=list)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)

    def stamp(self, path: str) -> None:
        self.stamps.setdefault(path, Stamp.of(path))


def gather(path: str, instead: Mapping[str, str]) -> Gathered:
    """Read a file and all that it includes. Raises BadFile if one cannot be read or leads back to itself.

    `instead` gives the texts of some, by their real paths.
    """
    gathered = Gathered(instead=instead)
    _follow(os.path.abspath(path), (), gathered, set())
    return gathered


def _follow(path: str, chain: tuple[Source, ...], gathered: Gathered, seen: set[str]) -> None:
    gathered.stamp(os.path.dirname(path))
    source = read(path, gathered.instead.get(os.path.realpath(path)))
    seen.add(os.path.realpath(path))
    if len(seen) > MAX_FILES:
        raise BadFile(Problem(code="Q012", message=f"more than {MAX_FILES} files are included", file=path))
    gathered.stamps[path] = source.stamp
    gathered.sources.append((source, chain))
    chain = (*chain, source)
    for position, pattern in enumerate(_patterns(source.document)):
        for found in _matches(source, pattern, gathered):
            if os.path.realpath(found) in (os.path.realpath(each.path) for each in chain):
                raise _located(_loop(source, chain, found, position), source)
            gathered.stamp(found)  # also where it is a link to what was read: it may lead elsewhere one day
            if os.path.realpath(found) not in seen:
                if not os.path.lexists(found) and os.path.realpath(found) not in gathered.instead:
                    raise _located(_absent(source, found, position), source)
                _follow(found, chain, gathered, seen)


def _patterns(document: Mapping[str, Any]) -> list[str]:
    """The patterns of `include`. What is no list of texts is told when [qctl] is read."""
    settings = document.get("qctl")
    patterns = settings.get("include") if isinstance(settings, dict) else None
    return [each for each in patterns if isinstance(each, str)] if isinstance(patterns, list) else []


def _matches(source: Source, pattern: str, gathered: Gathered) -> Iterator[str]:
    """The files that a pattern means, sorted. A pattern may match none; a plain path must be there."""
    whole = os.path.join(source.folder, os.path.expanduser(pattern))
    if not glob.has_magic(pattern):
        yield os.path.abspath(whole)
        return
    for folder in [fixed_part(whole), *glob.glob(os.path.dirname(whole), recursive=True)]:
        gathered.stamp(os.path.abspath(folder))
    for found in sorted(map(os.path.abspath, glob.glob(whole, recursive=True))):
        if os.path.isfile(found):
            yield found
        elif os.path.islink(found):
            gathered.stamp(found)  # it may lead to a file one day


def dangling(documents: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Links that a pattern or the way to it matches, and that lead nowhere: the file, the pattern's place, the link."""
    for path, document in documents.items():
        for position, pattern in enumerate(_patterns(document)):
            whole = os.path.join(os.path.dirname(path), os.path.expanduser(pattern))
            parts = _parts(whole) if glob.has_magic(pattern) else []
            for found in sorted({found for part in parts for found in glob.glob(part, recursive=True)}):
                if os.path.islink(found) and not os.path.exists(found):
                    yield path, position, found


def _parts(pattern: str) -> list[str]:
    """A pattern, and those of the folders on its way; not those of any depth, which mean any file below them."""
    parts = [pattern]
    while (above := os.path.dirname(parts[-1])) != parts[-1]:
        parts.append(above)
    return [part for part in parts if part == pattern or os.path.basename(part) != "**"]


def fixed_part(pattern: str) -> str:
    """The folder that a pattern begins with, so that a new folder below it is noticed."""
    while glob.has_magic(pattern):
        pattern = os.path.dirname(pattern)
    return pattern


def _located(problem: Problem, source: Source) -> BadFile:
    return BadFile(*locate([problem], {source.path: source.text}.__getitem__))


def _absent(source: Source, found: str, position: int) -> Problem:
    """A file that is included by its name is not there: what is wrong stands in the one that names it."""
    return _at("Q010", f"there is no {found} to include", source, position)


def _loop(source: Source, chain: tuple[Source, ...], found: str, position: int) -> Problem:
    way = " -> ".join(os.path.basename(path) for path in (*(each.path for each in chain), found))
    return _at("Q020", f"files include each other: {way}", source, position)


def _at(code: str, message: str, source: Source, position: int) -> Problem:
    """A problem at one entry of a file's `include`."""
    return Problem(code=code, message=message, file=source.path, path=("qctl", "include", position), at_value=True)
