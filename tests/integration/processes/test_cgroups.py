"""Control groups: on the real tree where this machine has one, on one of plain files for what its kernel lacks.

`limits.memory` by group needs a kernel whose memory controller is of version 2, and so is shown by what is written.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from qctl.engine.processes import cgroups
from qctl.engine.processes.cgroups import Delegation, SlotGroups, take_over
from qctl.engine.processes.events import SlotDied
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import python, shell, value
from tests.support import eventually
from tests.support.command_line import SOURCE
from tests.support.processes import is_alive


def real_tree() -> str | None:
    """Where groups can be made, if they can."""
    try:
        root = cgroups._mount_of("/proc/self/mountinfo")
        if root is None:
            return None
        probe = Path(root) / f"qctl-probe-{os.getpid()}"
        probe.mkdir()
        kills = (probe / "cgroup.kill").exists()
        probe.rmdir()
        return root if kills else None
    except OSError:
        return None


TREE = real_tree()
on_a_real_tree = pytest.mark.skipif(TREE is None, reason="no cgroup v2 here in which groups may be made")


def _is_empty(group: Path) -> bool:
    return not (group / "cgroup.procs").read_text()


@pytest.fixture
def group() -> Iterator[Path]:
    """An empty group of the real tree."""
    path = Path(str(TREE)) / f"qctl-test-{os.getpid()}-{time.monotonic_ns()}"
    path.mkdir()
    yield path
    for each in [*path.iterdir(), path]:
        if each.is_dir():
            (each / "cgroup.kill").write_text("1")
            eventually(partial(_is_empty, each))
            each.rmdir()


@on_a_real_tree
def test_a_limited_attempt_has_a_group_of_its_own_that_ends_with_it(hire: Hire, group: Path) -> None:
    crew = hire(
        shell("cat /proc/self/cgroup", limits={"processes": 5000}),
        python("cgroup", module="own_process", limits={"memory": 1 << 33}),
        shell("cat /proc/self/cgroup", name="free"),
        delegation=Delegation(str(group), frozenset()),
    )

    found = [value(crew.run("sh")).decode(), value(crew.run("cgroup")).decode()]

    assert all(f"/{group.name}/attempt-" in each for each in found)
    assert group.name not in value(crew.run("free")).decode()
    assert [each.name for each in group.iterdir() if each.is_dir()] == []


@on_a_real_tree
def test_what_hides_from_the_tree_is_killed_with_its_group(hire: Hire, group: Path, tmp_path: Path) -> None:
    """Attack 52, fault 18: nothing that an attempt has started outlives it."""
    mark = tmp_path / "mark"
    crew = hire(
        shell(f"setsid sleep 300 > /dev/null & echo $! > {mark}; wait", limits={"processes": 5000}, grace=0),
        delegation=Delegation(str(group), frozenset()),
    )
    key, _ = crew.start("sh")
    crew.until(lambda: mark.exists() and mark.read_text().strip())
    hidden = int(mark.read_text())

    (leader,) = [each for each in group.iterdir() if each.is_dir()]
    pids = (leader / "cgroup.procs").read_text().split()
    assert str(hidden) in pids
    os.kill(min(int(pid) for pid in pids), 9)
    crew.finish(key)

    eventually(lambda: not is_alive(hidden))
    assert not leader.exists()


@on_a_real_tree
def test_the_group_of_a_slot_that_dies_is_ended_by_its_template(hire: Hire, group: Path, tmp_path: Path) -> None:
    """Fault 18: what the attempt has started goes with it, wherever it hides."""
    mark = tmp_path / "mark"
    crew = hire(
        shell(f"setsid sleep 300 > /dev/null & echo $! > {mark}; wait", limits={"processes": 5000}),
        delegation=Delegation(str(group), frozenset()),
    )
    _, started = crew.start("sh")
    crew.until(lambda: mark.exists() and mark.read_text().strip())

    os.kill(started.pid, signal.SIGKILL)
    crew.until(lambda: crew.of(SlotDied))

    assert not is_alive(int(mark.read_text()))
    assert [each.name for each in group.iterdir() if each.is_dir()] == []


@on_a_real_tree
def test_the_group_of_children_that_were_left_on_purpose_goes_when_they_have(
    hire: Hire, group: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    limits = {"processes": 5000}
    crew = hire(
        shell(f"sleep 300 > /dev/null & echo $! > {mark}", limits=limits, leave_children=True),
        shell("true", name="next", limits=limits),
        delegation=Delegation(str(group), frozenset()),
    )
    crew.run("sh")
    child = int(mark.read_text())
    assert is_alive(child)
    assert len([each for each in group.iterdir() if each.is_dir()]) == 1

    os.kill(child, signal.SIGKILL)
    eventually(lambda: not is_alive(child))

    def gone() -> bool:
        crew.run("next")
        return [each.name for each in group.iterdir() if each.is_dir()] == []

    eventually(gone)


@on_a_real_tree
def test_a_worker_takes_over_what_was_delegated_and_nothing_else(group: Path) -> None:
    code = (
        "import os, sys; from qctl.engine.processes.cgroups import take_over\n"
        "open(sys.argv[1] + '/cgroup.procs', 'w').write('0')\n"
        "print(take_over() is None); os.setxattr(sys.argv[1], 'user.delegate', b'1')\n"
        "print(take_over().path == sys.argv[1], open('/proc/self/cgroup').read().strip().splitlines()[-1])"
    )

    words = [sys.executable, "-c", code, str(group)]
    done = subprocess.run(words, cwd=SOURCE, capture_output=True, text=True, check=True)

    nobodys, mine, *_ = done.stdout.split()
    assert (nobodys, mine) == ("True", "True")
    assert done.stdout.strip().endswith(f"/{group.name}/qctl-worker")


def test_limits_are_written_to_the_controllers_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, str] = {}
    monkeypatch.setattr(cgroups, "_write", lambda path, name, text: written.update({name: text}))
    limits = {"memory": 1 << 30, "processes": 50, "files": 10}

    with SlotGroups(Delegation(str(tmp_path), frozenset({"memory", "pids"}))).group_for(limits, spare=False) as whole:
        assert whole is not None
        assert whole.holds == {"memory", "processes"}
    with SlotGroups(Delegation(str(tmp_path), frozenset({"pids"}))).group_for(limits, spare=False) as half:
        assert half is not None
        assert half.holds == {"processes"}

    assert written == {"memory.max": str(1 << 30), "memory.oom.group": "1", "pids.max": "50", "cgroup.kill": "1"}


def test_a_death_for_want_of_memory_is_read_from_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 14: of this attempt, and not of anybody on the machine."""
    monkeypatch.setattr(cgroups, "_write", lambda *_: None)
    delegation = Delegation(str(tmp_path), frozenset({"memory"}))

    with SlotGroups(delegation).group_for({"memory": 1}, spare=False) as group:
        assert group is not None
        events = next(tmp_path.iterdir()) / "memory.events"
        events.write_text("low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\n")
        assert group.ran_out_of_memory() is False
        events.write_text("low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n")
        assert group.ran_out_of_memory()
        events.unlink()
        assert group.ran_out_of_memory() is None  # no controller counts: the whole machine's count has to do


def test_a_group_whose_limits_cannot_be_set_is_not_left_behind(tmp_path: Path) -> None:
    """Its files are missing here, as `memory.oom.group` is of an old kernel: limits are those of each process then."""
    delegation = Delegation(str(tmp_path), frozenset({"memory"}))

    with SlotGroups(delegation).group_for({"memory": 1}, spare=False) as group:
        assert (group, list(tmp_path.iterdir())) == (None, [])


def test_without_a_delegation_limits_are_those_of_each_process(tmp_path: Path) -> None:
    """A tree of version 1, a group of somebody else, no tree at all."""
    mounts, own = tmp_path / "mounts", tmp_path / "own"
    own.write_text("9:pids:/x\n0::/unit\n")
    for line in ("1 2 0:1 / /sys rw - cgroup cgroup rw", f"1 2 0:1 / {tmp_path} rw - cgroup2 cgroup2 rw", ""):
        mounts.write_text(line + "\n")
        assert take_over(str(mounts), str(own)) is None
    assert take_over(str(tmp_path / "none"), str(own)) is None
