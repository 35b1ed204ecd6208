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
    """Answers in turn, at once."""

    def __init__(self, answers: list[tuple[str, int] | None]) -> None:
        self._answers = answers
        self.found: Any = None
        self.under_way = False

    def begin(self, _attempt: int, _now: float) -> None:
        said = self._answers.pop(0)
        self.found = None if said is None else SENTINELS.server(*said)


class Connection:
    """A line to the old primary."""

    server = SENTINELS.server(*OLD)

    def __init__(self) -> None:
        self.left: list[str] = []

    def leave(self, why: Exception, _now: float) -> None:
        self.left.append(str(why))


@pytest.mark.parametrize(
    ("answers", "leaves"),
    [
        ([OLD, OLD, OLD], False),
        ([NEW, NEW], True),
        ([NEW, OLD, NEW, OLD], False),
        ([NEW, None, NEW], True),
        ([NEW], False),
        ([NEW, ("10.0.0.3", 6379)], False),
    ],
)
def test_it_takes_two_that_agree(
    answers: list[tuple[str, int] | None], leaves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 44: a Sentinel that is cut off from the others goes on naming the primary that it knew."""
    monkeypatch.setattr(module, "Inquiry", lambda *_: Sentinels(list(answers)))
    line = Connection()
    lookout = Lookout(SENTINELS, cast("Any", SimpleNamespace()), [cast("Any", line)])

    for second in range(len(answers)):
        lookout.run_once(second * LOOK)

    assert bool(line.left) is leaves
