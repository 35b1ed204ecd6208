"""Commands that a slot starts by posix_spawn inherit no more than others do, and leave the slot as it was."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

from qctl.engine.processes.spawning import Spawner
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import python, shell, value

LIBRARYS_OWN = 0b11 << 31  #: signals 32 and 33: glibc's posix_spawn leaves them ignored, its threads set them anew
STREAMS_AND_ONE_OF_LS = [b"0", b"1", b"2", b"3"]


def test_a_command_inherits_nothing_that_an_earlier_job_of_its_slot_has_opened(hire: Hire) -> None:
    """P11. A library in C may open it for programs to have."""
    crew = hire(python("leave_open"), shell("ls /proc/self/fd"))
    before = crew.run("sh")
    crew.run("leave_open")

    assert value(before).split() == value(crew.run("sh")).split() == STREAMS_AND_ONE_OF_LS


def test_a_slot_spawns_again_after_a_task_that_left_nothing_and_not_beside_a_thread_of_one(hire: Hire) -> None:
    """P11. What a thread opens meanwhile nobody has looked at. What posix_spawn started is known by its own signals."""
    crew = hire(
        python("nothing"), python("leave_thread", module="threaded_tasks"), shell("grep SigIgn /proc/self/status")
    )

    def ignored() -> int:
        return int(value(crew.run("sh")).split()[1], 16)

    fresh = ignored()
    crew.run("nothing")
    after_nothing = ignored()
    crew.run("leave_thread")
    assert (fresh, after_nothing, ignored()) == (LIBRARYS_OWN, LIBRARYS_OWN, 0)


def test_a_command_is_looked_for_in_its_own_path_whatever_a_task_has_made_of_the_slots(
    hire: Hire, tmp_path: Path
) -> None:
    """P3. A library in C may set what `os.environ` does not show."""
    (tmp_path / "uname").write_text("#!/bin/sh\necho another\n")
    (tmp_path / "uname").chmod(0o755)
    crew = hire(python("set_in_c", "name", "value", module="leaking"), shell("uname"))

    crew.run("set_in_c", {"name": "PATH", "value": str(tmp_path)})

    assert value(crew.run("sh")) == f"{os.uname().sysname}\n".encode()


def test_a_slot_that_has_something_to_inherit_does_not_spawn() -> None:
    """P11. Whoever inherits something from those who started this test has it so already."""
    opened = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(opened, True)
    try:
        assert Spawner.if_nothing_is_inherited() is None
    finally:
        os.close(opened)


def test_a_command_runs_once_where_the_slot_may_not_go_back_to_its_own_directory(tmp_path: Path) -> None:
    """It has begun by then: to say that it could not be started would have it run again beside itself."""
    prepared = SimpleNamespace(cwd=str(tmp_path), task=SimpleNamespace(umask=0o022))
    here, (reading, writing), spawner = os.getcwd(), os.pipe(), Spawner()
    with mock.patch("os.fchdir", side_effect=PermissionError(errno.EACCES, "Permission denied")):
        pid = spawner.start(["/bin/sh", "-c", "echo ran"], cast("Any", prepared), {}, (None, writing, writing))
    os.close(writing)
    spawner.close()
    with open(reading, "rb") as stream:
        assert stream.read() == b"ran\n"
    assert os.waitpid(pid, 0)[1] == 0
    assert os.getcwd() == "/"
    os.chdir(here)


def test_a_slot_keeps_no_directory_busy_after_a_command(hire: Hire, tmp_path: Path) -> None:
    """A file system that a job was in can be unmounted when it has ended; and the next job's slot is as it was."""
    mask = re.compile("^Umask:.*", re.MULTILINE)
    crew = hire(shell("umask", cwd=str(tmp_path), umask=0o077), shell("echo $PPID", "slot"))
    slot = Path("/proc") / value(crew.run("slot")).decode().strip()
    place, found = os.readlink(slot / "cwd"), mask.findall((slot / "status").read_text())

    assert value(crew.run("sh")).strip() == b"0077"
    assert (os.readlink(slot / "cwd"), mask.findall((slot / "status").read_text())) == (place, found)
    assert place != str(tmp_path)
