"""A worker with few rights and few processes to spare: P8, P23, fault 20."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.processes import unprivileged
from tests.support.command_line import SOURCE
from tests.support.scratch import scratch_folder

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who has no other processes")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user can reach: pytest's own are private."""
    folder = scratch_folder("qctl-")
    yield folder
    shutil.rmtree(folder)


def crowd(folder: Path, what: Any) -> dict[str, Any]:
    """Have it done by a process that becomes the user."""
    words = [sys.executable, "-m", unprivileged.__name__, os.fspath(folder), what.__name__]
    done = subprocess.run(words, cwd=SOURCE, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_job_that_finds_no_process_has_not_started(folder: Path) -> None:
    """P23: nothing ran, and it is said so."""
    said = crowd(folder, unprivileged.a_job_that_finds_no_process)

    assert (said["outcome"], said["reason"]) == ("failed", "not_started")
    assert said["error"] == "cannot fork: Resource temporarily unavailable"


def test_a_job_starts_as_soon_as_there_is_one(folder: Path) -> None:
    """P23: the lack is often over in a moment."""
    assert crowd(folder, unprivileged.a_job_that_waits_for_one)["outcome"] == "succeeded"


def test_a_slot_that_cannot_be_forked_is_tried_again_at_most_twice_a_second(folder: Path) -> None:
    """Fault 20: no spin, and the worker comes back by itself."""
    said = crowd(folder, unprivileged.a_slot_that_cannot_be_replaced_for_a_while)

    assert said["why"] == "cannot fork: Resource temporarily unavailable"
    assert 2 <= said["refused"] <= 4
    assert said["outcome"] == "succeeded"


def test_a_worker_that_is_not_root_runs_no_job_as_another_user(folder: Path) -> None:
    """P8: it says so, and nothing runs as somebody else than the task names."""
    said = crowd(folder, unprivileged.jobs_of_another_user)

    for name in ("other", "who_am_i"):
        assert (said[name]["outcome"], said[name]["reason"]) == ("failed", "not_started")
        assert said[name]["error"] == (
            f"user = daemon: this worker runs as user {unprivileged.NOBODY_ELSE}, "
            "and only one that runs as root can start jobs of other users"
        )


def test_large_messages_wait_while_too_many_are_under_way(folder: Path) -> None:
    """The kernel counts descriptors that are sent and not received yet: of a user no more than he may open."""
    said = crowd(folder, unprivileged.large_messages)

    assert 0 < said["taken"] <= unprivileged.FEW_DESCRIPTORS + 1
    assert said["ended"] == 1 + 4 * unprivileged.FEW_DESCRIPTORS
    assert said["died"] == 0
