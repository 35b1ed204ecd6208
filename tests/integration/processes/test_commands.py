"""How commands run: scheduling.md 2.5, cases P1 to P25."""

from __future__ import annotations

import os
import pwd
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qctl.config import environment
from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason
from qctl.model.task import Param, ParamType, Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import python, shell, value

ME = pwd.getpwuid(os.geteuid())
LIBRARYS_OWN = 0b11 << 31  #: signals 32 and 33: glibc's posix_spawn leaves them ignored, its threads set them anew
BY_PATH_OR_NAME = pytest.mark.parametrize("folder", ["/bin/", ""], ids=["by-its-path", "by-its-name"])


def test_a_shell_task_runs_in_bin_sh_and_not_in_a_login_shell(hire: Hire) -> None:
    """P1."""
    crew = hire(shell('echo "$0 $-"; readlink -f /proc/$$/exe', name="which"))

    first, program, *_ = value(crew.run("which")).decode().splitlines()

    assert first.startswith("which ")
    assert "l" not in first.removeprefix("which ")
    assert program == os.path.realpath("/bin/sh")


def test_another_shell_is_used_when_asked_for(hire: Hire) -> None:
    """P1."""
    crew = hire(shell('echo "$BASH_VERSION"', shell="/bin/bash"))

    assert value(crew.run("sh")).strip()


def test_words_after_the_dashes_are_positional_parameters(hire: Hire) -> None:
    crew = hire(shell('printf "%s|" "$@"'))

    assert value(crew.run("sh", args=("a b", "$HOME", ";"))) == b"a b|$HOME|;|"


def test_the_words_of_exec_are_literal(hire: Hire) -> None:
    """P2, attack 23."""
    words = ("printf", "%s|", "a;b", "$HOME", "%d", "x y", "{who}", "-{who}-")
    params = (Param(name="who"),)
    crew = hire(Task(name="list", kind=Kind.EXEC, exec=words, params=params))

    assert value(crew.run("list", {"who": "$(id) `id`"})) == b"a;b|$HOME|%d|x y|$(id) `id`|-$(id) `id`-|"


def test_the_environment_is_the_closed_list(hire: Hire, monkeypatch: pytest.MonkeyPatch) -> None:
    """P3, P4, attacks 26 and 50: nothing of the worker's environment reaches a job."""
    monkeypatch.setenv("REDIS_URL", "redis://:secret@db1")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("TZ", "Europe/Paris")
    params = (Param(name="count", type=ParamType.INT), Param(name="on", type=ParamType.BOOL))
    crew = hire(shell("env -0", params=params, env={"EXTRA": "1"}))

    key = crew.submit("sh", {"count": 3, "on": True}, fence=4, attempt=2, scheduled_for="2026-01-01T00:00:00Z")
    found = dict(pair.split("=", 1) for pair in value(crew.finish(key)).decode().split("\0") if pair)

    run_dir = found.pop("QCTL_RUN_DIR")
    assert found.pop("QCTL_RESULT") == f"{run_dir}/result"
    found.pop("PWD")  # the shell's own
    assert found == {
        "HOME": ME.pw_dir,
        "LOGNAME": ME.pw_name,
        "USER": ME.pw_name,
        "SHELL": ME.pw_shell,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "Europe/Paris",
        "EXTRA": "1",
        "count": "3",
        "on": "true",
        "QCTL_JOB_ID": key[0],
        "QCTL_TASK": "sh",
        "QCTL_ATTEMPT": "2",
        "QCTL_QUEUE": "default",
        "QCTL_FENCE": "4",
        "QCTL_SCHEDULED_FOR": "2026-01-01T00:00:00Z",
    }


def test_a_task_may_set_home_path_and_shell_but_not_who_it_is(hire: Hire) -> None:
    """P5."""
    env = {"HOME": "/h", "PATH": "/bin", "SHELL": "/s", "LOGNAME": "other", "USER": "other"}
    crew = hire(shell('echo "$HOME $PATH $SHELL $LOGNAME $USER"', env=env))

    assert value(crew.run("sh")).decode().split() == ["/h", "/bin", "/s", ME.pw_name, ME.pw_name]


def test_an_env_file_gives_variables_and_env_wins_over_it(hire: Hire, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# comment\nexport A=1\nB='two words'\nC=x=y\n\n")
    crew = hire(shell('echo "$A|$B|$C"', env_file=str(file), env={"A": "mine"}))

    assert value(crew.run("sh")) == b"mine|two words|x=y\n"


@pytest.mark.parametrize("content", [None, "no assignment\n"])
def test_a_bad_env_file_is_said_before_anything_runs(hire: Hire, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "env").write_text(content)
    crew = hire(shell("echo ran", env_file=str(tmp_path / "env")))

    ended = crew.run("sh")

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
    assert ended.error is not None
    assert "env_file" in ended.error.message


def test_a_job_runs_at_home_unless_the_task_says_where(hire: Hire, tmp_path: Path) -> None:
    """P6."""
    crew = hire(shell("pwd"), shell("pwd", name="there", cwd=str(tmp_path)))

    assert value(crew.run("sh")).decode().strip() == ME.pw_dir
    assert value(crew.run("there")).decode().strip() == str(tmp_path)


def test_a_missing_working_directory_is_said_before_exec(hire: Hire, tmp_path: Path) -> None:
    """P6, fault 23."""
    crew = hire(shell("echo ran", cwd=str(tmp_path / "gone")))

    ended = crew.run("sh")

    assert (ended.outcome, ended.reason, ended.exit_code) == (Outcome.FAILED, Reason.NOT_STARTED, None)
    assert ended.error is not None
    assert ended.error.message == f"working directory {tmp_path / 'gone'}: No such file or directory"


def test_a_user_without_a_home_is_told_to_name_a_folder(
    hire: Hire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6: of `nobody` and of service users the home is often not there."""
    homeless = replace(environment.account(), name="nobody", home=str(tmp_path / "nonexistent"))
    monkeypatch.setattr(environment, "account", lambda name=None: homeless)
    crew = hire(shell("echo ran"), python("nothing"))

    for task in ("sh", "nothing"):
        ended = crew.run(task)
        assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
        assert ended.error is not None
        assert ended.error.message.endswith("nobody has no home; set `cwd` in tasks.toml")


def test_the_umask_is_022_unless_the_task_says_otherwise(hire: Hire) -> None:
    """P7."""
    before = os.umask(0o077)
    try:
        crew = hire(shell("umask"), shell("umask", name="group", umask=0o027))
        assert value(crew.run("sh")).strip() == b"0022"
        assert value(crew.run("group")).strip() == b"0027"
    finally:
        os.umask(before)


def test_stdin_is_empty_and_the_session_is_the_jobs_own(hire: Hire) -> None:
    """P9, fault 27."""
    crew = hire(shell("cat; set -- $(cat /proc/$$/stat); echo $1 $5 $6 $7; (: < /dev/tty) 2>/dev/null || echo no tty"))

    numbers, tty = value(crew.run("sh")).decode().splitlines()

    pid, group, session, terminal = numbers.split()
    assert pid == group == session
    assert terminal == "0"
    assert tty == "no tty"


def test_a_python_child_prints_what_is_not_ascii(hire: Hire) -> None:
    """P10."""
    crew = hire(Task(name="print", kind=Kind.EXEC, exec=("python3", "-c", "print('ä€')")))

    assert value(crew.run("print")).decode() == "ä€\n"


@BY_PATH_OR_NAME
def test_a_command_has_three_descriptors(hire: Hire, folder: str) -> None:
    """P11, attack 50."""
    crew = hire(Task(name="ls", kind=Kind.EXEC, exec=(f"{folder}ls", "/proc/self/fd")))

    assert value(crew.run("ls")).split() == [b"0", b"1", b"2", b"3"]  # 3 is that of ls itself


@BY_PATH_OR_NAME
def test_signals_are_at_their_defaults_and_none_is_blocked(hire: Hire, folder: str) -> None:
    """P12."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        crew = hire(Task(name="status", kind=Kind.EXEC, exec=(f"{folder}cat", "/proc/self/status")))
        status = dict(line.split(":", 1) for line in value(crew.run("status")).decode().splitlines())
    finally:
        signal.signal(signal.SIGHUP, before)

    assert {int(status[name], 16) & ~LIBRARYS_OWN for name in ("SigBlk", "SigIgn", "SigCgt")} == {0}


def test_the_exit_code_decides(hire: Hire) -> None:
    """P13."""
    crew = hire(shell("exit 3"), shell("exit 3", name="fine", ok_codes=(0, 3)), shell("exit 0", name="zero"))

    ended, fine, zero = crew.run("sh"), crew.run("fine"), crew.run("zero")

    assert (ended.outcome, ended.reason, ended.exit_code) == (Outcome.FAILED, Reason.EXIT, 3)
    assert (fine.outcome, fine.exit_code) == (Outcome.SUCCEEDED, 3)
    assert (zero.outcome, zero.exit_code, zero.value) == (Outcome.SUCCEEDED, 0, None)


def test_death_by_signal_is_named_after_the_signal(hire: Hire) -> None:
    """P14."""
    crew = hire(shell("kill -SEGV $$"), shell("kill -KILL $$", name="kill"))

    segv, kill = crew.run("sh"), crew.run("kill")

    assert (segv.outcome, segv.reason, segv.exit_code, segv.signal) == (Outcome.FAILED, Reason.SIGNAL, None, 11)
    assert segv.error is not None
    assert segv.error.message.removesuffix(" (core)") == "signal 11 SIGSEGV"
    assert (kill.reason, kill.signal) == (Reason.SIGNAL, 9)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("no-such-program",), 127, "no-such-program: No such file or directory (searched PATH=/usr/local/sbin:"),
        (("/etc/passwd",), 126, "/etc/passwd: Permission denied"),
        (("{there}/bad-interpreter",), 126, "bad interpreter: No such file or directory"),
        (("{there}/no-format",), 126, "Exec format error"),
        (("/bin/echo", "x" * 140_000), 126, "Argument list too long"),
    ],
)
def test_what_cannot_be_started_says_why(
    hire: Hire, tmp_path: Path, words: tuple[str, ...], code: int, text: str
) -> None:
    """P22, fault 22."""
    for name, content in (("bad-interpreter", "#!/no/such/interpreter\n"), ("no-format", "plain text\n")):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o755)
    crew = hire(
        Task(name="start", kind=Kind.EXEC, exec=tuple(word.replace("{there}", str(tmp_path)) for word in words))
    )

    ended = crew.run("start")

    assert (ended.outcome, ended.reason, ended.exit_code) == (Outcome.FAILED, Reason.NOT_STARTED, code)
    assert ended.error is not None
    assert text in ended.error.message


def test_an_ad_hoc_command_runs_in_the_callers_directory_where_it_is_allowed(hire: Hire, tmp_path: Path) -> None:
    crew, strict = hire(adhoc=True), hire()
    call: dict[str, Any] = {"kind": Kind.ADHOC, "args": ("pwd",), "cwd": str(tmp_path)}

    allowed, refused = crew.run("pwd", **call), strict.run("pwd", **call)

    assert value(allowed).decode().strip() == str(tmp_path)
    assert (refused.outcome, refused.reason) == (Outcome.FAILED, Reason.NOT_STARTED)


def test_a_task_that_is_not_declared_here_is_unknown(hire: Hire) -> None:
    """Attack 28: a name is looked up in the worker's own configuration, never imported."""
    crew = hire(shell("true", name="backup"))

    ended, evil = crew.run("backupp"), crew.run("os:system")

    assert ended.reason is evil.reason is Reason.UNKNOWN_TASK
    assert ended.error is not None
    assert "backup" in ended.error.message


def test_what_a_caller_without_the_definition_typed_is_read_by_the_declared_types(hire: Hire) -> None:
    params = (Param(name="n", type=ParamType.INT), Param(name="on", type=ParamType.BOOL))
    crew = hire(shell('echo "$n $on"', params=params))

    typed, wrong = crew.run("sh", {"n": "3", "on": "yes"}, hash=None), crew.run("sh", {"n": "x"}, hash=None)

    assert value(typed) == b"3 true\n"
    assert wrong.reason is Reason.NOT_STARTED


def test_parameters_are_bound_again_before_the_job_runs(hire: Hire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack 25; fault 78; an `env` is read from the worker's environment."""
    monkeypatch.setenv("BACKUP_TOKEN", "s3cret")
    params = (Param(name="token", env="BACKUP_TOKEN"), Param(name="n", type=ParamType.INT, default=14))
    crew = hire(shell('echo "$token $n"', params=params))

    fine, wrong, unknown = crew.run("sh"), crew.run("sh", {"n": "x"}), crew.run("sh", {"m": 1})

    assert value(fine) == b"s3cret 14\n"
    for ended in (wrong, unknown):
        assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
    assert crew.run("sh", {"token": "a\0b"}).reason is Reason.NOT_STARTED
