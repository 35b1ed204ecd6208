"""Servers and workers for users' own tests: they start, they work, and nothing is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.user_suites import a_suite, left_in, run
from tests.support import eventually

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A suite of a user, and his shell, which names an instance that no test may reach."""
    with a_suite(pytester, monkeypatch) as made:
        yield made


def test_a_worker_runs_the_tests_tasks_and_what_a_test_leaves_is_cancelled(suite: pytest.Pytester) -> None:
    suite.makefile(".toml", tasks='[qctl]\nmodules = ["app"]\npython_path = ["."]\n[tasks.shout]\nrun = "tr a-z A-Z"\n')
    suite.makepyfile(
        """
        import os, subprocess, sys
        from qctl import Qctl, signature, task
        from app import double, sleep

        @task
        def own(x):
            return f"own {x}"

        left = []

        def test_it(qctl_worker):
            chain = double.s(2) | own.s() | signature("shout")
            assert chain.delay().get(timeout=30) == '"OWN 4"'
            words = [sys.executable, "-m", "qctl", "run", "double", "x=4", "--wait"]
            assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "8\\n"
            left.append((qctl_worker.pid, sleep.delay(1000)))

        def test_another(qctl_worker):
            pid, job = left[0]
            assert (qctl_worker.pid, job.state) == (pid, "REVOKED")
            assert "qctl" in qctl_worker.url and "action=ready" in qctl_worker.log
        """
    )

    run(suite).assert_outcomes(passed=2)


def test_the_fixture_of_the_server_keeps_a_test_from_the_users_own_instance(suite: pytest.Pytester) -> None:
    """Also what a session has made before, and each test finds nothing of others."""
    suite.makefile(".toml", tasks='[qctl]\nmodules = ["app"]\npython_path = ["."]\nredis = "redis://127.0.0.1:1/0"\n')
    suite.makepyfile(
        """
        import os, subprocess, sys
        import pytest
        from qctl import Qctl
        from app import double

        made_before = Qctl()

        @pytest.mark.parametrize("number", range(2))
        def test_it(qctl_server, number):
            job = double.delay(number)
            other = made_before.send("double", {"x": 4})
            words = [sys.executable, "-m", "qctl", "ps", "-q"]
            listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
            assert sorted(listed) == sorted([job.id, other.id])
            assert (os.environ["QCTL_REDIS"], os.environ["QCTL_NAMESPACE"]) == (qctl_server.url, qctl_server.namespace)

        def test_afterwards():
            assert os.environ["QCTL_NAMESPACE"] == "production"
        """
    )

    run(suite).assert_outcomes(passed=3)


def test_of_two_fixtures_the_later_one_runs_what_is_submitted(suite: pytest.Pytester) -> None:
    suite.makefile(".toml", tasks="[tasks.broken]\nrun = 'echo no disk; echo at all >&2; exit 3'\n")
    suite.makepyfile(
        """
        import pytest
        from qctl import signature
        from qctl.client import JobFailed
        from app import double

        @pytest.fixture(autouse=True)
        def quick(qctl_inline):
            return qctl_inline

        def test_worker(qctl_worker, quick):
            job = double.delay(2)
            assert (job.get(timeout=30), job.worker) == (4, "tests")
            assert quick.submitted == []

        def test_output(qctl_worker):
            with pytest.raises(JobFailed) as caught:
                signature("broken").delay().get(timeout=30)
            assert sorted(caught.value.__notes__[0].splitlines()[1:]) == ["  at all", "  no disk"]

        def test_inline(quick):
            assert double.delay(2).worker == "this process"
        """
    )

    run(suite).assert_outcomes(passed=3)


def test_a_worker_that_cannot_start_or_dies_fails_the_test_with_its_log(suite: pytest.Pytester) -> None:
    suite.makepyfile(broken="raise RuntimeError('half of it is not written')")
    suite.makefile(".toml", bad="[tasks.x]\nrun = [\n")
    suite.makepyfile(
        """
        import os, signal
        import pytest
        from app import double, sleep

        @pytest.mark.qctl(modules=["broken"])
        def test_code(qctl_worker): ...

        @pytest.mark.qctl(file="bad.toml")
        def test_file(qctl_worker): ...

        def test_death(qctl_worker):
            job = sleep.delay(1000)
            os.kill(qctl_worker.pid, signal.SIGKILL)
            job.get()

        def test_the_next_has_another(qctl_worker):
            assert double.delay(2).get(timeout=30) == 4
        """
    )

    told = run(suite, "--tb=short")

    told.assert_outcomes(passed=1, failed=1, errors=3)
    told.stdout.fnmatch_lines(
        [
            "the worker of the tests cannot import broken; its log:",
            "*broken cannot be imported: RuntimeError: half of it is not written*",
            "*bad.toml*",
            "*the worker of the tests has ended with exit code -9; its log:",
        ]
    )


def test_each_process_of_xdist_has_a_server_of_its_own(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pathlib, pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(qctl_server, worker_id, number):
            pathlib.Path(f"url-{worker_id}").write_text(qctl_server.url)
        """
    )

    run(suite, "-n2", "--dist=each").assert_outcomes(passed=8)

    urls = {file.read_text() for file in suite.path.glob("url-*")}
    assert len(urls) == 2
    assert not any(Path(url.removeprefix("unix://")).exists() for url in urls)


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), 9)", "os.kill(the_keeper(), 19)"])
def test_a_server_goes_with_its_session_whatever_the_tests_have_forked(suite: pytest.Pytester, end: str) -> None:
    """Also where the process that sees to that has stopped."""
    suite.makepyfile(
        f"""
        import os, pathlib, time
        from qctl.testing import private

        def the_keeper():
            children = pathlib.Path(f"/proc/self/task/{{os.getpid()}}/children").read_text().split()
            (keeper,) = [one for one in children if "keeper" in pathlib.Path(f"/proc/{{one}}/cmdline").read_text()]
            return int(keeper)

        def test_it(qctl_server, monkeypatch):
            private._WITHIN = 0.1 if "keeper" in "{end}" else private._WITHIN
            child = os.fork()
            if child == 0:
                time.sleep(1000)
                os._exit(0)
            pathlib.Path("pid").write_text(str(child))
            {end or "pass"}
        """
    )
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]

    session = subprocess.Popen(words, cwd=suite.path, stdout=subprocess.DEVNULL, start_new_session=True)
    session.wait(60)
    try:
        eventually(lambda: left_in(os.environ["TMPDIR"]) == [], within=20)
    finally:
        os.kill(int((suite.path / "pid").read_text()), signal.SIGKILL)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_session_that_is_cut_off(suite: pytest.Pytester, end: signal.Signals) -> None:
    suite.makepyfile(
        """
        import pathlib
        from app import sleep

        def test_it(qctl_worker):
            job = sleep.delay(1000)
            pathlib.Path("pid").write_text(f"{qctl_worker.pid} ")
            job.get()
        """
    )
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]
    session = subprocess.Popen(words, cwd=suite.path, stdout=subprocess.DEVNULL, start_new_session=True)
    note = suite.path / "pid"
    eventually(lambda: note.exists() and note.read_text().endswith(" "), within=60)

    session.send_signal(end)

    session.wait(60)
    eventually(lambda: left_in(os.environ["TMPDIR"]) == [], within=30)
    eventually(lambda: not os.path.exists(f"/proc/{note.read_text().strip()}"), within=30)
