"""Which of a peer's ways is the best: tried once a day, and kept beside the environments of the peers.

A choice holds for one measure on one machine, of one version of the peer and of the ways that were tried. What the best
gave is kept with it, for by that the next samples are sized. What is tried while others use the machine holds for that
run alone: processes that wait for a core look worse than threads that share one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.bench.peers.peer import Variant

HOLDS: Final = 86_400.0  #: seconds


@dataclass(frozen=True, slots=True)
class Choice:
    """The best way, by its label, what it gave, and when it was tried."""

    label: str
    value: float
    at: float  #: seconds since the epoch


class Choices:
    """Those of a machine. Without a file they hold for one run."""

    def __init__(self, file: Path | None, machine: str, versions: Mapping[str, str], *, anew: bool = False) -> None:
        self._file, self._machine, self._versions = file, machine, versions
        self._from = time.time() if anew else 0.0
        self._known: dict[str, Choice] = {}
        self._of_this_run: set[str] = set()
        self.is_calm = True  #: nobody else uses the machine: what is tried now is kept for the next runs
        if file is not None and file.exists():
            self._known = {name: Choice(**each) for name, each in json.loads(file.read_text()).items()}

    def of(self, measure: str, who: str, ways: Sequence[Variant]) -> Choice | None:
        """What was chosen, if that is not too long ago."""
        found = self._known.get(self._name(measure, who, ways))
        fresh = found is not None and found.at >= max(self._from, time.time() - HOLDS)
        return found if fresh else None

    def keep(self, measure: str, who: str, ways: Sequence[Variant], choice: Choice) -> None:
        """Keep it for this run, and if the machine is calm for the next ones."""
        name = self._name(measure, who, ways)
        self._known[name] = choice
        if not self.is_calm:
            self._of_this_run.add(name)
        elif self._file is not None:
            since = time.time() - HOLDS
            lasting = {name: each for name, each in self._known.items() if name not in self._of_this_run}
            held = {name: asdict(each) for name, each in lasting.items() if each.at >= since}
            self._file.write_text(json.dumps(held, indent=1))

    def _name(self, measure: str, who: str, ways: Sequence[Variant]) -> str:
        tried = [[way.label, *way.words, *(f"{name}={text}" for name, text in way.variables.items())] for way in ways]
        return json.dumps([measure, who, self._versions.get(who, ""), self._machine, tried])
