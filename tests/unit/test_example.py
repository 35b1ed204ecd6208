"""tasks.toml.example: it loads without a word, holds every key, and its commands do what they say.

The same tasks run through `qctl` and a worker in tests/acceptance; here only their text is tried.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import qctl.examples
from qctl.config import Config, load
from qctl.config.keys import every_key
from qctl.config.report import check_report
from qctl.config.timetable import schedules
from qctl.examples import check_certificate, check_url, copy_slowly, summarize_csv
from qctl.examples.certificates import SAMPLE
from qctl.model.call import Kind
from qctl.model.params import bind
from qctl.model.timing import least_interval_ms
from qctl.model.words import environment_of, fill_words

EXAMPLE = Path(qctl.__file__).parents[1] / "tasks.toml.example"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture(scope="module")
def example() -> Config:
    return load(str(EXAMPLE))


class Job:
    """Runs the command of a task as a slot would, without one."""

    def __init__(self, config: Config, home: Path) -> None:
        self.config = config
        self.home = home

    def __call__(self, task_name: str, /, attempt: int = 1, **given: Any) -> subprocess.CompletedProcess[str]:
        task = self.config.task(task_name)
        values = bind(task, given)
        own = {"HOME": str(self.home), "PATH": PATH, "QCTL_JOB_ID": "7kq2f0aa", "QCTL_ATTEMPT": str(attempt)}
        command = list(fill_words(task, values)) if task.exec else [task.shell, "-c", task.run or ""]
        scratch = self.home / "run"
        scratch.mkdir(exist_ok=True)
        environment = environment_of(values) | own | {"QCTL_RUN_DIR": str(scratch)}
        return subprocess.run(command, env=environment, cwd=self.home, capture_output=True, text=True, timeout=60)


@pytest.fixture
def job(example: Config, tmp_path: Path) -> Job:
    return Job(example, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data dir"
    (folder / "deep").mkdir(parents=True)
    (folder / "a b.txt").write_text("first\n")
    (folder / "deep" / "c").write_text("second\n")
    return folder


class TestTheFile:
    def test_it_is_clean_and_holds_more_than_ten_tasks(self, example: Config) -> None:
        report = check_report(example)

        assert report.problems == ()
        assert report.usable == report.declared >= 11

    def test_every_task_says_what_it_is_for_and_runs_without_a_parameter(self, example: Config) -> None:
        for task in example.tasks.values():
            assert task.summary
            bind(task, {})

    def test_whoever_starts_a_beat_with_it_gets_one_run_a_day_that_only_looks(self, example: Config) -> None:
        found = schedules(example, "qctl", "UTC")

        assert {one.name for one in found} >= {"backup-folder.nightly", "backup-folder.monthly"}
        (live,) = (one for one in found if one.enabled)
        assert live.name == "disk-full"
        assert least_interval_ms(live.timing) == 24 * 3600 * 1000

    def test_every_key_there_is_stands_in_it(self) -> None:
        text = EXAMPLE.read_text()

        missing = [
            key.name for table, key in every_key() if table not in ("routes", "defaults") and key.name not in text
        ]

        assert missing == []

    def test_all_kinds_and_all_types_of_parameters_are_shown(self, example: Config) -> None:
        assert {task.kind for task in example.tasks.values()} == {Kind.RUN, Kind.EXEC, Kind.CALL}
        assert len({param.type for task in example.tasks.values() for param in task.params}) == 8


class TestShellTasks:
    def test_hello_greets_whomever_it_is_given_without_running_it(self, job: Job) -> None:
        assert job("hello").stdout == "hello world\n"
        assert job("hello", name='$(id) "; exit 9').stdout == 'hello $(id) "; exit 9\n'

    def test_disk_usage_lists_the_largest_folders(self, job: Job, folder: Path) -> None:
        ended = job("disk-usage", folder=str(folder), lines=1)

        assert ended.returncode == 0
        assert ended.stdout.rstrip().endswith("data dir")

    def test_a_backup_can_be_unpacked_again(self, job: Job, folder: Path, tmp_path: Path) -> None:
        ended = job("backup-folder", source=str(folder), target=str(tmp_path / "out"))

        assert ended.returncode == 0, ended.stderr
        archive = Path(ended.stdout.strip())
        with tarfile.open(archive) as tar:
            assert "./data dir/a b.txt" in tar.getnames()
        assert archive.stat().st_mode & 0o777 == 0o600
        assert "packed and verified" in ended.stderr

    def test_a_backup_of_nothing_fails_and_leaves_nothing(self, job: Job, tmp_path: Path) -> None:
        ended = job("backup-folder", source=str(tmp_path / "gone"), target=str(tmp_path / "out"))

        assert ended.returncode != 0
        assert list((tmp_path / "out").iterdir()) == []

    def test_a_manifest_tells_what_changed(self, job: Job, folder: Path, tmp_path: Path) -> None:
        where: dict[str, Any] = {"folder": str(folder), "manifest": str(tmp_path / "list" / "sums")}

        assert job("manifest-check", **where).returncode == 3
        assert job("manifest", **where).stdout.startswith("2 files")
        assert job("manifest-check", **where).stdout == "all 2 files are as they were\n"

        (folder / "deep" / "c").write_text("changed\n")
        ended = job("manifest-check", **where)
        assert ended.returncode == 1
        assert "./deep/c" in ended.stdout

    def test_logs_are_packed_emptied_and_the_oldest_dropped(self, job: Job, tmp_path: Path) -> None:
        log = tmp_path / "my app.log"
        for day in ("one", "two", "three"):
            log.write_text(day)
            assert job("rotate-logs", folder=str(tmp_path), keep=2).stdout == "1 logs rotated\n"

        assert log.read_text() == ""
        kept = sorted(path.name for path in tmp_path.glob("*.gz"))
        assert kept == ["my app.log.1.gz", "my app.log.2.gz"]
        newest = subprocess.run(["gzip", "-dc", str(tmp_path / kept[0])], capture_output=True, text=True, check=True)
        assert newest.stdout == "three"

    def test_without_logs_there_is_nothing_to_do(self, job: Job, tmp_path: Path) -> None:
        assert job("rotate-logs", folder=str(tmp_path / "none")).stdout == "0 logs rotated\n"

    def test_a_disk_is_full_above_the_limit_and_not_at_it(self, job: Job, folder: Path) -> None:
        assert job("disk-full", folder=str(folder), limit=100).returncode == 0
        ended = job("disk-full", folder=str(folder), limit=0)
        assert ended.returncode == 1
        assert " % full, and 0 % were to be enough" in ended.stderr

    def test_what_the_diary_is_told_stands_in_it(self, example: Config, tmp_path: Path) -> None:
        for said in ("first\n", "second\n"):
            subprocess.run(
                example.notify["diary"]["command"], env={"HOME": str(tmp_path)}, input=said, text=True, check=True
            )

        assert (tmp_path / "qctl-example" / "diary").read_text() == "first\nsecond\n"

    def test_flaky_recovers_at_the_third_attempt(self, example: Config, job: Job) -> None:
        assert [job("flaky", attempt).returncode for attempt in (1, 2, 3)] == [75, 75, 0]
        assert example.task("flaky").retry.limit == 3
        assert example.task("flaky").retry.only == ("exit:75", "timeout")

    def test_typed_prints_each_value_as_a_command_sees_it(self, job: Job) -> None:
        lines = job("typed", fast=True, names=["a b", "c"], extra={"k": [1]}).stdout.splitlines()

        assert "fast=true" in lines
        assert 'extra={"k":[1]}' in lines
        assert lines[-3:] == ["names:", "a b", "c"]

    def test_times_out_may_run_for_a_second_only(self, example: Config) -> None:
        assert example.task("times-out").timeout == 1.0
        assert "sleep 60" in (example.task("times-out").run or "")


class TestPythonTasks:
    def test_every_callable_is_there(self, example: Config) -> None:
        for task in example.tasks.values():
            if task.call:
                module, name = task.call.split(":")
                assert module == "qctl.examples"
                assert callable(getattr(qctl.examples, name))

    def test_a_csv_becomes_a_summary(self, tmp_path: Path) -> None:
        path = tmp_path / "in.csv"
        path.write_text('n;who\n1;"a; b"\n3;\n;c\n')

        summary = summarize_csv(str(path), delimiter=";")

        assert summary["rows"] == 3
        assert summary["columns"]["n"] == {"empty": 1, "distinct": 2, "min": 1.0, "max": 3.0, "mean": 2.0, "sum": 4.0}
        assert summary["columns"]["who"]["most"] == "a; b"
        json.dumps(summary, allow_nan=False)

    def test_a_csv_with_a_torn_line_says_which(self, tmp_path: Path) -> None:
        path = tmp_path / "in.csv"
        path.write_text("a,b\n1,2\n3\n")

        with pytest.raises(ValueError, match="line 3 has 1 fields, the header 2"):
            summarize_csv(str(path))

    def test_the_samples_work_as_they_stand(self) -> None:
        assert summarize_csv()["rows"] == 6
        assert check_certificate()["days_left"] > 365

    def test_a_certificate_that_ends_soon_fails(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="ends on 2126-10-29"):
            check_certificate(str(SAMPLE), days=40000)

        path = tmp_path / "no.pem"
        path.write_text("nothing here")
        with pytest.raises(ValueError, match="holds no certificate"):
            check_certificate(str(path))

    def test_bytes_that_are_no_certificate_are_told_so(self, tmp_path: Path) -> None:
        path = tmp_path / "torn.pem"
        for inside in ("MAA=", "MIIBrjCCAVU="):
            path.write_text(f"-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----\n")
            with pytest.raises(ValueError, match="not a certificate"):
                check_certificate(str(path))

    def test_dates_are_read_from_the_certificate_itself(self) -> None:
        ends = datetime.fromisoformat(check_certificate()["not_after"])
        assert ends == datetime(2126, 10, 29, 8, 37, 47, tzinfo=UTC)

    def test_a_page_is_healthy_when_it_answers_as_it_should(self) -> None:
        with _served(200, b"all is well") as url:
            assert check_url(url, contains="well")["status"] == 200
            with pytest.raises(ValueError, match="without the text"):
                check_url(url, contains="ill")
        with _served(503, b"") as url, pytest.raises(ValueError, match="answered 503"):
            check_url(url)
        assert check_url()["status"] == 200
        with pytest.raises(ValueError, match="neither http nor https"):
            check_url("file:///etc/passwd")

    def test_a_page_that_is_not_there_raises_what_retry_on_names(self, example: Config) -> None:
        with _served(200, b"") as url:
            pass
        with pytest.raises(OSError) as caught:  # noqa: PT011 - its class is what matters
            check_url(url)
        assert type(caught.value).__name__ in example.task("http-health").retry.only

    def test_copy_slowly_is_an_ordinary_function_outside_of_a_job(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert copy_slowly(parts=2, pause=0) == {"parts": 2}
        assert capsys.readouterr().out == "part 1 of 2 done\npart 2 of 2 done\n"


@contextmanager
def _served(status: int, body: bytes) -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
