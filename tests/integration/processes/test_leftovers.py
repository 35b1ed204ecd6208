"""What a job leaves running when its leader has ended. Faults 18 and 19; P15, P16, P24."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.engine.processes.table import How, Stop, Why
from qctl.model.state import Outcome
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import log, python, shell, value
from tests.support.processes import every_process, is_alive


def test_a_job_ends_with_its_leader_whoever_holds_the_pipe(hire: Hire, tmp_path: Path) -> None:
    """P15, fault 19: the child is told to go, and the log says so."""
    crew = hire(shell(f"sleep 310 & echo $! > {tmp_path}/left; echo ok", grace=300.0))

    ended = crew.run("sh")

    assert ended.outcome is Outcome.SUCCEEDED
    assert log(ended).text() == b"ok\n"
    assert b"1 left running" in log(ended).text("n")
    assert not is_alive(int((tmp_path / "left").read_text()))


def test_a_child_that_ignores_term_is_killed_after_the_grace_and_holds_up_no_report(hire: Hire, tmp_path: Path) -> None:
    """P15."""
    stubborn = f'trap "" TERM; echo $$ > {tmp_path}/left; while :; do sleep 0.1; done'
    crew = hire(
        shell(f"sh -c '{stubborn}' & until [ -s {tmp_path}/left ]; do sleep 0.01; done; exit 3", grace=1.0),
        python("nothing"),
    )

    ended = crew.run("sh")
    left = int((tmp_path / "left").read_text())

    assert ended.exit_code == 3
    assert is_alive(left)
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED  # begins when the slot is clean
    assert not is_alive(left)


def test_children_are_left_alone_when_the_task_says_so(hire: Hire, tmp_path: Path) -> None:
    crew = hire(
        shell(f"sleep 311 >/dev/null 2>&1 & echo $! > {tmp_path}/left", leave_children=True),
        python("nothing"),
        shell("sleep 312 & echo ok", name="other"),
    )

    crew.run("sh")
    left = int((tmp_path / "left").read_text())
    crew.run("nothing")
    other = crew.run("other")

    assert is_alive(left)
    assert b"1 left running" in log(other).text("n")


@pytest.mark.parametrize("how", [How.TERMINATE, How.KILL])
def test_children_that_were_left_alone_outlive_the_stop_of_another_job(hire: Hire, tmp_path: Path, how: How) -> None:
    """P16: what is ended is the stopped job's own tree."""
    crew = hire(
        shell(f"setsid sleep 313 >/dev/null 2>&1 & echo $! > {tmp_path}/left", leave_children=True),
        shell(f"setsid sleep 314 & touch {tmp_path}/begun; wait", name="other"),
    )
    crew.run("sh")
    left = int((tmp_path / "left").read_text())

    key, _ = crew.start("other")
    crew.until((tmp_path / "begun").exists)
    crew.pool.stop(*key, Stop(how, grace=0.05, why=Why.CANCELLED))

    assert crew.finish(key).outcome is Outcome.CANCELLED
    assert is_alive(left)


def test_the_children_that_a_python_task_leaves_are_ended(hire: Hire, tmp_path: Path) -> None:
    """Fault 18."""
    crew = hire(python("leave_child", "mark"), python("run_child"))

    ended = crew.run("leave_child", {"mark": str(tmp_path / "left")})

    assert ended.outcome is Outcome.SUCCEEDED
    assert not is_alive(int((tmp_path / "left").read_text()))
    assert b"left running" in log(ended).text("e")
    assert value(crew.run("run_child")) == b'"from a child\\n"'


def test_many_runs_leave_no_zombie(hire: Hire) -> None:
    """P24."""
    crew = hire(shell("(true &); true & true"), python("run_child"), slots=2)

    keys = [crew.submit(task) for _ in range(150) for task in ("sh", "run_child")]
    crew.until(lambda: len(crew.ended) == len(keys), within=60)
    generation = crew.pool._generation
    assert generation is not None
    ours = {crew.template, *(slot.pid for slot in generation.slots.values())}

    def none_is_left() -> bool:
        return not [seen for seen in every_process() if seen.parent in ours and seen.state == "Z"]

    crew.until(none_is_left)
