"""A crew per test: a pool that is closed, with everything below it, when the test is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.processes import kernel
from qctl.model.task import Task
from tests.integration.processes.crew import Crew

Hire = Callable[..., Crew]


@pytest.fixture
def hire(tmp_path: Path) -> Iterator[Hire]:
    """`hire(task, …, slots=1)` starts a pool that knows these tasks."""
    crews: list[Crew] = []

    def hire(*tasks: Task, **plan: Any) -> Crew:
        crews.append(Crew(tmp_path / str(len(crews)), tasks, **plan))
        return crews[-1]

    yield hire
    for crew in crews:
        crew.pool.close()
    kernel.adopt_orphans(False)  # a pool makes its process adopt orphans; the tests that follow look for their own
