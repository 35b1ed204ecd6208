"""One attempt of a Python task, in this process: called as a slot calls it, and classified likewise.

What a slot does to protect itself is left out: no time limit is enforced, and working directory, user and environment
are the caller's, beside the variables of a job. What stops a test, Ctrl-C and what its runner raises, goes through.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from threading import Thread
from typing import Any, Final, NamedTuple

from qctl import current
from qctl.config import Config
from qctl.config.declared_here import declared_here
from qctl.engine.processes import classify
from qctl.engine.processes.arguments import bound
from qctl.engine.processes.extending import Extending
from qctl.engine.processes.imports import resolve
from qctl.engine.processes.prepared import Prepared
from qctl.engine.processes.python_task import Called, Loop, call
from qctl.engine.processes.replacing import resolved
from qctl.engine.processes.table import Request
from qctl.model.ended import Ended
from qctl.model.submission_json import Extension
from qctl.model.task import Task

_A_TASKS_OWN: Final = (Exception, SystemExit, CancelledError, current.Stopped)


class Ran(NamedTuple):
    """How an attempt came out: its end, what belongs on its stderr, and what it has raised."""

    ended: Ended
    text: str
    raised: BaseException | None


class _NoStop:
    """Nobody stops what runs here."""

    interrupt: Callable[[Request], None] | None = None
    request: Request | None = None


def run_here(
    prepared: Prepared, config: Config, say: Callable[[current.Said], None], extend: Callable[[Extension], str]
) -> Ran:
    """Run it to its end. Raises what is no end of a task's: KeyboardInterrupt, what a test's own runner raises."""
    extending = Extending(config, extend, prepared)
    with _variables({**prepared.own, **prepared.about}), _in_folder(prepared.task), current.as_job(say, extending):
        called = _call(prepared)
    raised = called.error
    if raised is not None and not isinstance(raised, _A_TASKS_OWN):
        raise raised
    called = resolved(called, config)
    ended, text = classify.of_call(
        prepared.task, called, None, keep=prepared.keeps_value, retries=prepared.call.retries
    )
    if prepared.veil is not None:
        ended, text = classify.veiled(ended, prepared.veil), prepared.veil.over_text(text)
    return Ran(ended, text, raised.exc or raised if isinstance(raised, current.Retry) else raised)


def _call(prepared: Prepared) -> Called:
    try:
        code = _function_of(prepared.task)
        function = bound(code, prepared.arguments, prepared.params)
    except Exception as error:
        return Called(error=error)
    if not (_is_in_a_loop() or inspect.iscoroutinefunction(inspect.unwrap(code))):
        return _called(function)
    found: list[Called] = []
    inside = copy_context()  # the thread is within this job; it has a loop of its own, and the caller's stays as it is
    thread = Thread(target=lambda: found.append(inside.run(_called, function)))
    thread.start()
    thread.join()
    return found[0]


def _called(function: Callable[[], Any]) -> Called:
    loop = Loop()
    try:
        return call(function, _NoStop(), loop)
    finally:
        loop.close()


def _function_of(task: Task) -> Callable[..., Any]:
    """The code of a task: what this process has imported under its name, else what `call` names."""
    declared = declared_here.get(task.name)
    if declared is not None and declared.declared.values["call"] == task.call:
        return declared
    function: Callable[..., Any] = resolve(task.call or "")
    return function


def _is_in_a_loop() -> bool:
    """Whether an event loop runs in this thread: a task has one of its own, as in a slot."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


_ABOUT_A_JOB: Final = ("QCTL_JOB_ID", "QCTL_PARENT_ID", "QCTL_SCHEDULED_FOR", "QCTL_RUN_DIR", "QCTL_INPUT")


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Have these variables for a while, and none of a job around this one."""
    names = {*wanted, *_ABOUT_A_JOB}
    before = {name: os.environ.get(name) for name in names}
    _set({**dict.fromkeys(names), **wanted})
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _in_folder(task: Task) -> Iterator[None]:
    """Be where the task says, if it says where."""
    if task.cwd is None:
        yield
        return
    before = os.getcwd()
    os.chdir(task.cwd)
    try:
        yield
    finally:
        os.chdir(before)
