"""A run without Redis and worker hears all that its own pool says, in whichever order that comes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from qctl.cli.commands.local import _LocalRun
from qctl.engine.processes.events import Event, Finished, Ready
from qctl.engine.processes.frames import Frame
from qctl.model.call import Call, Kind
from qctl.model.ended import Ended
from qctl.model.output import pack
from qctl.model.state import Outcome


class Pool:
    """One that says what it is given, piece by piece."""

    def __init__(self, *said: list[Event]) -> None:
        self._said = list(said)

    def dispatch(self, frames: list[Frame]) -> int:
        return len(frames)

    def events(self) -> list[Event]:
        return self._said.pop(0)

    def sources(self) -> list[int]:
        return []

    def next_due(self) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing runs here."""


def test_what_cannot_be_imported_is_told_though_the_task_was_over_before(monkeypatch: Any) -> None:
    monkeypatch.setattr("qctl.cli.commands.local._WAKE", 0.0)
    frame = Frame("j1", 1, 1, Call(task="quick", kind=Kind.CALL).encode(), "default")
    ended = Ended(outcome=Outcome.SUCCEEDED, packed_log=pack([]))
    pool = Pool([Finished("j1", 1, ended)], [], [Ready(1, {"half": "No module named 'half'"})])
    warned: list[str] = []
    here = SimpleNamespace(warn=warned.append, say=lambda _: None)

    code = _LocalRun(cast("Any", pool), frame, None, ["half"], cast("Any", here), value_only=False).run()

    assert (code, warned) == (0, ["half cannot be imported: No module named 'half'"])
