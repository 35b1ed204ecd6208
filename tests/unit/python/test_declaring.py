"""`@task`: what a decorated function is, what its options mean, and what is refused where it is declared."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from qctl import current, task
from qctl.config.declared import Declared, read_declared
from qctl.config.declared_here import declared_here
from qctl.model.call import Kind
from qctl.model.task import Task
from qctl.python.declaring import TaskFunction


class Busy(Exception):
    """A kind of trouble of its own."""


@task
def add(x: int, y: int = 2) -> int:
    """Add two numbers.

    They are whole.
    """
    return x + y


@task(bind=True, name="ops.bound")
def bound(self: Any, x: int) -> tuple[str, int]:
    """Say by what name it was called."""
    return self.name, x


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a test declares is not there for the next one."""
    before = dict(declared_here)
    yield
    declared_here.clear()
    declared_here.update(before)


def declared(**options: Any) -> Task:
    """The definition of a task with these options."""

    @task(**options)
    def declared_by_a_test() -> None:
        pass

    return declared_by_a_test.task


class TestFunctions:
    def test_a_plain_call_stays_a_plain_call(self) -> None:
        assert add(1) == 3
        assert add(1, y=5) == 6

    def test_a_coroutine_function_stays_one(self) -> None:
        @task
        async def later(x: int) -> int:
            return x

        assert asyncio.run(later(3)) == 3

    def test_it_can_be_looked_at_like_the_function(self) -> None:
        assert str(inspect.signature(add)) == "(x: 'int', y: 'int' = 2) -> 'int'"
        assert (add.__name__, add.__module__, add.__wrapped__(1, 1)) == ("add", __name__, 2)
        assert inspect.getdoc(add) == "Add two numbers.\n\nThey are whole."

    def test_it_can_be_copied_and_sent_to_another_process_as_itself(self) -> None:
        """What users do with it: nothing of qctl's own is ever pickled."""
        assert pickle.loads(pickle.dumps(add)) is add
        assert copy.deepcopy([add])[0] is add

    def test_with_bind_it_is_called_with_the_task_first(self) -> None:
        assert bound(3) == ("ops.bound", 3)
        assert str(inspect.signature(bound)).startswith("(x: 'int')")

    @pytest.mark.parametrize("thing", [print, int, object(), lambda: None])
    def test_what_is_no_function_with_a_name_is_refused(self, thing: Any) -> None:
        with pytest.raises((TypeError, ValueError), match="task"):
            task(thing)


class TestDefinitions:
    def test_it_is_named_by_its_module_and_itself(self) -> None:
        assert add.name == add.task.name == f"{__name__}.add"
        assert (add.task.kind, add.task.call) == (Kind.CALL, f"{__name__}:add")

    def test_it_says_where_it_stands_and_what_it_does(self) -> None:
        assert add.task.file == __file__
        assert "def add" in "".join(inspect.getsource(add.__wrapped__))
        assert inspect.getsourcelines(add.__wrapped__)[1] == add.task.line
        assert add.task.summary == "Add two numbers."

    def test_one_without_options_is_as_a_task_of_tasks_toml_without_keys(self) -> None:
        plain = Task(name="", kind=Kind.CALL)
        for name in ("queue", "priority", "timeout", "retry", "result", "rate_limit", "redeliver", "env"):
            assert getattr(add.task, name) == getattr(plain, name)

    def test_what_is_told_of_it_as_json_makes_the_same_definition(self) -> None:
        told = json.loads(json.dumps(add.declared.as_json()))
        assert read_declared(Declared.from_json(told)) == add.task

    def test_its_hash_changes_with_its_options_and_not_with_its_docstring(self) -> None:
        assert declared(timeout="5m").hash == declared(time_limit=300).hash != declared().hash
        assert declared(doc="one").hash == declared(doc="two").hash

    def test_keys_of_defaults_hold_where_it_says_nothing(self) -> None:
        @task(retries=1)
        def quick() -> None:
            pass

        over = read_declared(quick.declared, {"timeout": 3.0, "retries": 9, "written": {}})
        assert (over.timeout, over.retry.limit) == (3.0, 1)


class TestOptions:
    @pytest.mark.parametrize(
        ("celery", "own"),
        [
            ({"max_retries": 5}, {"retries": 5}),
            ({"autoretry_for": (ConnectionError, OSError)}, {"retry_on": ["ConnectionError", "OSError"]}),
            ({"autoretry_for": Busy}, {"retry_on": [f"{__name__}.Busy"]}),
            ({"dont_autoretry_for": (Busy,)}, {"no_retry_on": (Busy,)}),
            ({"retry_backoff": True}, {"backoff": "1s"}),
            ({"retry_backoff": 5}, {"backoff": timedelta(seconds=5)}),
            ({"retry_backoff": False}, {"backoff": 0}),
            ({"retry_backoff_max": 600}, {"backoff_max": "10m"}),
            ({"retry_jitter": False}, {"jitter": False}),
            ({"retry_kwargs": {"max_retries": 5}}, {"retries": 5}),
            ({"default_retry_delay": 10}, {"backoff": 10, "backoff_max": 10, "jitter": False}),
            ({"retry_kwargs": {"countdown": 10}}, {"backoff": 10, "backoff_max": 10, "jitter": False}),
            ({"rate_limit": 10}, {"rate_limit": "10/s"}),
            ({"rate_limit": "10"}, {"rate_limit": "10/s"}),
            ({"time_limit": 300, "soft_time_limit": 240}, {"timeout": "5m", "soft_timeout": "4m"}),
            ({"ignore_result": True}, {"result": "discard"}),
            ({"ignore_result": False}, {"result": "keep"}),
            ({"acks_late": False}, {"redeliver": False}),
            ({"autoretry_for": (current.SoftTimeLimitExceeded,)}, {"retry_on": "timeout"}),
        ],
        ids=str,
    )
    def test_a_name_of_celerys_means_one_of_qctls(self, celery: dict[str, Any], own: dict[str, Any]) -> None:
        assert declared(**celery).hash == declared(**own).hash

    def test_no_limit_of_retries_is_none(self) -> None:
        assert declared(max_retries=None).retry.limit is None

    @pytest.mark.parametrize(
        "options",
        [
            {"autoretry_for": (ConnectionError,)},
            {"retry_on": (ConnectionError,)},
            {"retry_backoff": True},
            {"default_retry_delay": 5},
            {"retry_kwargs": {"countdown": 5}},
        ],
        ids=str,
    )
    def test_one_that_says_when_it_is_tried_again_and_not_how_often_has_celerys_three_tries(self, options: Any) -> None:
        assert declared(**options).retry.limit == 3
        assert declared(**options, max_retries=0).retry.limit == 0
        assert declared(**options, max_retries=None).retry.limit is None

    @pytest.mark.parametrize(
        "option",
        ["queue", "rate_limit", "time_limit", "soft_time_limit", "ignore_result", "acks_late", "autoretry_for"],
    )
    def test_none_is_as_if_nothing_was_said_where_celery_has_it_so(self, option: str) -> None:
        assert declared(**{option: None}).hash == declared().hash

    @pytest.mark.parametrize(("wrong", "word"), [(None, "None"), (1j, "complex 1j"), (b"x", "bytes b'x'")])
    def test_what_is_no_value_of_toml_is_called_by_its_own_name(self, wrong: Any, word: str) -> None:
        with pytest.raises(ValueError, match=f"not {word}"):
            declared(lock=wrong)

    @pytest.mark.parametrize("hard", [5, 4])
    def test_a_soft_limit_that_is_not_before_the_hard_one_is_refused(self, hard: int) -> None:
        with pytest.raises(ValueError, match="soft_time_limit"):
            declared(soft_time_limit=5, time_limit=hard)

    def test_every_key_of_a_task_is_an_option(self) -> None:
        said = declared(
            queue="high", priority=7, host=("web1", "web2"), tags=("a",), lock="l", unique="params", max_running=2,
            env={"A": 1}, limits={"memory": "1GB"}, keep={"runs": 5}, notify="ops", expires=timedelta(hours=1),
        )  # fmt: skip
        assert (said.queue, said.priority, said.host, said.tags, said.lock) == (
            "high",
            7,
            ("web1", "web2"),
            ("a",),
            "l",
        )
        assert (said.env, said.limits, said.keep_runs, said.expires) == ({"A": "1"}, {"memory": 1 << 30}, 5, 3600)

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"timeout": 3, "time_limit": 4}, "`timeout` and `time_limit` are one thing"),
            ({"retries": 3, "max_retries": 3}, "`retries` and `max_retries` are one thing"),
            ({"max_retries": 3, "retry_kwargs": {"max_retries": 3}}, "`retry_kwargs` and `max_retries` are one thing"),
            ({"retry_on": "OSError", "autoretry_for": OSError}, "are one thing"),
            ({"retry_kwargs": {"kwargs": {}}}, "`retry_kwargs` holds max_retries and countdown, not kwargs"),
            ({"priorty": 3}, "did you mean `priority`?"),
            ({"serializer": "json"}, "JSON is all that travels"),
            ({"schedule": "0 3 * * *"}, r"\[tasks.NAME\] with call ="),
            ({"run": "ls"}, "what runs is the decorated function"),
            ({"params": {"z": {"secret": True}}}, "names z, which the function does not take"),
        ],
        ids=str,
    )
    def test_an_option_that_there_is_not_is_refused_where_it_is_written(self, options: Any, says: str) -> None:
        with pytest.raises(TypeError, match=says):
            declared(**options)

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"priority": 11}, "priority=11: .* from 0 to 9"),
            ({"time_limit": 0}, "time_limit=0: .* longer than 0"),
            ({"rate_limit": "often"}, "rate_limit='often': .* is no rate"),
            ({"result": "forget"}, "result='forget': .* must be one of `keep`"),
            ({"queue": "a b"}, "queue='a b': `a b` is no name"),
            ({"retry_on": 7}, "retry_on=7"),
            ({"name": "a b"}, "`a b` is no name"),
        ],
        ids=str,
    )
    def test_a_wrong_value_is_refused_by_its_option_and_value(self, options: Any, says: str) -> None:
        with pytest.raises(ValueError, match=says):
            declared(**options)


class TestNames:
    def test_a_function_takes_the_place_of_an_earlier_one_of_its_name(self) -> None:
        def make() -> TaskFunction[..., Any]:
            @task
            def again() -> None:
                pass

            return again

        first, second = make(), make()
        assert declared_here[second.name] is second is not first

    def test_two_functions_of_one_name_are_refused_with_both_places(self) -> None:
        def one() -> None:
            pass

        def two() -> None:
            pass

        task(name="ops.same")(one)
        with pytest.raises(ValueError, match=rf"{__file__}:\d+ and {__file__}:\d+"):
            task(name="ops.same")(two)


class TestParameters:
    def test_a_secret_is_said_in_the_words_of_tasks_toml(self) -> None:
        @task(params={"token": {"secret": True, "env": "TOKEN"}})
        def login(token: str) -> None:
            pass

        (param,) = login.task.params
        assert (param.secret, param.env) == (True, "TOKEN")

    def test_a_parameter_by_place_alone_is_refused(self) -> None:
        def by_place(x: int, /) -> None:
            pass

        with pytest.raises(TypeError, match="take the `/` away"):
            task(by_place)


def test_a_bound_task_runs_where_neither_client_nor_store_is_loaded() -> None:
    """A slot pays for them when a job submits something, and not before."""
    code = (
        "import sys\nfrom qctl import task\n"
        "@task(bind=True)\ndef bound(self): return self.request.retries, self.name\n"
        "print(bound(), *(name for name in ('qctl.client', 'qctl.store') if name in sys.modules))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "(0, '__main__.bound')\n"
