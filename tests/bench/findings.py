"""What one run of the bench has found, as it is told, kept in a file, drawn and put into the README."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.figures import Verdict, judge
from tests.bench.rounds import Taken


@dataclass(slots=True)
class Findings:
    """All figures of one run."""

    machine: str  #: what it ran on, in words
    rounds: int
    load: list[float] = field(default_factory=list)  #: of the machine: processes that wanted a core before each measure
    versions: dict[str, str] = field(default_factory=dict)  #: by peer
    absent: dict[str, str] = field(default_factory=dict)  #: peers that could not be had, and why
    taken: dict[str, Taken] = field(default_factory=dict)  #: by measure
    broken_off: bool = False  #: not all was measured that was asked for

    def verdicts(self) -> list[Verdict]:
        """What came of every bar."""
        return [
            verdict
            for taken in self.taken.values()
            for figure in taken.figures
            for verdict in judge(figure, taken.values[figure.name])
        ]

    def write(self, file: Path) -> None:
        """Keep it as JSON."""
        document = {
            "machine": self.machine,
            "rounds": self.rounds,
            "load": self.load,
            "versions": self.versions,
            "absent": self.absent,
            "measures": {name: _item(taken) for name, taken in self.taken.items()},
            "bars": [_bar_item(verdict) for verdict in self.verdicts()],
        }
        file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def read(file: Path, figures: Mapping[str, Sequence[Any]]) -> Findings:
    """What `write` has kept, with the `figures` of each measure as they are now; measures that are no more are dropped.

    Raises OSError, and ValueError for what is no such file.
    """
    document = json.loads(file.read_text())
    try:
        found = Findings(*(document[name] for name in ("machine", "rounds", "load", "versions", "absent")))
        for name, item in document["measures"].items():
            if name in figures:
                values = {figure.name: item["values"].get(figure.name, {}) for figure in figures[name]}
                more = (item.get("took", {}), item.get("tried", 0.0))
                found.taken[name] = Taken(figures[name], values, item["ways"], item["failed"], *more)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file} is no file that `--json` has written: {error!r}") from error
    return found


def _item(taken: Taken) -> dict[str, Any]:
    return {
        "values": taken.values,
        "ways": taken.ways,
        "failed": taken.failed,
        "took": {name: round(seconds, 1) for name, seconds in taken.took.items()},
        "tried": round(taken.tried, 1),
    }


def _bar_item(verdict: Verdict) -> dict[str, Any]:
    return {
        "figure": verdict.figure.name,
        "against": verdict.opponent or verdict.bar.needs,
        "bar": verdict.bar.times if verdict.bar.times is not None else verdict.bar.limit,
        "ratio": None if verdict.ratio is None else asdict(verdict.ratio),
        "met": verdict.met,
    }
