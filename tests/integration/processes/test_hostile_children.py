"""What a Python task of another user may say to its slot in qctl's name: it harms that attempt, and nothing else."""

from __future__ import annotations

import json
import mmap
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.engine.processes import kernel
from qctl.model.state import Outcome, Reason
from tests.integration.processes.code.hostile_child import SAYINGS
from tests.integration.processes.crew import Crew, python, shell, value

OTHER = pwd.getpwnam("daemon").pw_name if os.geteuid() == 0 else None
TASKS = (
    *(python(name, "what", module="hostile_child", user=OTHER, nice=1) for name in ("say",)),
    python("progress", "lines", module="hostile_child", user=OTHER, nice=1),
    python("silence", module="hostile_child", user=OTHER, nice=1),
    python("shared_memory", module="hostile_child", user=OTHER, nice=1),
    shell("echo $$"),
)


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    """One slot for all of them: what one attempt has done the next would notice."""
    folder = tmp_path_factory.mktemp("hostile")
    for each in (folder, folder.parent):
        each.chmod(0o711)
    crew = Crew(folder, TASKS)
    crew.run("sh")  # its slot is there, and what watches it, before the first test counts what is open
    yield crew
    crew.pool.close()
    kernel.adopt_orphans(False)


@pytest.mark.parametrize("what", SAYINGS)
def test_an_end_that_makes_no_sense_is_a_crash_that_says_why(crew: Crew, what: str) -> None:
    """Attacks 30 and 51: bounded, typed, and never believed by halves; the slot lives on."""
    slot = _slot(crew)

    ended = crew.run("say", {"what": what})

    assert (ended.outcome, ended.reason, ended.value) == (Outcome.FAILED, Reason.CRASHED, None)
    assert ended.error is not None
    assert ended.error.message.startswith("its process said how it ended in a way that is not believed: ")
    assert ended.instead is None
    assert crew.run("sh").outcome is Outcome.SUCCEEDED
    assert _slot(crew) == slot


def test_words_of_progress_without_an_end_do_not_keep_a_slot_from_its_work(crew: Crew) -> None:
    assert json.loads(value(crew.run("progress", {"lines": 5000}))) == "said 5000"


def test_a_child_that_closes_its_socket_costs_its_slot_no_time(crew: Crew) -> None:
    """It has said no end, so it has crashed; and while it works its slot does not turn in circles."""
    before = _busy(crew)

    ended = crew.run("silence")

    assert ended.reason is Reason.CRASHED
    assert _busy(crew) - before < 0.1


def test_a_child_cannot_reach_the_memory_in_which_its_slot_reports(crew: Crew) -> None:
    """Attacks 30 and 51: what stands there is believed. The row by which it hears of stops is all that they share."""
    assert json.loads(value(crew.run("shared_memory"))) == [mmap.PAGESIZE]


def _slot(crew: Crew) -> int:
    """The process of the only slot."""
    crew.until(lambda: Path(f"/proc/{crew.template}/task/{crew.template}/children").read_text())
    (slot,) = Path(f"/proc/{crew.template}/task/{crew.template}/children").read_text().split()
    return int(slot)


def _busy(crew: Crew) -> float:
    """Seconds of processor time that the slot has used."""
    fields = Path(f"/proc/{_slot(crew)}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
