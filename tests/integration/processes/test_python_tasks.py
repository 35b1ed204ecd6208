"""How Python tasks run, fail and leave their slot: P10, P25, faults 11 to 13, 29, 84, attack 27."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from qctl.engine.processes.events import Asked, Progress, SlotDied, Started
from qctl.model.attempt import ValueKind
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.state import Outcome, Reason
from qctl.model.task import Param, ParamType, Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import log, python, value


def answer(ended: Ended) -> Any:
    return json.loads(value(ended))


def test_the_returned_value_is_kept_as_json(hire: Hire) -> None:
    crew = hire(python("echo", "value"), python("nothing"), python("answer_async", "value"))

    kept = crew.run("echo", {"value": {"ä": [1, 2.5, None, True, 10**15]}})

    assert kept.value is not None
    assert kept.value.kind is ValueKind.JSON
    assert json.loads(kept.value.data) == {"ä": [1, 2.5, None, True, 10**15]}
    assert crew.run("nothing").value is None
    assert answer(crew.run("answer_async", {"value": 7})) == 7
    assert answer(crew.run("answer_async", {"value": 8})) == 8  # in the same loop; the first one's task is gone


def test_started_is_said_before_the_end_and_by_the_slot_that_runs(hire: Hire) -> None:
    crew = hire(python("know_yourself"))

    key = crew.submit("know_yourself", fence=3, attempt=2)
    known = answer(crew.finish(key))

    (started,) = crew.of(Started)
    assert (started.id, started.fence) == key
    assert os.path.exists(f"/proc/{started.pid}")
    assert known == {
        "job_id": key[0],
        "task": "know_yourself",
        "attempt": 2,
        "fence": 3,
        "queue": "default",
        "scheduled_for": None,
    }


def test_an_exception_is_a_failure_with_its_names_and_its_own_frames_first(hire: Hire) -> None:
    """P25, fault 13."""
    crew = hire(python("fail", "text"))

    ended = crew.run("fail", {"text": "reset"})

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.EXCEPTION)
    assert ended.error is not None
    assert (ended.error.type, ended.error.message) == ("ConnectionResetError", "reset")
    assert {"ConnectionResetError", "ConnectionError", "OSError", "builtins.OSError"} <= set(ended.error_names)
    text = log(ended).text("e").decode()
    assert text.startswith('Traceback (most recent call last):\n  File "')
    assert "process_tasks.py" in text.splitlines()[1]
    assert "qctl/engine" not in text


@pytest.mark.parametrize(("task", "name"), [("raise_base", "BaseException"), ("interrupt_self", "KeyboardInterrupt")])
def test_whatever_is_raised_the_slot_lives(hire: Hire, task: str, name: str) -> None:
    """Fault 13."""
    crew = hire(python(task), python("nothing"))

    ended = crew.run(task)

    assert (ended.outcome, ended.error and ended.error.type) == (Outcome.FAILED, name)
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED
    assert crew.of(SlotDied) == []


def test_an_exception_without_a_text_is_told_nevertheless(hire: Hire) -> None:
    """Fault 13."""
    ended = hire(python("rude")).run("rude")

    assert ended.error is not None
    assert (ended.error.type, ended.error.message) == ("_Rude", "(its text cannot be made)")
    assert b"_Rude" in log(ended).text("e")


@pytest.mark.parametrize(
    ("code", "outcome", "exit_code", "message"),
    [
        (3, Outcome.FAILED, 3, "exit 3"),
        (None, Outcome.SUCCEEDED, 0, None),
        (0, Outcome.SUCCEEDED, 0, None),
        ("why", Outcome.FAILED, 1, "why"),
        (" ", Outcome.FAILED, 1, "exit 1"),
    ],
)
def test_sys_exit_means_what_it_means_in_a_script(
    hire: Hire, code: Any, outcome: Outcome, exit_code: int, message: str | None
) -> None:
    """Fault 13. P25."""
    ended = hire(python("leave", "code")).run("leave", {"code": code} if code is not None else {})

    assert (ended.outcome, ended.exit_code) == (outcome, exit_code)
    assert (ended.error and ended.error.message) == message
    assert log(ended).text("e") == (f"{code}\n".encode() if isinstance(code, str) else b"")


@pytest.mark.parametrize(
    ("task", "params", "exit_code", "signal"),
    [("leave_hard", {"code": 0}, 0, None), ("segfault", {}, None, 11), ("kill_self", {}, None, 9)],
)
def test_the_death_of_a_slot_is_a_crash_whatever_its_exit_code(
    hire: Hire, task: str, params: dict[str, Any], exit_code: int | None, signal: int | None
) -> None:
    """P25, faults 1, 11 and 12: reported at once, the place is filled again, others go on."""
    crew = hire(python("leave_hard", "code"), python("segfault"), python("kill_self"), python("nothing"))

    key = crew.submit(task, params)
    died = crew.told(SlotDied)

    assert (died.running, died.exit_code, died.signal) == (key, exit_code, signal)
    assert died.ended is not None
    assert (died.ended.outcome, died.ended.reason) == (Outcome.FAILED, Reason.CRASHED)
    assert key not in crew.ended
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


def test_a_task_asks_to_be_run_again(hire: Hire) -> None:
    crew = hire(python("again", "countdown"))

    ended, plain = crew.run("again", {"countdown": 60}), crew.run("again")

    assert (ended.outcome, ended.retry_after) == (Outcome.FAILED, 60.0)
    assert plain.retry_after is None
    assert "Retry" in plain.error_names


@pytest.mark.parametrize(
    ("task", "params"),
    [
        ("unserialisable", {}),
        ("circular", {}),
        ("not_a_number", {}),
        ("lone_surrogate", {}),
        ("chunks", {}),
        ("large", {"size": 17_000_000}),
    ],
)
def test_a_value_that_cannot_be_kept_is_rejected(hire: Hire, task: str, params: dict[str, Any]) -> None:
    """Fault 29."""
    crew = hire(python(task, *params))

    ended = crew.run(task, params)

    assert (ended.outcome, ended.reason, ended.value) == (Outcome.FAILED, Reason.RESULT_REJECTED, None)
    assert ended.error is not None
    assert ended.error.message in log(ended).text("e").decode()


def test_large_bodies_and_values_travel_whole(hire: Hire) -> None:
    """More than 64 KB goes by memfd; the page of the socket does not cut it."""
    crew = hire(python("echo", "value"), python("large", "size"))
    text = "0123456789" * 90_000

    assert answer(crew.run("echo", {"value": text})) == text
    assert len(answer(crew.run("large", {"size": 15_000_000}))) == 15_000_000


def test_a_module_that_cannot_be_imported_fails_only_its_own_tasks(hire: Hire) -> None:
    """Fault 84: even one that ends the program."""
    crew = hire(
        Task(name="broken", kind=Kind.CALL, call="broken_module:task"),
        Task(name="quits", kind=Kind.CALL, call="quitting_module:task"),
        Task(name="lacks", kind=Kind.CALL, call="process_tasks:no_such_function"),
        python("nothing"),
    )

    broken, quits, lacks = crew.run("broken"), crew.run("quits"), crew.run("lacks")

    assert crew.run("nothing").outcome is Outcome.SUCCEEDED
    assert broken.error is not None
    assert (broken.outcome, broken.error.type) == (Outcome.FAILED, "ModuleNotFoundError")
    assert b"broken_module.py" in log(broken).text("e")
    assert (quits.error and quits.error.type, lacks.error and lacks.error.type) == ("SystemExit", "AttributeError")
    assert set(crew.ready().broken) == {"broken", "quits", "lacks"}


def test_a_slot_shares_neither_threads_nor_connections_with_the_module_that_made_them(hire: Hire) -> None:
    """Fault 85: what a module opened when it was imported is closed in each slot, and threads are warned of."""
    crew = hire(python("what_is_left", module="busy_module"), slots=2)

    assert answer(crew.run("what_is_left")) == {"connection": False, "threads": 1}
    assert any("1 threads were started by importing task modules" in said for said in crew.ready().warnings)


def test_task_code_shadows_no_standard_module(hire: Hire) -> None:
    """Attack 27: the folder of the tasks holds a json.py, and process_tasks imports json."""
    assert hire(python("echo", "value")).run("echo", {"value": 1}).outcome is Outcome.SUCCEEDED


def test_parameters_are_in_the_environment_too(hire: Hire) -> None:
    params = (Param(name="flag", type=ParamType.BOOL, default=True),)
    task = Task(name="seen", kind=Kind.RUN, run='echo "$flag"', params=params)

    assert value(hire(task).run("seen")) == b"true\n"


def test_progress_is_told_and_its_last_word_is_not_lost(hire: Hire) -> None:
    crew = hire(python("report", "steps"))

    key = crew.submit("report", {"steps": 1000})
    crew.finish(key)

    told = crew.of(Progress)
    assert (told[-1].fraction, told[-1].text) == (1.0, "step 1000")
    assert {(said.id, said.fence) for said in told} == {key}
    assert len(told) < 100


def test_a_child_process_reports_through_the_run_directory(hire: Hire) -> None:
    crew = hire(python("report_from_child"))

    key = crew.submit("report_from_child")
    known = answer(crew.finish(key))

    assert known == key[0]
    assert [(said.fraction, said.text) for said in crew.of(Progress)] == [(0.5, "from a child")]


def test_a_job_asks_its_worker_and_is_answered(hire: Hire) -> None:
    crew = hire(python("ask", "request"))

    key = crew.submit("ask", {"request": {"submit": {"task": "other"}}})
    asked = crew.until(lambda: crew.of(Asked))[0]
    crew.pool.answer(asked.token, {"id": "abcd1234"})

    assert ((asked.id, asked.fence), asked.request) == (key, {"submit": {"task": "other"}})
    assert answer(crew.finish(key)) == {"id": "abcd1234"}


@pytest.mark.parametrize("request_", [{"progress": "much"}, {"progress": True}])
def test_a_bad_word_of_progress_is_answered_with_an_error(hire: Hire, request_: dict[str, Any]) -> None:
    ended = hire(python("ask", "request")).run("ask", {"request": request_})

    assert "error" in answer(ended)
