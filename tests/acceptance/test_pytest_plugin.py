"""The fixtures for users' own tests, in suites of users: pytest in a process of its own, as they run it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.acceptance.user_suites import a_suite, block, run
from tests.support.source import ROOT

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A suite of a user, and his shell, which names an instance that no test may reach."""
    with a_suite(pytester, monkeypatch) as made:
        yield made


def test_the_suite_of_the_readme_passes(suite: pytest.Pytester) -> None:
    suite.makepyfile(shop=block("shop.py"), test_shop=block("test_shop.py"))

    run(suite).assert_outcomes(passed=5)


IN_PROCESS = """
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


def test_in_process_fixtures_take_the_tasks_file_and_say_what_was_asked_for(suite: pytest.Pytester) -> None:
    suite.makefile(".ini", pytest="[pytest]\nqctl_file = conf/ops.toml\nqctl_modules = app\n")
    suite.mkdir("conf").joinpath("ops.toml").write_text(
        '[tasks.shout]\nrun = "tr a-z A-Z"\n[workflows.loud]\npipeline = "double(x={x}) | shout"\n'
        'params.x = { type = "int" }\n[qctl]\nredis = "redis://127.0.0.1:1/0"\nmodules = ["app"]\n'
    )
    suite.makefile(".toml", other='[tasks.shout]\nrun = "cat"\n')
    suite.makepyfile(IN_PROCESS)

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


def test_each_value_of_the_marker_that_cannot_be_is_one_clear_error(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        WRONG = [{"concurrency": 0}, {"concurrency": -3}, {"concurrency": "two"}, {"modules": 7}, {"file": 7}]

        @pytest.mark.parametrize("n", [pytest.param(n, marks=pytest.mark.qctl(**said)) for n, said in enumerate(WRONG)])
        def test_it(qctl_inline, n): ...
        """
    )

    told = run(suite, "--tb=line")

    told.assert_outcomes(errors=5)
    told.stdout.fnmatch_lines(
        [
            "E *@pytest.mark.qctl(concurrency=0): concurrency is how many jobs run at once, from 1 up",
            "E *@pytest.mark.qctl(concurrency=-3): concurrency is how many jobs run at once, from 1 up",
            "E *@pytest.mark.qctl(concurrency='two'): concurrency is how many jobs run at once, from 1 up",
            "E *@pytest.mark.qctl(modules=7): modules is a list of names of modules",
            "E *@pytest.mark.qctl(file=7): file is the path of a tasks.toml",
        ]
    )


def test_what_was_submitted_shows_no_secret(suite: pytest.Pytester) -> None:
    """Attack 34: what a test prints stands in the logs of whoever runs it."""
    suite.makefile(
        ".toml",
        tasks='[tasks.call]\nrun = "true"\nparams.to = {}\nparams.token = { secret = true, required = false }\n',
    )
    suite.makepyfile(
        """
        from qctl import Qctl, signature

        def test_it(qctl_recorded):
            Qctl().send("call", {"to": "ana", "token": "hunter22"})
            signature("call").delay("bob", "hunter22")
            for one in qctl_recorded.submitted:
                assert one.params["token"] == "***"
                assert "hunter22" not in repr(one)
            assert qctl_recorded.submitted[0].kwargs == {"to": "ana", "token": "***"}
            assert qctl_recorded.submitted[1].args == ("bob", "***")
        """
    )

    run(suite).assert_outcomes(passed=1)


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
            "qctl_server -- *",
            "    A Redis of this session's own*",
            "qctl_worker -- *",
            "    A real worker with the tests' tasks*",
        ]
    )


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("qctl.testing.worker", "pytest typer click rich redis qctl.cli qctl.client qctl.python"),
        ("qctl.testing.keeper", "pytest typer click rich redis qctl.cli qctl.engine qctl.python"),
        ("qctl.python.offered", "pytest typer click rich redis qctl.cli qctl.engine qctl.testing"),
    ],
)
def test_what_a_part_does_not_need_is_not_loaded(module: str, unwanted: str) -> None:
    loaded = loaded_by(f"import sys; before = set(); import {module}")

    assert loaded.isdisjoint(unwanted.split())


def test_the_plugin_loads_nothing_before_a_fixture_is_used() -> None:
    loaded = loaded_by("import sys, pytest; before = set(sys.modules); import qctl.testing.plugin")

    assert loaded == {"qctl", "qctl.later", "qctl.testing", "qctl.testing.plugin"}


def loaded_by(code: str) -> set[str]:
    words = [sys.executable, "-c", f"{code}; print(*set(sys.modules) - before)"]
    return set(subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
