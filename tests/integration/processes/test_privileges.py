"""`user`, `nice` and `limits`, of commands and of Python tasks: P7, P8, attacks 40, 50 and 51."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.processes import kernel
from qctl.model.attempt import Value, ValueKind
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.output import NO_VALUE_KEPT
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import Crew, log, python, shell, value
from tests.support import eventually
from tests.support.processes import is_alive
from tests.support.scratch import scratch_folder

OTHER = pwd.getpwnam("daemon")  # a user of every Debian, with no rights and a home that is there
GROUPS = [OTHER.pw_gid, 4, 24]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
WHO = 'grep -E "^(Uid|Gid|Groups|CapEff)" /proc/self/status; echo "$HOME $USER"; pwd'


@pytest.fixture
def open_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that other users may enter, and supplementary groups for them, whatever this machine's /etc/group says.

    Pools are forked from this process, so what is replaced here is replaced in them.
    """
    monkeypatch.setattr(os, "getgrouplist", lambda name, gid: GROUPS if name == OTHER.pw_name else [gid])
    folder = scratch_folder("qctl-test-")
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def hire_openly(open_folder: Path) -> Iterator[Hire]:
    """As `hire`, in a folder that other users may enter."""
    crews: list[Crew] = []

    def hire(*tasks: Task, **plan: Any) -> Crew:
        folder = open_folder / str(len(crews))
        folder.mkdir()
        crews.append(Crew(folder, tasks, **plan))
        return crews[-1]

    yield hire
    for crew in crews:
        crew.pool.close()
    kernel.adopt_orphans(False)


def own_process(name: str, *params: str, **options: Any) -> Task:
    """A task of own_process.py."""
    return python(name, *params, module="own_process", **options)


def found(ended: Ended) -> Any:
    """A Python task's value."""
    return json.loads(value(ended))


@as_root
def test_a_command_runs_as_the_user_that_its_task_names(hire_openly: Hire) -> None:
    """P8, attack 51: all four ids, the user's own groups and none of root's, no capability left."""
    crew = hire_openly(shell(WHO, user=OTHER.pw_name))

    lines = value(crew.run("sh")).decode().splitlines()

    status = {line.split(":")[0]: line.split(":")[1].split() for line in lines[:4]}
    assert status["Uid"] == [str(OTHER.pw_uid)] * 4
    assert status["Gid"] == [str(OTHER.pw_gid)] * 4
    assert sorted(map(int, status["Groups"])) == sorted(GROUPS)
    assert int(status["CapEff"][0], 16) == 0
    assert lines[4:] == [f"{OTHER.pw_dir} {OTHER.pw_name}", OTHER.pw_dir]


@as_root
def test_a_python_task_runs_as_its_user_in_a_process_of_its_own(hire_openly: Hire) -> None:
    """P8, attack 51: and no way leads back; the slot keeps its rights for the next job."""
    crew = hire_openly(
        own_process("who_am_i", user=OTHER.pw_name), Task(name="me", kind=Kind.CALL, call="own_process:who_am_i")
    )

    who, me = found(crew.run("who_am_i")), found(crew.run("me"))

    assert who == {
        "uids": [str(OTHER.pw_uid)] * 4,
        "gids": [str(OTHER.pw_gid)] * 4,
        "groups": sorted(GROUPS),
        "capabilities": 0,
        "way_back": "none",
        "home": OTHER.pw_dir,
        "logname": OTHER.pw_name,
        "cwd": OTHER.pw_dir,
        "session": True,
        "death_signal": signal.SIGKILL,
    }
    assert me["uids"] == ["0"] * 4


@as_root
def test_a_python_task_of_another_user_inherits_nothing_of_the_worker(hire_openly: Hire) -> None:
    """Attack 50, P11: of all sockets and pipes it has one, which leads to its slot."""
    assert len(found(hire_openly(own_process("sockets", user=OTHER.pw_name)).run("sockets"))) == 1


@as_root
def test_the_run_directory_is_the_users_while_his_job_runs(hire_openly: Hire) -> None:
    crew = hire_openly(
        shell('stat -c "%U %a" "$QCTL_RUN_DIR"; echo mine > "$QCTL_RESULT"', user=OTHER.pw_name),
        own_process("write_in_run_dir", "name", user=OTHER.pw_name),
        shell('stat -c "%U %a" "$QCTL_RUN_DIR"; ls "$QCTL_RUN_DIR"', name="roots"),
    )

    first, path = crew.run("sh"), found(crew.run("write_in_run_dir", {"name": "x"}))

    assert log(first).text() == f"{OTHER.pw_name} 700\n".encode()
    assert value(first) == b"mine\n"
    assert not os.path.exists(path)
    assert value(crew.run("roots")) == b"root 700\nqctl.sock\n"


@as_root
@pytest.mark.parametrize("how", ["ln -s /etc/shadow", "mkfifo", "ln ROOTS"])
def test_what_a_job_puts_in_the_place_of_its_result_is_not_followed(
    hire_openly: Hire, tmp_path: Path, how: str
) -> None:
    """Attack 40: the slot has rights that the job has not."""
    roots = tmp_path / "roots"  # a hard link needs a file of the same file system
    roots.write_text("localhost\n")
    how = how.replace("ROOTS", str(roots))
    crew = hire_openly(shell(f'rm -f "$QCTL_RESULT"; {how} "$QCTL_RESULT" && echo done'))

    ended = crew.run("sh")

    assert (ended.outcome, ended.value) == (Outcome.SUCCEEDED, None)
    notes = log(ended).text("n").decode()
    assert "qctl: $QCTL_RESULT: " in notes
    assert NO_VALUE_KEPT in notes


@as_root
@pytest.mark.parametrize(
    "trick",
    [
        "rm qctl.sock; ln -s /tmp/elsewhere.sock qctl.sock",
        "rm qctl.sock; mkfifo qctl.sock",
        "mv qctl.sock moved; ln moved qctl.sock; rm moved; rm qctl.sock; touch qctl.sock",
        "chmod 777 .",
        "chmod 000 .",
    ],
)
def test_no_job_leaves_a_trap_in_the_run_directory_for_the_next(hire_openly: Hire, trick: str) -> None:
    """Attacks 40 and 51: the next one may be root's, and tells its worker secrets through that socket."""
    hide = 'touch -d "$(stat -c %y .)" /tmp/.keep-$$; '
    crew = hire_openly(
        shell(f'cd "$QCTL_RUN_DIR"; {hide}{trick}; touch -r /tmp/.keep-$$ .; rm /tmp/.keep-$$', user=OTHER.pw_name),
        shell('cd "$QCTL_RUN_DIR" && test -S qctl.sock && test ! -L qctl.sock && stat -c "%U %a" .', name="next"),
    )
    crew.run("next")

    crew.run("sh")

    assert value(crew.run("next")) == b"root 700\n"


@as_root
def test_the_output_file_is_opened_with_the_users_rights(hire_openly: Hire, open_folder: Path) -> None:
    """Attack 40: a task's author cannot have root write where its user may not."""
    his, ours = open_folder / "his", open_folder / "ours"
    his.mkdir()
    ours.mkdir()
    os.chown(his, OTHER.pw_uid, OTHER.pw_gid)
    crew = hire_openly(
        shell("echo a", name="his", user=OTHER.pw_name, output_file=str(his / "out.log")),
        shell("echo b", name="ours", user=OTHER.pw_name, output_file=str(ours / "out.log")),
    )

    good, refused = crew.run("his"), crew.run("ours")

    assert (his / "out.log").read_text() == "a\n"
    assert (his / "out.log").stat().st_uid == OTHER.pw_uid
    assert (refused.outcome, list(ours.iterdir())) == (Outcome.SUCCEEDED, [])
    assert b"Permission denied" in log(refused).text("n")
    assert log(good).text("n") == b""


@as_root
def test_what_a_step_receives_is_a_file_of_its_user_and_of_nobody_else(hire_openly: Hire) -> None:
    crew = hire_openly(shell('stat -c "%U %a" $QCTL_INPUT; cat $QCTL_INPUT; cat', user=OTHER.pw_name, cwd="/"))

    ended = crew.run("sh", received=Value(ValueKind.BYTES, b"x"))

    assert value(ended) == f"{OTHER.pw_name} 600\nxx".encode()


def test_an_output_file_with_a_second_name_is_not_written_to(hire: Hire, tmp_path: Path) -> None:
    """Attack 40: whoever may write to the folder could have made it a name of another file."""
    precious, name = tmp_path / "precious", tmp_path / "out.log"
    precious.write_text("as it was")
    os.link(precious, name)
    crew = hire(shell("echo more", output_file=str(name)))

    ended = crew.run("sh")

    assert precious.read_text() == "as it was"
    assert b"2 hard links" in log(ended).text("n")


@as_root
@pytest.mark.parametrize("kind", ["sh", "who_am_i"])
def test_a_folder_that_the_user_may_not_enter_is_named(hire_openly: Hire, open_folder: Path, kind: str) -> None:
    """P6: judged with the rights of the job, not with those of the worker."""
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    make = shell("true") if kind == "sh" else own_process("who_am_i")
    crew = hire_openly(replace(make, user=OTHER.pw_name, cwd=str(closed)))

    ended = crew.run(kind)

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
    assert ended.error is not None
    assert ended.error.message == f"working directory {closed}: Permission denied"


@as_root
def test_niceness_is_set_before_the_rights_go(hire_openly: Hire) -> None:
    """One below 0 is root's to give, also to a job of another user."""
    crew = hire_openly(shell("nice; id -u", user=OTHER.pw_name, nice=-5))
    nice = max(-20, os.getpriority(os.PRIO_PROCESS, 0) - 5)

    assert value(crew.run("sh")).split() == [b"%d" % nice, str(OTHER.pw_uid).encode()]


@as_root
def test_what_a_setuid_program_starts_is_ended_with_the_job(hire_openly: Hire, open_folder: Path) -> None:
    """Attack 52: the death signal is cleared there, and a session of its own hides it from the group."""
    sleep = open_folder / "sleep"
    shutil.copy("/bin/sleep", sleep)
    sleep.chmod(0o4755)
    crew = hire_openly(shell(f"setsid {sleep} 300 & echo $! > $QCTL_RESULT; sleep 0.1", user=OTHER.pw_name, grace=0))

    ended = crew.run("sh")
    pid = int(value(ended))

    eventually(lambda: not is_alive(pid))


def test_a_user_who_is_gone_is_said_before_exec(hire: Hire) -> None:
    """Fault 23: one attempt, and nothing ran."""
    crew = hire(shell("echo ran", user="gone-since"), python("nothing", user="gone-since"))

    for task in ("sh", "nothing"):
        ended = crew.run(task)
        assert (ended.outcome, ended.reason, ended.exit_code) == (Outcome.FAILED, Reason.NOT_STARTED, None)
        assert ended.error is not None
        assert "gone-since" in ended.error.message
