"""In which order what processes share is written and read, on a processor that keeps none by itself.

The machine of a test mostly keeps one: so it is looked at where the barriers stand, and not at what goes wrong without.
"""

from __future__ import annotations

from typing import Any

import pytest

from qctl.engine.processes import rings, table
from qctl.engine.processes.acceptance import Acceptance
from qctl.engine.processes.dispatch import Dispatch
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.packets import pair
from qctl.engine.processes.rings import Ring
from qctl.engine.processes.table import Row, Table


class Watched:
    """Shared memory that says which of its places are written and read, and when."""

    def __init__(self, name: str, inside: memoryview[Any], steps: list[str]) -> None:
        self._name, self._inside, self._steps = name, inside, steps

    def __getitem__(self, place: Any) -> Any:
        self._steps.append(f"read {self._told(place)}")
        return self._inside[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self._steps.append(f"write {self._told(place)}")
        self._inside[place] = value

    def _told(self, place: Any) -> str:
        return self._name if isinstance(place, slice) else f"{self._name}[{place}]"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written, read, and held in order, from here on."""
    steps: list[str] = []
    for module in (rings, table):
        monkeypatch.setattr(module, "REORDERS", True)
        monkeypatch.setattr(module, "barrier", lambda: steps.append("barrier"))
    return steps


def a_ring(steps: list[str]) -> Ring:
    ring = Table(slots=1).ring(0)
    memory, places = Watched("memory", ring._memory, steps), Watched("places", ring._places, steps)
    return Ring(memory, places)  # type: ignore[arg-type]


def test_a_record_is_there_before_the_head_and_the_head_before_all_that_follows(steps: list[str]) -> None:
    """Else its job would be taken for one that the slot has not begun, and be run twice."""
    ring = a_ring(steps)
    assert ring.put(b"\1 record")
    assert steps[-4:] == ["write memory", "barrier", f"write places[{rings.HEAD}]", "barrier"]


def test_what_is_read_was_there_with_the_head_and_its_room_is_given_back_after_that(steps: list[str]) -> None:
    ring = a_ring(steps)
    ring.put(b"\1 record")
    steps.clear()
    assert ring.take() == b"\1 record"
    assert steps == [
        f"read places[{rings.HEAD}]",
        f"read places[{rings.TAIL}]",
        "barrier",
        "read memory",
        "barrier",
        f"write places[{rings.TAIL}]",
    ]


def a_row(steps: list[str]) -> Row:
    row = Table(slots=1).row(0)
    row.current = 7
    numbers, times = Watched("numbers", row._numbers, steps), Watched("times", row._times, steps)
    return Row(numbers, times)  # type: ignore[arg-type]


def test_whoever_sees_which_attempt_has_begun_sees_when(steps: list[str]) -> None:
    """Else its limits would count from the start of the one before."""
    row = a_row(steps)
    row.begin(12.5)
    assert [step for step in steps if not step.startswith("read")] == [
        f"write times[{table._BEGAN}]",
        "barrier",
        f"write numbers[{table._BEGUN}]",
    ]
    steps.clear()
    assert row.begun == (7, 12.5)
    assert steps[:4] == [f"read numbers[{table._BEGUN}]", "barrier", f"read times[{table._BEGAN}]", "barrier"]


def test_a_slot_shows_a_frame_before_it_asks_and_the_parent_ends_an_epoch_before_it_looks(steps: list[str]) -> None:
    """What `Dispatch.withdraw` rests on, on every processor."""
    ours, theirs = pair()
    with ours, theirs:
        shared = Table(slots=1)
        shared._numbers = Watched("numbers", shared._numbers, steps)  # type: ignore[assignment]
        Acceptance(theirs, shared, a_row(steps)).may_begin(1, 0)
        assert steps == [f"write numbers[{table._CURRENT}]", "barrier", f"read numbers[{table._EPOCH}]"]

        dispatch = Dispatch(ours, theirs, shared)
        dispatch.send([Frame("job", 1, 1, b"{}", "default"), Frame("other", 1, 1, b"{}", "default")])
        dispatch._recall = list  # type: ignore[method-assign]
        steps.clear()
        dispatch.withdraw()
        raised = steps.index(f"write numbers[{table._EPOCH}]")
        assert steps[raised + 1] == "barrier"
        assert "read numbers" in steps[raised + 2]
