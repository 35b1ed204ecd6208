"""Every task of tasks.toml.example, through the real `qctl` with a real worker and the embedded server of one home."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl.config import load
from tests.support import Answer, Home
from tests.support.command_line import SOURCE

EXAMPLE = SOURCE / "tasks.toml.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Home]:
    """A home with a worker that has taken the example, on the embedded server that came up by itself."""
    home = Home()
    worker = home.start("--file", EXAMPLE, "worker", "-c", "2", "--name", "example")
    worker.wait_for("worker example.* starts")
    yield home
    worker.stop()
    home.run("down")
    assert home.remove() == []


def run(home: Home, task: str, *words: str | Path, code: int = 0, stdin: str = "") -> Answer:
    """Run a task of the example to its end, which must be the one expected."""
    answer = home.run("--file", EXAMPLE, "run", task, *words, "--wait", "--timeout", "60s", timeout=90, input=stdin)
    assert answer.code == code, answer
    return answer


def newest(home: Home) -> dict[str, Any]:
    """The job that ended last, as JSON."""
    listed = home.run("history", "-o", "json", "--limit", "1")
    assert listed.code == 0, listed
    job: dict[str, Any] = json.loads(listed.stdout)["items"][0]
    return job


def test_hello_prints_its_greeting_alone_on_stdout(server: Home) -> None:
    answer = run(server, "hello", "name=Ada")
    assert answer.stdout == "hello Ada\n"
    assert "succeeded" in answer.stderr


def test_login_uses_a_secret_that_nobody_sees(server: Home) -> None:
    answer = run(server, "login", "token=@-", stdin="open-sesame\n")
    assert answer.stdout == "logging in as deploy with ***\n"


def test_disk_usage_reports_the_largest_folders(server: Home) -> None:
    folder = server.work / "usage"
    (folder / "large").mkdir(parents=True)
    (folder / "large" / "data").write_bytes(b"x" * 200_000)
    answer = run(server, "disk-usage", f"folder={folder}")
    assert "Filesystem" in answer.stdout
    assert f"{folder}/large" in answer.stdout


def test_backup_folder_leaves_an_archive_that_was_read_back(server: Home) -> None:
    source, target = server.work / "data", server.work / "backups"
    source.mkdir()
    (source / "one.txt").write_text("1")
    answer = run(server, "backup-folder", f"source={source}", f"target={target}")
    archive = Path(answer.stdout.strip())
    assert archive.parent == target
    with tarfile.open(archive) as packed:
        assert "./data/one.txt" in packed.getnames()


def test_manifest_check_tells_what_changed(server: Home) -> None:
    folder, manifest = server.work / "kept", server.work / "kept.sha256"
    folder.mkdir()
    (folder / "a").write_text("a")
    words = (f"folder={folder}", f"manifest={manifest}")
    run(server, "manifest", *words)
    assert "all 1 files are as they were" in run(server, "manifest-check", *words).stdout
    (folder / "a").write_text("b")
    assert "./a" in run(server, "manifest-check", *words, code=1).stderr


def test_rotate_logs_packs_and_empties_the_logs(server: Home) -> None:
    folder = server.work / "logs"
    folder.mkdir()
    (folder / "app.log").write_text("line\n")
    assert run(server, "rotate-logs", f"folder={folder}").stdout == "1 logs rotated\n"
    assert (folder / "app.log").read_text() == ""
    assert (folder / "app.log.1.gz").exists()


def test_disk_full_is_due_by_itself_and_can_be_started_as_it_would_be(server: Home) -> None:
    """It may not fail here: its notices are for a file in the user's home."""
    assert "Filesystem" in run(server, "disk-full", "limit=100").stdout
    planned = server.run("--file", EXAMPLE, "run", "disk-full", "--as-scheduled", "--dry-run")
    assert planned.code == 0, planned
    due = server.run("--file", EXAMPLE, "schedule", "next", "disk-full")
    assert due.code == 0, due
    assert "06:" in due.stdout


def test_typed_prints_every_value_as_it_was_checked(server: Home) -> None:
    lines = run(server, "typed", "size=12", "fast=yes", "names=ada,grace").stdout.splitlines()
    assert lines[0] == "size=12"
    assert "fast=true" in lines
    assert lines[-2:] == ["ada", "grace"]


def test_typed_refuses_a_value_out_of_range_before_anything_is_enqueued(server: Home) -> None:
    answer = server.run("--file", EXAMPLE, "run", "typed", "size=1000")
    assert answer.code == 2, answer
    assert "size" in answer.stderr
    assert "99" in answer.stderr
    assert answer.stdout == ""


def test_folder_digest_puts_together_what_its_steps_have_found_side_by_side(server: Home) -> None:
    folder = server.work / "digested"
    folder.mkdir()
    for name, size in (("a.txt", 3), ("b.txt", 2), ("c.gz", 1)):
        (folder / name).write_text("x" * size)
    value = json.loads(run(server, "folder-digest", f"folder={folder}").stdout)
    assert [line.split()[0] for line in value["largest"]] == ["3", "2", "1"]
    assert [line.split() for line in value["endings"]] == [["2", "txt"], ["1", "gz"]]


def test_its_steps_alone_are_tasks_as_any_other(server: Home) -> None:
    folder = server.work / "alone"
    folder.mkdir()
    (folder / "a").write_text("abc")
    assert run(server, "files", f"folder={folder}").stdout == f"3 {folder}/a\n"
    assert run(server, "largest").stdout == ""
    assert run(server, "endings").stdout == ""
    assert json.loads(run(server, "digest", 'parts:=["1 a", null]').stdout) == {"largest": ["1 a"], "endings": []}


def test_a_pipeline_of_its_tasks_runs_as_it_is_typed(server: Home) -> None:
    folder = server.work / "typed"
    folder.mkdir()
    (folder / "a").write_text("abc")
    assert run(server, f"files(folder={folder}) | largest(lines=3)").stdout == f"3 {folder}/a\n"


def test_csv_summary_returns_json(server: Home) -> None:
    table = server.work / "orders.csv"
    table.write_text("item;amount\npen;2\nink;5\n")
    value = json.loads(run(server, "csv-summary", f"path={table}", "delimiter=;").stdout)
    assert value["rows"] == 2


def test_certificate_expiry_and_http_health_work_without_openssl_and_curl(server: Home) -> None:
    run(server, "certificate-expiry")
    run(server, "http-health")


def test_flaky_recovers_at_its_third_attempt(server: Home) -> None:
    answer = run(server, "flaky")
    assert answer.stdout == "attempt 3: done\n"
    job = newest(server)
    assert (job["attempt"], job["max_attempts"], job["failures"]) == (3, 4, 2)


def test_long_copy_says_how_far_it_is(server: Home) -> None:
    started = server.run("--file", EXAMPLE, "run", "-q", "long-copy", "parts=20", "pause=0.1")
    job = started.stdout.strip()
    seen = server.run("wait", job, "--timeout", "30s", timeout=40)
    assert seen.code == 0, seen
    progress = json.loads(server.run("show", job, "-o", "json").stdout)["progress"]
    assert progress["fraction"] == 1.0


def test_times_out_ends_with_124_and_keeps_what_it_said(server: Home) -> None:
    run(server, "times-out", code=124)
    job = newest(server)
    assert (job["outcome"], job["reason"]) == ("timeout", "timeout")
    assert server.run("logs", job["id"]).stdout == "going to sleep\n"


def test_every_task_of_the_example_is_run_here() -> None:
    tasks = set(load(str(EXAMPLE)).tasks)
    run_here = set(
        re.findall(r'run\((?:server|"--file", EXAMPLE, "run"), (?:"-q", )?"([a-z-]+)"', Path(__file__).read_text())
    )
    assert len(tasks) >= 11
    assert tasks == run_here & tasks
