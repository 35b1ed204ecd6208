"""Asking without being held up: an answer within a time, whatever does not come: a name, a server, a disk."""

from __future__ import annotations

import threading
from typing import TypeVar

from qctl.errors import TryAgain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def within(seconds: float, ask: Callable[[], T]) -> T:
    """What `ask` answers or raises. Raises TryAgain after so many seconds; it is left alone then, and ends with us."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(ask())
        except BaseException as error:  # noqa: BLE001, RUF100 - raised again where it was asked
            errors.append(error)

    asking = threading.Thread(target=run, daemon=True)
    asking.start()
    asking.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TryAgain(f"no answer within {seconds:g} s")
    return answers[0]
