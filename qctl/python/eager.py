"""What a call came to that was made here and now, without a job, in the form of a handle."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, Self

from qctl.model.names import new_id
from qctl.python import states


class EagerResult:
    """What a call that was made here and now came to."""

    def __init__(self, name: str, value: Any = None, error: Exception | None = None) -> None:
        self.id = self.task_id = new_id()
        self.name, self._value, self._error = name, value, error

    @classmethod
    def of(cls, call: Callable[[], Any], name: str) -> Self:
        """Make the call."""
        try:
            return cls(name, call())
        except Exception as error:
            return cls(name, error=error)

    @property
    def traceback(self) -> str | None:
        """The text of the traceback of what the call raised."""
        return None if self._error is None else "".join(traceback.format_exception(self._error))

    @property
    def state(self) -> str:
        return states.SUCCESS if self._error is None else states.FAILURE

    status = state

    @property
    def result(self) -> Any:
        """The value, or the exception."""
        return self._value if self._error is None else self._error

    info = result

    def get(self, timeout: float | None = None, propagate: bool = True) -> Any:  # noqa: ARG002
        """The value. Raises what the call raised, unless `propagate` is false."""
        if self._error is not None and propagate:
            raise self._error
        return self.result

    def ready(self) -> bool:
        return True

    def successful(self) -> bool:
        return self._error is None

    def failed(self) -> bool:
        return self._error is not None
