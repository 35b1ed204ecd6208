"""Small decisions of the slots: environment files, import roots, dates of a retry, run directories, `current`."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qctl import current
from qctl.config.environment import Unprepared, read_env_file
from qctl.engine.processes import kernel, rundir
from qctl.engine.processes.classify import Rejected, as_json, read_retry
from qctl.engine.processes.imports import HOME_OF_QCTL, safe_path
from qctl.engine.processes.requests import progress_of, understand
from qctl.engine.processes.rundir import RunDir
from qctl.model.attempt import Value, ValueKind
from qctl.model.secrets import Veil

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        ("1h30m\n", 5400.0),
        ("2026-11-22T12:01:00Z", 60.0),
        ("2026-11-22 13:00:10+01:00", 10.0),
        ("2020-01-01T00:00:00Z", 0.0),
        ("soon", None),
        ("0001-01-01 00:00", None),
        ("", None),
    ],
)
def test_a_job_may_write_a_duration_or_a_date_to_its_retry_file(text: str, seconds: float | None) -> None:
    assert read_retry(text, NOW) == seconds


def test_the_import_path_has_no_current_directory_and_the_standard_library_first() -> None:
    """Attack 27."""
    path = ["", ".", "/cwd", "/usr/lib/python3.11", "/venv/site-packages"]

    safe = safe_path(path, "/cwd", ["/srv/ops"], "/venv/site-packages")

    assert safe == ["/usr/lib/python3.11", "/srv/ops", "/venv/site-packages"]


def test_a_current_directory_that_is_a_declared_root_or_holds_qctl_is_kept() -> None:
    assert safe_path(["/cwd", "/lib"], "/cwd", [], "/cwd") == ["/cwd", "/lib"]
    assert safe_path(["/cwd", "/lib"], "/cwd", ["/cwd"], "/qctl") == ["/lib", "/cwd"]


def test_a_worker_started_in_the_folder_of_qctl_itself_still_finds_it() -> None:
    assert (Path(HOME_OF_QCTL) / "qctl" / "__init__.py").is_file()
    assert HOME_OF_QCTL in safe_path([HOME_OF_QCTL, "/lib"], HOME_OF_QCTL, [], HOME_OF_QCTL)


def test_an_env_file_is_read_as_people_write_it(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("\n# a comment\nA=1\nexport B = 'x y'\nC=\"q\"\nD=a=b\nE=\n")

    assert read_env_file(str(file)) == {"A": "1", "B": "x y", "C": "q", "D": "a=b", "E": ""}


@pytest.mark.parametrize("content", [b"novalue\n", b"1A=2\n", b"A=\xff\n"])
def test_a_bad_env_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "env").write_bytes(content)

    with pytest.raises(Unprepared, match="env_file"):
        read_env_file(str(tmp_path / "env"))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff"])
def test_output_that_is_not_json_is_no_json_value(data: bytes) -> None:
    with pytest.raises(Rejected):
        as_json(Value(ValueKind.BYTES, data))


@pytest.mark.parametrize("line", [b"nonsense", b"[1]", b"[" * 100_000])
def test_a_line_that_is_no_json_object_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="not"):
        understand(line)


def test_progress_is_held_between_0_and_1() -> None:
    assert progress_of({"progress": 3, "text": "x" * 900}) == (1.0, "x" * 500)
    assert progress_of({"progress": None, "text": "counting"}) == (None, "counting")
    assert progress_of({"progress": -(10**400)}) == (0.0, None)


def test_a_secret_at_the_end_of_a_long_text_of_progress_is_hidden_before_that_is_cut() -> None:
    hide = Veil(["hunter22"]).over_text
    assert progress_of({"progress": 0, "text": "x" * 495 + "hunter22"}, hide) == (0.0, "x" * 495 + "***")


def test_a_run_directory_is_emptied_and_says_when_it_is_broken(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 40)  # longer than a socket's address
    listener = rundir.make(str(path))
    run_dir = RunDir(str(path))
    (path / "result").write_text("x")
    (path / "sub").mkdir()
    (path / "sub" / "file").touch()
    (path / "link").symlink_to(tmp_path)

    assert run_dir.tidy()
    assert os.listdir(path) == [rundir.SOCKET]
    assert tmp_path.exists()
    assert path.stat().st_mode & 0o777 == 0o700
    (path / rundir.SOCKET).unlink()
    assert not run_dir.tidy()
    run_dir.close()
    listener.close()


def test_a_file_made_right_after_tidying_is_not_overlooked(tmp_path: Path) -> None:
    listener = rundir.make(str(tmp_path / "run"))
    run_dir = RunDir(str(tmp_path / "run"))
    for _ in range(200):
        run_dir.tidy()
        (tmp_path / "run" / "left").touch()
        run_dir.tidy()
        assert not (tmp_path / "run" / "left").exists()
    run_dir.close()
    listener.close()


def test_what_a_job_writes_is_found_in_a_directory_that_has_long_been_empty(tmp_path: Path) -> None:
    """Nothing is looked for in one that nobody has changed; a change is never overlooked, whenever it comes."""
    listener = rundir.make(str(tmp_path / "run"))
    run_dir = RunDir(str(tmp_path / "run"))
    long_ago = time.time_ns() - 10**9
    os.utime(tmp_path / "run", ns=(long_ago, long_ago))
    for text in (b"first", b"second"):
        assert run_dir.tidy()
        assert run_dir.read("result", 100) is None
        (tmp_path / "run" / "result").write_bytes(text)
        assert run_dir.read("result", 100) == text
    assert run_dir.tidy()
    assert run_dir.read("result", 100) is None
    run_dir.close()
    listener.close()


def test_deaths_for_want_of_memory_are_counted_again_after_a_moment_and_after_a_kill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted, now = iter((3, 4, 5)), [100.0]
    monkeypatch.setattr(kernel, "oom_kills", lambda: next(counted))
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    ooms = kernel.OomKills()

    assert (ooms.so_far(), ooms.so_far()) == (3, 3)
    now[0] += 0.2
    assert (ooms.so_far(), ooms.so_far()) == (4, 4)
    ooms.forget()
    assert ooms.so_far() == 5


def test_outside_a_job_progress_is_silent_and_the_rest_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("QCTL_"):
            monkeypatch.delenv(name)

    current.progress(1, 2, "half")
    with pytest.raises(current.NoJob):
        current.__getattr__("job_id")
    with pytest.raises(AttributeError):
        current.__getattr__("no_such_thing")


def test_a_shell_jobs_python_knows_its_job_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCTL_JOB_ID", "abcd1234")
    monkeypatch.setenv("QCTL_ATTEMPT", "3")

    assert (current.job_id, current.attempt, current.scheduled_for) == ("abcd1234", 3, None)


@pytest.mark.parametrize("countdown", [-1.0, float("nan"), float("inf")])
def test_a_countdown_is_a_number_of_seconds(countdown: float) -> None:
    with pytest.raises(ValueError, match="countdown"):
        current.retry(countdown=countdown)
