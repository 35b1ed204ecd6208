"""The fixtures for users' own tests, in suites of users: pytest in a process of its own, as they run it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support import eventually
from tests.support.source import ROOT

pytest_plugins = ["pytester"]

TASKS = """
import time
from qctl import task

@task(name="double")
def double(x: int):
    return 2 * x

@task(name="fail")
def fail():
    raise LookupError("of the task itself")

@task(name="sleep")
def sleep(seconds: float):
    time.sleep(seconds)
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A folder for a suite, whose temporary files are in a folder of their own: nothing may be left of them."""
    with TemporaryDirectory(prefix="q") as folder:  # short, for there are sockets in it
        monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setenv("QCTL_REDIS", "redis://127.0.0.1:1/0")  # the user's own, which no test may reach
        monkeypatch.setenv("QCTL_NAMESPACE", "production")
        pytester.makepyfile(app=TASKS)
        yield pytester
        assert left_in(folder) == [], "folders left behind"


def left_in(folder: str) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith("qctl-")]


def block(name: str) -> str:
    """A program of the README's section on tests."""
    found = re.search(rf"<!-- testing:{name} -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert found is not None, f"the README has no block {name}"
    return found[1]


def run(suite: pytest.Pytester, *words: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "no:cacheprovider", *words)


def test_the_suite_of_the_readme_passes(suite: pytest.Pytester) -> None:
    suite.makepyfile(shop=block("shop.py"), test_shop=block("test_shop.py"))

    run(suite).assert_outcomes(passed=5)


def test_in_process_fixtures_take_the_tasks_file_and_say_what_was_asked_for(suite: pytest.Pytester) -> None:
    suite.makefile(".ini", pytest="[pytest]\nqctl_file = conf/ops.toml\nqctl_modules = app\n")
    suite.mkdir("conf").joinpath("ops.toml").write_text(
        '[tasks.shout]\nrun = "tr a-z A-Z"\n[workflows.loud]\npipeline = "double(x={x}) | shout"\n'
        'params.x = { type = "int" }\n[qctl]\nredis = "redis://127.0.0.1:1/0"\nmodules = ["app"]\n'
    )
    suite.makefile(".toml", other='[tasks.shout]\nrun = "cat"\n')
    suite.makepyfile(
        """
        import os
        from datetime import UTC, datetime
        import pytest
        import qctl
        from qctl import chain, signature

        def test_inline(qctl_inline):
            assert qctl_inline.run("loud", {"x": 21}).get() == "42"
            assert qctl_inline.run("double(x=1) | [shout, shout]").get() == ["2", "2"]
            assert qctl.Qctl().send("double", {"x": 4}).get() == 8
            assert [one.task for one in qctl_inline.submitted] == ["loud", "pipeline", "double"]
            assert qctl_inline.submitted[1].steps == ("double", "shout", "shout")
            assert "QCTL_NAMESPACE" not in os.environ

        def test_recorded(qctl_recorded):
            eta = datetime(2999, 1, 1, tzinfo=UTC)
            job = signature("double").apply_async((3,), priority=9, eta=eta, key="k", labels={"a": "b"})
            (one,) = qctl_recorded.of("double")
            assert (one.args, one.kwargs, one.params, one.priority) == ((3,), {}, {"x": 3}, 9)
            assert (one.eta, one.key, one.labels, one.handle) == (eta, "k", {"a": "b"}, job)
            assert not job.ready()
            qctl_recorded.run_recorded()
            assert job.get() == 6

        def test_a_task_that_the_file_does_not_know_is_refused(qctl_recorded):
            with pytest.raises(qctl.errors.NotFound):
                signature("billing.charge").delay(3)

        @pytest.mark.qctl(file="other.toml")
        def test_marker(qctl_inline):
            assert qctl_inline.run("double(x=1) | shout").get() == "2"
            with pytest.raises(Exception, match="loud"):
                qctl_inline.run("loud")

        def test_the_environment_is_the_users_again():
            assert os.environ["QCTL_NAMESPACE"] == "production"
        """
    )

    run(suite).assert_outcomes(passed=5)


def test_a_task_that_fails_shows_its_own_code_and_what_is_said_wrong_is_named(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest
        from app import fail

        def test_it(qctl_inline):
            fail.delay().get()

        @pytest.mark.qctl(flie="x")
        def test_option(qctl_inline): ...

        @pytest.mark.qctl(file="nosuch.toml")
        def test_file(qctl_inline): ...

        @pytest.mark.qctl(modules=["nosuch"])
        def test_module(qctl_inline): ...
        """
    )

    told = run(suite)

    told.assert_outcomes(failed=1, errors=3)
    told.stdout.fnmatch_lines(
        [
            "*@pytest.mark.qctl takes file, modules, concurrency, not flie",
            "*@pytest.mark.qctl(file=…) names */nosuch.toml, and there is no such file*",
            "*No module named 'nosuch'",
            "*JobFailed: job * (fail) ended as failed: LookupError: of the task itself",
            '*app.py", line 10, in fail',
        ]
    )


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


def test_the_plugin_can_be_left_out(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_with(qctl_inline): ...
        def test_without(): ...
        """
    )

    told = run(suite, "-p", "no:qctl")

    told.assert_outcomes(passed=1, errors=1)
    told.stdout.fnmatch_lines(["*fixture 'qctl_inline' not found"])


def test_each_fixture_says_what_it_is_for(suite: pytest.Pytester) -> None:
    told = run(suite, "--fixtures")

    told.stdout.fnmatch_lines(
        [
            "qctl_inline -- *",
            "    Jobs run in this process, at the call: no Redis, no worker, no waiting.",
            "qctl_recorded -- *",
            "    Jobs are checked and recorded, and none runs*",
            "qctl_server *-- *",
            "    A Redis of this session's own*",
            "qctl_worker -- *",
            "    A real worker with the tests' tasks*",
        ]
    )
