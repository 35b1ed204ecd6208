"""Leaving a primary that is none any more: by the word of two Sentinels, for one may be of yesterday."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl.engine import lookout as module
from qctl.engine.lookout import LOOK, Lookout
from qctl.store import parse_address

OLD, NEW = ("10.0.0.1", 6379), ("10.0.0.2", 6379)
SENTINELS = parse_address("redis+sentinel://10.0.1.1:26379,10.0.1.2:26379,10.0.1.3:26379/main")


class Sentinels:
    """Answer in turn, at once."""

    witnesses = 2

    def __init__(self, answers: list[tuple[str, int] | None], who: str) -> None:
        self._answers, self._who = answers, list(who)
        self.witness: Any = None
        self.found: Any = None
        self.under_way = False

    def begin(self, _attempt: int, _now: float) -> None:
        said, self.witness = self._answers.pop(0), self._who.pop(0)
        self.found = None if said is None else SENTINELS.server(*said)


class Connection:
    """A line to the old primary."""

    server = SENTINELS.server(*OLD)

    def __init__(self) -> None:
        self.left: list[str] = []

    def leave(self, why: Exception, _now: float) -> None:
        self.left.append(str(why))


@pytest.mark.parametrize(
    ("answers", "who", "leaves"),
    [
        ([OLD, OLD, OLD], "123", False),
        ([NEW, NEW], "12", True),
        ([NEW, OLD, NEW, OLD], "1231", False),
        ([NEW, None, NEW], "123", True),
        ([NEW, NEW, NEW], "111", False),
        ([NEW, NEW, NEW], "112", True),
        ([NEW, OLD, NEW], "113", False),
        ([NEW], "1", False),
        ([NEW, ("10.0.0.3", 6379)], "12", False),
    ],
)
def test_it_takes_two_that_agree(
    answers: list[tuple[str, int] | None], who: str, leaves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 44: one that is cut off goes on naming the primary that it knew; asked twice it is one still."""
    monkeypatch.setattr(module, "Inquiry", lambda *_: Sentinels(list(answers), who))
    line = Connection()
    lookout = Lookout(SENTINELS, cast("Any", SimpleNamespace()), [cast("Any", line)])

    for second in range(len(answers)):
        lookout.run_once(second * LOOK)

    assert bool(line.left) is leaves
