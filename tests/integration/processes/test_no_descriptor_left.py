"""A process that has opened all that it may: what its job has printed and come to arrives nevertheless (fault 21)."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.processes import packets, pool
from qctl.engine.processes.events import SlotDied
from qctl.model.state import Outcome
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import log, python, value

LARGE = 5 * packets.INLINE
LINES = 30_000


@pytest.fixture(autouse=True)
def few() -> Iterator[None]:
    """What is started may open no more than some hundred files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 200, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("options", [{}, {"limits": {"files": 20}}], ids=["in its slot", "in a process of its own"])
def test_a_job_that_keeps_every_descriptor_open_is_done_once_and_loses_nothing(
    hire: Hire, tmp_path: Path, options: dict[str, Any]
) -> None:
    crew = hire(python("opens_all_it_may", "mark", "size", "lines", module="hard_ends", output_max=1 << 20, **options))
    mark = tmp_path / "mark"

    ended = crew.run("opens_all_it_may", {"mark": str(mark), "size": LARGE, "lines": LINES})

    assert ended.outcome is Outcome.SUCCEEDED
    assert value(ended) == b'"%s"' % (b"x" * LARGE)
    assert log(ended).text().count(b"\n") == LINES
    assert not crew.of(SlotDied)
    assert mark.read_text() == "ran\n"


def test_a_slot_that_dies_in_the_midst_of_a_large_value_leaves_no_half_of_it(
    hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 1: its job has crashed, and what comes of the next one there is its own."""
    monkeypatch.setattr(pool, "_AT_ONCE", 1)
    crew = hire(python("large", "size"))
    crew.ready()
    generation, hearing = crew.pool._generation, crew.pool._succession.hearing
    assert generation is not None
    assert hearing is not None

    for _ in range(5):
        key = crew.submit("large", {"size": 4_000_000})
        crew.until(lambda: hearing._parts._come)
        generation.slots[0].signal(signal.SIGKILL)
        assert value(crew.run("large", {"size": LARGE})) == b'"%s"' % (b"x" * LARGE)
        assert [died.running for died in crew.of(SlotDied)][-1] == key
