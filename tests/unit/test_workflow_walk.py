"""A workflow that is worked off in memory keeps to the limits that the store keeps to."""

from __future__ import annotations

import re
from pathlib import Path

from qctl import store
from qctl.model.state import Outcome
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.plan import MOST_FAILED
from qctl.model.workflow.received import Left, Receiving
from qctl.model.workflow.tree import Group, Step
from qctl.model.workflow.walk import Walk
from tests.support.workflow_seed import a_workflow


def test_of_very_many_failed_jobs_so_many_are_told_of_and_so_many_are_followed_by_on_error() -> None:
    members = tuple(Step(task="fails") for _ in range(MOST_FAILED + 5))
    walk = Walk(a_workflow(Group(members=members), on_error="page", each_error=True).plan)
    receiving = Receiving("w", walk, lambda name: Left(name, "failed"))
    afterwards = []
    walk.start()
    while (taken := walk.take()) is not None:
        name = taken[0]
        if name.startswith("on_error"):
            afterwards.append(name)
        walk.end(name, Outcome.SUCCEEDED if name.startswith("on_error") else Outcome.FAILED)

    assert len(afterwards) == MOST_FAILED
    assert [len(_failed(receiving, source)) for source in ("f", "e:g1")] == [MOST_FAILED] * 2
    assert len(walk.culprits) == len(members), "all of them are counted nevertheless"


def test_the_scripts_have_the_same_limit() -> None:
    script = Path(store.__path__[0], "lua", "_workflow_course.lua").read_text()

    assert re.findall(r"local MOST_AFTERWARDS = (\d+)", script) == [str(MOST_FAILED)]


def _failed(receiving: Receiving, source: str) -> list[object]:
    failed: list[object] = as_python(receiving.input(source))["failed"]
    return failed
