"""The traceback of a job is found at the end of its stderr: whole, and nobody else's."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable

from qctl.python.tracebacks import last_traceback


def told_by(task: Callable[[], None]) -> str:
    try:
        task()
    except Exception:
        return traceback.format_exc()
    raise AssertionError("it raises")


def caused() -> None:
    try:
        raise KeyError("token")
    except KeyError as error:
        raise LookupError("no such user") from error


def while_handling() -> None:
    try:
        caused()
    except LookupError:
        int("x")


def logged() -> str:
    stream = io.StringIO()
    log = logging.Logger("own")
    log.addHandler(logging.StreamHandler(stream))
    try:
        raise OSError("logged, and gone on")
    except OSError:
        log.exception("it went wrong")
    return stream.getvalue()


def test_the_causes_of_an_exception_are_a_part_of_its_traceback() -> None:
    assert last_traceback(told_by(caused), "LookupError") == told_by(caused)
    assert last_traceback("a line\n" + told_by(while_handling), "ValueError") == told_by(while_handling)


def test_what_the_task_has_logged_before_is_none() -> None:
    assert last_traceback(logged() + told_by(caused), "LookupError") == told_by(caused)
    assert last_traceback(logged(), "TimeoutError") is None
    assert last_traceback("nothing of the kind\n", "OSError") is None


def test_a_class_is_known_with_its_module_or_without() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nops.errors.Gone: it\nhas two lines\n'
    assert last_traceback(text, "ops.errors.Gone") == last_traceback(text, "Gone") == text


def test_a_group_of_exceptions_is_shown_whole() -> None:
    def several() -> None:
        raise ExceptionGroup("two", [ValueError("a"), TypeError("b")])

    assert last_traceback(told_by(several), "ExceptionGroup") == told_by(several)
